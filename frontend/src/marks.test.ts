import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";

const read = (name: string): string =>
  readFileSync(resolve(import.meta.dirname, "..", name), "utf-8");

// Mails, certificates and browser tabs carry the mark as files; the pages draw it from marks.html.
it.each([
  "favicon.svg",
  "marks/stamp-sealed.svg",
  "marks/stamp-included.svg",
  "marks/stamp-final.svg",
])("%s has the shape that pages draw", (name) => {
  const edge = /_edge = '([^']+)'/.exec(read("templates/components/marks.html"))?.[1] ?? "absent";
  expect(read(`public/${name}`)).toContain(edge);
});
