import { describe, expect, it } from "vitest";
import { textOf } from "../islands/find.ts";
import { folded, matchesIn } from "./matches.ts";

const PAGES = [
  "The membrane is made at 412 K.\nMEMBRANE  area: 3 m²",
  "Trocknung der Mémbrane (Größe)",
];

describe("matches", () => {
  it("are found whatever case, accents and line breaks", () => {
    expect(matchesIn(PAGES, "membrane", 10).matches.map((match) => match.page)).toEqual([1, 1, 2]);
    expect(matchesIn(PAGES, "412 k. membrane area", 10).total).toBe(1);
    expect(matchesIn(PAGES, "grosse", 10).total).toBe(0);
    expect(matchesIn(PAGES, "GRÖSSE", 10).total).toBe(0);
    expect(matchesIn(PAGES, "größe", 10).matches[0]?.hit).toBe("Größe");
  });

  it("are what the text says, with the words around", () => {
    const [first] = matchesIn(
      [`${"x".repeat(100)} one two ${"y".repeat(100)}`],
      "one two",
      1,
    ).matches;
    expect(first?.hit).toBe("one two");
    expect(first?.before).toBe(`…${"x".repeat(59)} `);
    expect(first?.after).toBe(` ${"y".repeat(59)}…`);
  });

  it("are all counted, and as many returned as asked for", () => {
    const found = matchesIn(["a ".repeat(1000)], "a", 5);
    expect([found.total, found.matches.length]).toEqual([1000, 5]);
  });

  it("take what is typed as words, never as a pattern", () => {
    expect(matchesIn(["a.c abc (x) [y] $ ^ \\ / - {2}"], "a.c", 9).total).toBe(1);
    for (const odd of ["(x)", "[y]", "$", "^", "\\", "/", "-", "{2}"]) {
      expect(matchesIn(["a.c abc (x) [y] $ ^ \\ / - {2}"], odd, 9).total).toBe(1);
    }
    expect(matchesIn(["anything"], "  ", 9).total).toBe(0);
  });
});

describe("folding", () => {
  it("keeps every character's place", () => {
    for (const text of ["İstanbul ﬁ ß 材料 😀 é", "e\u0301 combining"]) {
      expect(folded(text).length).toBe(text.length);
    }
  });
});

describe("text of a file", () => {
  it("is read as UTF-8, or as its mark says", () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x41, 0x00, 0xe9, 0x00]);
    expect(textOf(utf16.buffer)).toBe("Aé");
    expect(textOf(new Uint8Array([0xfe, 0xff, 0x00, 0x41]).buffer)).toBe("A");
    expect(textOf(new TextEncoder().encode("Größe").buffer as ArrayBuffer)).toBe("Größe");
  });
});
