import { beforeEach, describe, expect, it, vi } from "vitest";
import { need } from "./page.ts";
import { headersFor, headersOf, placeOf, problemOf, randomKey, start } from "./upload.ts";

vi.mock("./hash.ts", () => ({ hashFile: async () => "ab".repeat(32) }));

/** Stands for the network: what was sent, and the answer to give. */
class Wire {
  static last: Wire;
  readonly sent: Record<string, string> = {};
  readonly upload = new EventTarget();
  private readonly events = new EventTarget();
  body: unknown;
  status = 0;
  responseText = "";
  constructor() {
    Wire.last = this;
  }
  open(method: string, url: string): void {
    this.sent.method = method;
    this.sent.url = url;
  }
  setRequestHeader(name: string, value: string): void {
    this.sent[name] = value;
  }
  addEventListener(name: string, hear: () => void): void {
    this.events.addEventListener(name, hear);
  }
  send(body: unknown): void {
    this.body = body;
  }
  abort(): void {
    this.events.dispatchEvent(new Event("abort"));
  }
  answer(status: number, body: unknown): void {
    this.status = status;
    this.responseText = typeof body === "string" ? body : JSON.stringify(body);
    this.events.dispatchEvent(new Event(status ? "load" : "error"));
  }
}

const slots = ["name", "size", "hash", "error-title", "error-detail", "error-again"];
const text = (slot: string): string =>
  need<HTMLElement>(document, `[data-upload-${slot}]`).textContent ?? "";
const shown = (slot: string): boolean =>
  !need<HTMLElement>(document, `[data-upload-${slot}]`).hidden;
const send = (): HTMLButtonElement => need(document, "[data-upload-send]");

async function choose(...files: File[]): Promise<void> {
  const input = need<HTMLInputElement>(document, "input");
  Object.defineProperty(input, "files", { value: files, configurable: true });
  input.dispatchEvent(new Event("change"));
  await new Promise((done) => setTimeout(done));
}

function submit(): void {
  need<HTMLFormElement>(document, "form").dispatchEvent(new Event("submit", { cancelable: true }));
}

beforeEach(() => {
  vi.stubGlobal("XMLHttpRequest", Wire);
  document.head.innerHTML = '<meta name="csrf-token" content="token">';
  document.body.innerHTML = `<form data-upload data-upload-url="/put" data-upload-limit="9">
    <div data-upload-drop><input type="file"></div><div data-upload-file hidden></div>
    <div data-upload-progress hidden><p data-upload-sentence data-ready="ready"></p>
    <progress data-upload-bar max="100"></progress></div>
    <div data-upload-error hidden data-empty="empty" data-large="large" data-lost="lost" data-stopped="stopped"></div>
    ${slots.map((slot) => `<i data-upload-${slot}></i>`).join("")}
    <button data-upload-send disabled data-retry="again"></button><button type="button" data-upload-cancel hidden></button></form>`;
  start(need(document, "form"));
});

describe("headers of the form's own controls", () => {
  it("take the first value that says something, and are sent even when none does", () => {
    document.body.innerHTML = `<form>
      <select data-upload-header="X-A"><option value="">an entry</option></select>
      <input data-upload-header="X-A" value=" 3E001 ">
      <select data-upload-header="X-B"><option value="none" selected>none</option></select>
      <input data-upload-header="X-B" value="5A002">
      <input data-upload-header="X-C" value="">
    </form>`;
    const form = need<HTMLFormElement>(document, "form");
    expect(headersOf(form)).toEqual({ "X-A": "3E001", "X-B": "none", "X-C": "" });
  });
});

describe("an upload", () => {
  const file = new File(["content"], "Prüfbericht 1.pdf", { type: "application/pdf" });

  it("shows the fingerprint before anything is sent", async () => {
    await choose(file);
    expect(text("name")).toBe("Prüfbericht 1.pdf");
    expect(text("size")).toBe("7 bytes");
    expect(text("hash")).toBe("ab".repeat(32));
    expect(send().disabled).toBe(false);
  });

  it("sends the raw file, and goes where the answer says", async () => {
    const go = vi.spyOn(location, "assign").mockImplementation(() => {});
    await choose(file);
    submit();
    submit(); // a second press sends nothing more
    expect(Wire.last.body).toBe(file);
    expect(Wire.last.sent).toMatchObject({
      method: "PUT",
      url: "/put",
      "X-CSRFToken": "token",
      "X-File-Name": "Pr%C3%BCfbericht%201.pdf",
      "Content-Type": "application/pdf",
      "X-Content-SHA256": "ab".repeat(32),
    });
    Wire.last.answer(201, { location: "/technologies/1" });
    expect(go).toHaveBeenCalledWith(`${location.origin}/technologies/1`);
  });

  it("shows a refusal, keeps the file, and retries with the same key", async () => {
    await choose(file);
    submit();
    const key = Wire.last.sent["Idempotency-Key"];
    Wire.last.answer(415, { title: "Not accepted", detail: "Send a PDF." });
    expect(text("error-title")).toBe("Not accepted");
    expect(text("error-detail")).toBe("Send a PDF.");
    expect(send().textContent).toBe("again");
    submit();
    expect(shown("error")).toBe(false);
    expect(Wire.last.sent["Idempotency-Key"]).toBe(key);
    Wire.last.answer(0, "");
    expect(text("error-title")).toBe("lost");
    await choose(new File(["other"], "b"));
    submit();
    expect(Wire.last.sent["Idempotency-Key"]).not.toBe(key);
  });

  it("can be stopped", async () => {
    await choose(file);
    submit();
    need<HTMLButtonElement>(document, "[data-upload-cancel]").click();
    expect(text("error-title")).toBe("stopped");
    expect(send().disabled).toBe(false);
  });

  it("refuses here what is empty or too large", async () => {
    await choose(new File([], "empty.txt"));
    expect(text("error-title")).toBe("empty");
    await choose(new File(["0123456789"], "large.txt"));
    expect(text("error-title")).toBe("large");
    expect(shown("error-again")).toBe(false);
    expect(send().disabled).toBe(true);
  });
});

it("an unnamed type is sent as bytes", () => {
  expect(headersFor(new File(["x"], "x"), "", "")["Content-Type"]).toBe("application/octet-stream");
});

it("a key is a random UUID", () => {
  expect(randomKey()).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(randomKey()).not.toBe(randomKey());
});

it("an answer leads only to places on this site", () => {
  expect(placeOf('{"location":"/a"}', "https://ipx.example")).toBe("https://ipx.example/a");
  expect(placeOf('{"location":"//evil.example/a"}', "https://ipx.example")).toBeUndefined();
  expect(placeOf('{"location":"javascript:alert(1)"}', "https://ipx.example")).toBeUndefined();
  expect(placeOf("<html>", "https://ipx.example")).toBeUndefined();
});

it("a problem is what problem+json says, or nothing", () => {
  expect(problemOf('{"title":"T"}')).toEqual({ title: "T", detail: "" });
  expect(problemOf('{"detail":"D"}')).toBeUndefined();
  expect(problemOf("null")).toBeUndefined();
});
