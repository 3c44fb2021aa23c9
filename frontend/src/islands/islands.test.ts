import { beforeEach, describe, expect, it, vi } from "vitest";
import { leafHash } from "../evidence/merkle.ts";
import type { StampedFile } from "../evidence/receipt.ts";
import type { Step } from "../evidence/verdict.ts";
import { startForms } from "./forms.ts";
import { nextWait, take } from "./live.ts";
import { csrfToken, need, readableMoment, readableSize } from "./page.ts";
import { brief, rowsOf } from "./picture.ts";
import { parts, receiptName, sortOut as sortOutReceipt } from "./stamp.ts";
import { cookie, shown, startTheme } from "./theme.ts";
import { sortOut } from "./verify.ts";

vi.mock("./htmx.ts", () => ({ adopt: () => {} }));

beforeEach(() => {
  document.head.innerHTML = '<meta name="csrf-token" content="token">';
  document.body.innerHTML = "";
  delete document.documentElement.dataset.bsTheme;
});

describe("a page", () => {
  it("gives the token and complains about missing markup", () => {
    expect(csrfToken()).toBe("token");
    expect(() => need(document, "#absent")).toThrow("#absent");
  });

  it.each([
    [0, "0 bytes"],
    [1023, "1023 bytes"],
    [1024, "1.0 KiB"],
    [18_400_221, "17.5 MiB"],
    [5 * 2 ** 40, "5120.0 GiB"],
  ])("says %d bytes as %s, as the server does", (bytes, words) => {
    expect(readableSize(bytes)).toBe(words);
  });

  it("says a time with its zone, and bears times beyond any calendar", () => {
    expect(readableMoment(1_795_356_180, "en")).toBe("22 Nov 2026, 14:03 UTC");
    expect(readableMoment(2 ** 53 - 1)).toBe(String(2 ** 53 - 1));
  });
});

describe("the theme", () => {
  it("is the chosen one, else the system's", () => {
    const root = document.documentElement;
    expect(shown(root, true)).toBe("dark");
    root.dataset.bsTheme = "light";
    expect(shown(root, true)).toBe("light");
  });

  it("is kept in a cookie that other sites cannot send", () => {
    expect(cookie("dark", true)).toBe("theme=dark; Path=/; Max-Age=31536000; SameSite=Lax; Secure");
    expect(cookie("light", false)).not.toContain("Secure");
  });

  it("changes at a press", () => {
    document.body.innerHTML = "<button data-theme-toggle><svg><use></use></svg></button>";
    startTheme();
    need<HTMLButtonElement>(document, "button").click();
    expect(document.documentElement.dataset.bsTheme).toBe("dark");
    expect(document.cookie).toContain("theme=dark");
  });
});

describe("a form", () => {
  it("that is pressed twice is sent once", () => {
    document.body.innerHTML = '<form method="post"></form>';
    startForms(document);
    const form = need<HTMLFormElement>(document, "form");
    const press = (): boolean => form.dispatchEvent(new Event("submit", { cancelable: true }));
    expect(press()).toBe(true);
    expect(press()).toBe(false);
    dispatchEvent(new Event("pageshow"));
    expect(press()).toBe(true);
  });

  it("of filters sends itself, and a list of errors takes the focus", () => {
    document.body.innerHTML =
      '<div data-focus tabindex="-1"></div><form data-autosubmit><input type="checkbox"></form>';
    const form = need<HTMLFormElement>(document, "form");
    const sent = vi.spyOn(form, "requestSubmit").mockImplementation(() => {});
    startForms(document);
    form.dispatchEvent(new Event("change"));
    expect(sent).toHaveBeenCalledOnce();
    expect(document.activeElement).toBe(need(document, "[data-focus]"));
  });
});

