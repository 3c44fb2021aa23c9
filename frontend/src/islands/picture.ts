// The way from the file to the block, drawn. Words beside it say the same.

import { bytesToHex } from "../evidence/bytes.ts";
import type { Level } from "../evidence/merkle.ts";
import type { Outcome, Step, StepName } from "../evidence/verdict.ts";

const NS = "http://www.w3.org/2000/svg";
const ROW = 52;
const MIDDLE = 170;
const BOX = { width: 124, height: 30 };
const SHOWN_AT_EACH_END = 3;

export interface Row {
  /** A word before the value; a level of the tree has none. */
  label: string;
  value: string;
  outcome: Outcome;
  sibling?: { side: "left" | "right"; value: string };
  /** Stands for levels that are left out. */
  gap?: boolean;
}

/** A hash short enough to compare by eye. */
export function brief(hex: string): string {
  const plain = hex.replace(/^0x/, "");
  return plain.length > 12 ? `${plain.slice(0, 5)}…${plain.slice(-4)}` : plain;
}

/** The rows from top to bottom; a tall tree shows its lowest and highest levels. */
export function rowsOf(steps: Step[], levels: Level[], words: DOMStringMap): Row[] {
  const step = (name: StepName): Step => {
    const found = steps.find((one) => one.name === name);
    return found ?? { name, outcome: "open", values: {} };
  };
  const row = (name: StepName, value: string | undefined): Row => ({
    label: words[name] ?? name,
    value: brief(value ?? ""),
    outcome: step(name).outcome,
  });
  const { outcome } = step("path");
  const climbing = levels.map(
    ({ sibling, side, hash }, index): Row => ({
      label: index === levels.length - 1 ? (words.root ?? "root") : "",
      value: brief(bytesToHex(hash)),
      outcome,
      sibling: { side, value: brief(bytesToHex(sibling)) },
    }),
  );
  const hidden = climbing.length - 2 * SHOWN_AT_EACH_END;
  if (hidden > 1) {
    const label = (words.more ?? "{n}").replace("{n}", String(hidden));
    climbing.splice(SHOWN_AT_EACH_END, hidden, { label, value: "", outcome, gap: true });
  }
  if (levels.length === 0) {
    const { expected } = step("path").values;
    climbing.push({ label: words.root ?? "root", value: brief(expected ?? ""), outcome });
  }
  return [
    row("file", step("file").values.computed),
    row("commitment", step("commitment").values.expected),
    { label: words.leaf ?? "leaf", value: brief(step("path").values.leaf ?? ""), outcome },
    ...climbing,
    row("head", step("head").values.expected),
    row("chain", step("chain").values.block),
  ];
}

function element(name: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  return made;
}

function words(x: number, y: number, text: string, kind: string, anchor = "middle"): SVGElement {
  const made = element("text", { x, y, class: kind, "text-anchor": anchor });
  made.textContent = text;
  return made;
}

function box(x: number, y: number, kind: string): SVGElement {
  const { width, height } = BOX;
  return element("rect", { x: x - width / 2, y, width, height, rx: 3, class: kind });
}

function drawRow(svg: SVGElement, row: Row, index: number): void {
  const y = index * ROW + 8;
  if (row.gap) {
    svg.append(words(MIDDLE, y + 20, `⋮ ${row.label}`, "picture__label"));
    return;
  }
  if (row.sibling) {
    const x = MIDDLE + (row.sibling.side === "left" ? -1 : 1) * 105;
    const from = y - ROW + 26;
    svg.append(
      element("path", {
        d: `M${x} ${from + 10}C${x} ${y - 4} ${MIDDLE} ${from + 14} ${MIDDLE} ${y}`,
        class: "picture__line picture__line--sibling",
      }),
      words(x, from + 4, row.sibling.value, "picture__sibling"),
    );
  }
  svg.append(
    box(MIDDLE, y, `picture__box picture__box--${row.outcome}`),
    words(MIDDLE, y + 20, row.value || "?", `picture__value picture__value--${row.outcome}`),
  );
  if (row.label) {
    svg.append(words(MIDDLE + BOX.width / 2 + 10, y + 20, row.label, "picture__label", "start"));
  }
}

/** Replaces the picture in its place. */
export function draw(place: HTMLElement, steps: Step[], levels: Level[]): void {
  const rows = rowsOf(steps, levels, place.dataset);
  const height = rows.length * ROW;
  const svg = element("svg", { viewBox: `0 0 340 ${height}`, role: "img", class: "picture" });
  svg.setAttribute("aria-label", place.dataset.label ?? "");
  rows.slice(1).forEach((row, index) => {
    const from = index * ROW + 8 + (rows[index]?.gap ? 26 : BOX.height);
    const line = { x1: MIDDLE, x2: MIDDLE, y1: from, y2: (index + 1) * ROW + 8 };
    svg.append(element("line", { ...line, class: `picture__line picture__line--${row.outcome}` }));
  });
  rows.forEach((row, index) => {
    drawRow(svg, row, index);
  });
  place.replaceChildren(svg);
}
