import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { save, start } from "./autosave.ts";

const PAGE = `<form data-autosave data-saving="Saving" data-saved="Saved" data-signed-out="Signed out" data-lost="Lost">
  <input name="csrf_token" value="old"><input name="title" value="Cold sintering"><p data-autosave-state></p></form>`;

function form(): HTMLFormElement {
  document.body.innerHTML = PAGE;
  return document.querySelector("form") as HTMLFormElement;
}

function answers(...list: Array<Response | Error>): ReturnType<typeof vi.fn> {
  const fetching = vi.fn(() => {
    const next = list.shift();
    return next instanceof Error ? Promise.reject(next) : Promise.resolve(next);
  });
  vi.stubGlobal("fetch", fetching);
  return fetching;
}

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

it("sends what stands in the form, marked as autosave", async () => {
  const fetching = answers(new Response("{}"));
  expect(await save(form())).toBe("saved");
  const [, sent] = fetching.mock.calls[0] as [string, RequestInit];
  expect(String(sent.body)).toContain("title=Cold+sintering");
  expect((sent.headers as Record<string, string>)["X-Autosave"]).toBe("1");
});

it("takes the token of a new session and sends again", async () => {
  const fetching = answers(
    new Response("", { status: 400 }),
    new Response('<form data-autosave><input name="csrf_token" value="new"></form>'),
    new Response("{}"),
  );
  expect(await save(form())).toBe("saved");
  const [, sent] = fetching.mock.calls[2] as [string, RequestInit];
  expect(String(sent.body)).toContain("csrf_token=new");
});

it("says that one is signed out, keeps what was typed and tries again", async () => {
  const place = form();
  start(place);
  const fetching = answers(
    new Response("", { status: 401 }),
    new Response("<h1>Sign in</h1>"),
    new Response("{}"),
  );
  place.dispatchEvent(new Event("input"));
  await vi.advanceTimersByTimeAsync(1_300);
  expect(place.querySelector("[data-autosave-state]")?.textContent).toBe("Signed out");
  await vi.advanceTimersByTimeAsync(10_100);
  expect(fetching).toHaveBeenCalledTimes(3);
  expect(place.querySelector("[data-autosave-state]")?.textContent).toBe("Saved");
});

it("says that there is no connection", async () => {
  answers(new TypeError("no network"));
  expect(await save(form())).toBe("lost");
});