describe("a live part", () => {
  const part = (state: string, more = 'data-live="/x"'): string =>
    `<div id="live" ${more}><a class="stamp" data-stamp="${state}">${state}</a></div>`;
  const place = (): HTMLElement => need(document, "#live");

  it("is patient when nothing moves, and eager when something did", () => {
    expect(nextWait(1000, false)).toBe(1300);
    expect(nextWait(14_000, false)).toBe(15_000);
    expect(nextWait(14_000, true)).toBe(1000);
  });

  it("takes its own part out of a page or a fragment", () => {
    document.body.innerHTML = part("sealed");
    expect(take(place(), "<h1>Error</h1>")).toBe(false);
    expect(take(place(), `<main>${part("final")}</main>`)).toBe(true);
    expect(place().textContent).toBe("final");
  });

  it("changes only when something is said anew, and ends when it is done", () => {
    document.body.innerHTML = part("sealed");
    expect(take(place(), part("sealed"))).toBe(false);
    expect(take(place(), part("included"))).toBe(true);
    expect(place().querySelector(".stamp--moved")).not.toBeNull();
    expect(take(place(), part("final", ""))).toBe(true);
    expect(place().hasAttribute("data-live")).toBe(false);
  });

  it("brings along what depends on it, and only when it has moved", () => {
    const also = (text: string): string => `<p id="fee" data-live-also="live">${text}</p>`;
    document.body.innerHTML = part("sealed") + also("open");
    take(place(), part("sealed") + also("paid"));
    expect(document.getElementById("fee")?.textContent).toBe("open");
    take(place(), part("final") + also("paid"));
    expect(document.getElementById("fee")?.textContent).toBe("paid");
  });
});

describe("the Verify page", () => {
  const file = (name: string): File => new File(["x"], name);

  it("sorts out what was dropped", () => {
    const names = (...dropped: string[]): (string | undefined)[] => {
      const { bundle, file: other } = sortOut(dropped.map(file));
      return [bundle?.name, other?.name];
    };
    expect(names("a.pdf", "a.ipx-evidence.json")).toEqual(["a.ipx-evidence.json", "a.pdf"]);
    expect(names("a.ipx-evidence (1).json", "data.json")).toEqual([
      "a.ipx-evidence (1).json",
      "data.json",
    ]);
    expect(names("renamed.json", "a.pdf")).toEqual(["renamed.json", "a.pdf"]);
    expect(names("a.pdf")).toEqual([undefined, "a.pdf"]);
  });

  it("draws every level of a low tree, and leaves out the middle of a high one", () => {
    const hash = leafHash(new Uint8Array(32));
    const levels = (count: number) =>
      Array.from({ length: count }, () => ({ sibling: hash, side: "left" as const, hash }));
    const step: Step = { name: "path", outcome: "holds", values: { leaf: "ab", expected: "cd" } };
    const rows = (count: number) => rowsOf([step], levels(count), { more: "{n} more" });
    expect(rows(0).map((row) => row.label)).toEqual(
      "file commitment leaf root head chain".split(" "),
    );
    expect(rows(5)).toHaveLength(10);
    expect(rows(20)).toHaveLength(12);
    expect(rows(20).find((row) => row.gap)?.label).toBe("14 more");
    expect(brief(`0x${"ab".repeat(32)}`)).toBe("ababa…abab");
  });
});

describe("stamping", () => {
  const file = (name: string): File => new File(["x"], name);
  const stamped = (fileName: string): StampedFile => ({
    fileName,
    fileSize: 1,
    contentSha256: new Uint8Array(32),
    salt: new Uint8Array(32),
    commitment: new Uint8Array(32),
  });

  it("knows a receipt by its name, also when it was downloaded twice", () => {
    const files = [file("a.pdf"), file("a.pdf.ipx-stamp (1).json"), file("data.json")];
    const found = sortOutReceipt(files);
    expect(found.receipt?.name).toBe("a.pdf.ipx-stamp (1).json");
    expect(found.files.map((one) => one.name)).toEqual(["a.pdf", "data.json"]);
  });

  it("names the receipt after its file, or after the day", () => {
    expect(receiptName([stamped("a.pdf")], "2026-11-28")).toBe("a.pdf.ipx-stamp.json");
    expect(receiptName([stamped("a"), stamped("b")], "2026-11-28")).toBe(
      "stamps 2026-11-28.ipx-stamp.json",
    );
  });

  it("asks in parts", () => {
    expect(parts([1, 2, 3, 4, 5], 2)).toEqual([[1, 2], [3, 4], [5]]);
    expect(parts([], 2)).toEqual([]);
  });
});
