import { describe, expect, it, vi } from "vitest";
import { start, textOf } from "./table.ts";

function form(): { chooser: HTMLInputElement; field: HTMLTextAreaElement } {
  document.body.innerHTML =
    '<form><input type="file" data-refusal="No."><textarea>before</textarea></form>';
  start(document.querySelector("form") as HTMLFormElement);
  const chooser = document.querySelector("input") as HTMLInputElement;
  return { chooser, field: document.querySelector("textarea") as HTMLTextAreaElement };
}

function choose(chooser: HTMLInputElement, content: BlobPart): void {
  Object.defineProperty(chooser, "files", { value: [new File([content], "table.csv")] });
  chooser.dispatchEvent(new Event("change"));
}

describe("a table from a file", () => {
  it("comes into the field, without the byte order mark", async () => {
    const { chooser, field } = form();
    choose(chooser, "\ufeffTitle;Käse\n");
    await vi.waitFor(() => expect(field.value).toBe("Title;Käse\n"));
    expect(chooser.validationMessage).toBe("");
  });

  it("is refused when it is not UTF-8, and what was there stays", async () => {
    const { chooser, field } = form();
    choose(chooser, new Uint8Array([0x4b, 0xe4, 0x73, 0x65]));
    await vi.waitFor(() => expect(chooser.validationMessage).toBe("No."));
    expect(field.value).toBe("before");
  });

  it("is refused when it is too large", async () => {
    const { chooser, field } = form();
    choose(chooser, "x".repeat(4_000_001));
    await vi.waitFor(() => expect(chooser.validationMessage).toBe("No."));
    expect(field.value).toBe("before");
  });

  it("is read as UTF-8 alone", async () => {
    expect(await textOf(new Blob(["专"]))).toBe("专");
    expect(await textOf(new Blob([new Uint8Array([0xff])]))).toBeNull();
  });
});
