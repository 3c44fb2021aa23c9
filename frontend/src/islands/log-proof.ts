// Shows on the Verify page what a proof about one of the exchange's logs holds. The words are in templates/verify.
import {
  type Finding,
  findingsOf,
  type LogProof,
  readProof,
  verdictOfProof,
} from "../evidence/log-proof.ts";
import type { ChainAnswer } from "../evidence/verdict.ts";
import { need, readableMoment } from "./page.ts";

type Ask = (transaction: string) => Promise<ChainAnswer | undefined>;

/** Shows a proof's findings, a node asked about each head, and returns the verdict's name. Throws NotAProof. */
export async function showLogProof(
  place: HTMLElement,
  bytes: Uint8Array,
  ask: Ask,
): Promise<string> {
  const proof = readProof(bytes);
  const answers = await Promise.all(proof.heads.map((head) => answerFor(head, ask)));
  const findings = findingsOf(proof, answers);
  const rows = rowsOf(findings).map((finding) => rowOf(place, finding));
  need(place, "[data-log-findings]").replaceChildren(...rows);
  need<HTMLElement>(place, "[data-log-result]").hidden = false;
  return `log-${verdictOfProof(findings)}`;
}

/** Lines that hold are counted in one row: an export has hundreds. */
export function rowsOf(findings: Finding[]): (Finding | Row)[] {
  const lines = findings.filter(({ name }) => name === "line");
  const held = lines.filter(({ outcome }) => outcome === "holds").length;
  const others = findings.filter(({ name, outcome }) => name !== "line" || outcome !== "holds");
  const counted: Row = { name: "lines", outcome: "holds", values: { count: String(held) } };
  return held ? [...others, counted] : others;
}

interface Row {
  name: string;
  outcome: Finding["outcome"];
  values: Record<string, string>;
}

async function answerFor(
  { bundle }: LogProof["heads"][number],
  ask: Ask,
): Promise<ChainAnswer | undefined> {
  return bundle ? ask(bundle.anchor.transaction) : undefined;
}

function rowOf(place: HTMLElement, { name, outcome, values }: Row): Node {
  const template = need<HTMLTemplateElement>(place, `[data-log-finding="${name}"]`);
  const row = template.content.firstElementChild?.cloneNode(true) as HTMLElement;
  row.dataset.outcome = outcome;
  for (const words of row.querySelectorAll<HTMLElement>("[data-when]")) {
    words.hidden = words.dataset.when !== outcome;
  }
  for (const word of row.querySelectorAll<HTMLElement>("[data-when-word]")) {
    word.hidden = word.dataset.whenWord !== outcome;
  }
  for (const slot of row.querySelectorAll<HTMLElement>("[data-slot]")) {
    const value = values[slot.dataset.slot ?? ""] ?? "";
    slot.textContent = slot.dataset.slot === "time" ? readableMoment(Number(value)) : value;
  }
  return row;
}
