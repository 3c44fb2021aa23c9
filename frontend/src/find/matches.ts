// Where words stand in a text: without regard to case, accents and line breaks. Pure.

/** One place: its page (from 1), and the words around it. */
export interface Match {
  page: number;
  before: string;
  hit: string;
  after: string;
}

const AROUND = 60;
const LONGEST_QUERY = 200;

/** The same text in which case and accents do not count; every character keeps its place. */
export function folded(text: string): string {
  let made = "";
  for (const character of text) {
    const plain = character.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    made += plain.length === character.length ? plain : character;
  }
  return made;
}

/** All places of the words as they stand beside each other; at most `most` are returned, all are counted. */
export function matchesIn(
  pages: readonly string[],
  query: string,
  most: number,
): { total: number; matches: Match[] } {
  const words = folded(query.slice(0, LONGEST_QUERY)).split(/\s+/u).filter(Boolean);
  if (words.length === 0) return { total: 0, matches: [] };
  const escaped = words.map((word) => word.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&"));
  const pattern = new RegExp(escaped.join("\\s+"), "g");
  const matches: Match[] = [];
  let total = 0;
  for (const [index, text] of pages.entries()) {
    for (const { index: at, 0: hit } of folded(text).matchAll(pattern)) {
      total += 1;
      if (matches.length < most) matches.push(matchAt(text, index + 1, at, hit.length));
    }
  }
  return { total, matches };
}

function matchAt(text: string, page: number, at: number, length: number): Match {
  const end = at + length;
  return {
    page,
    before: (at > AROUND ? "…" : "") + text.slice(Math.max(0, at - AROUND), at),
    hit: text.slice(at, end),
    after: text.slice(end, end + AROUND) + (end + AROUND < text.length ? "…" : ""),
  };
}
