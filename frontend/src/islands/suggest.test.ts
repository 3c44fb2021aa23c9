import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { start } from "./suggest.ts";

const FOUND = [
  { text: "Quiet pump", about: "technology", href: "#/listings/1" },
  { text: "Pump Works", about: "organisation", href: "#/search?organisation=Pump+Works" },
];

beforeEach(() => {
  vi.useFakeTimers();
  document.body.innerHTML = `<form data-suggest="/search/suggest" data-none="none" data-some="{n} found">
    <input type="search" name="q"><ul id="q-suggestions" role="listbox" hidden></ul><p data-suggest-count></p></form>`;
  start(document.querySelector("form") as HTMLFormElement);
});

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const input = (): HTMLInputElement => document.querySelector("input") as HTMLInputElement;
const list = (): HTMLElement => document.querySelector("ul") as HTMLElement;
const selected = (): string | null | undefined =>
  list().querySelector('[aria-selected="true"]')?.firstChild?.textContent;

function answering(suggestions: unknown): ReturnType<typeof vi.fn> {
  const asked = vi.fn(async () => Response.json({ suggestions }));
  vi.stubGlobal("fetch", asked);
  return asked;
}

async function type(text: string): Promise<void> {
  input().value = text;
  input().dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(200);
}

function press(key: string): boolean {
  return input().dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
}

it("asks once after a pause, and shows what came", async () => {
  const asked = answering(FOUND);
  input().value = "pu";
  input().dispatchEvent(new Event("input"));
  await type("pump");
  expect(asked).toHaveBeenCalledTimes(1);
  expect(String(asked.mock.calls[0]?.[0])).toContain("q=pump");
  expect(list().hidden).toBe(false);
  expect(input().getAttribute("aria-expanded")).toBe("true");
  expect([...list().children].map((option) => option.textContent)).toEqual([
    "Quiet pump technology",
    "Pump Works organisation",
  ]);
  expect(document.querySelector("[data-suggest-count]")?.textContent).toBe("2 found");
});

it("is walked by the arrow keys, round and back to the field", async () => {
  answering(FOUND);
  await type("pump");
  const walked = ["ArrowDown", "ArrowDown", "ArrowDown", "ArrowUp"].map((key) => {
    expect(press(key)).toBe(false);
    return selected();
  });
  expect(walked).toEqual(["Quiet pump", "Pump Works", undefined, "Pump Works"]);
  expect(input().getAttribute("aria-activedescendant")).toBe("q-suggestions-1");
});

it("goes where a chosen suggestion leads, and leaves Enter to the form where none is", async () => {
  answering(FOUND);
  await type("pump");
  expect(press("Enter")).toBe(true);
  press("ArrowDown");
  expect(press("Enter")).toBe(false);
  expect(location.hash).toBe("#/listings/1");
});

it("closes by Escape, and when the field is left", async () => {
  answering(FOUND);
  await type("pump");
  press("Escape");
  expect(list().hidden).toBe(true);
  await type("pumps");
  input().dispatchEvent(new Event("blur"));
  expect(input().getAttribute("aria-expanded")).toBe("false");
});

it("asks nothing for one letter, and shows nothing when the answer is an error or empty", async () => {
  const asked = answering([]);
  await type("p");
  expect(asked).not.toHaveBeenCalled();
  await type("pump");
  expect(list().hidden).toBe(true);
  expect(document.querySelector("[data-suggest-count]")?.textContent).toBe("none");
  vi.stubGlobal(
    "fetch",
    vi.fn(async () => new Response("", { status: 500 })),
  );
  await type("pumps");
  expect(list().hidden).toBe(true);
});
