// A table chosen as a file is read here, into the field that people can also paste into. No file is ever sent.

const LARGEST = 4_000_000; // bytes; the field takes a million characters

export function start(form: HTMLFormElement): void {
  const chooser = form.querySelector<HTMLInputElement>("input[type=file]");
  const field = form.querySelector<HTMLTextAreaElement>("textarea");
  if (!chooser || !field) return;
  chooser.addEventListener("change", async () => {
    const file = chooser.files?.[0];
    if (!file) return;
    const text = file.size > LARGEST ? null : await textOf(file);
    chooser.setCustomValidity(text === null ? (chooser.dataset.refusal ?? "") : "");
    if (text === null) chooser.reportValidity();
    else field.value = text;
  });
}

/** The file as text; null when it is not written in UTF-8. */
export async function textOf(file: Blob): Promise<string | null> {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(await file.arrayBuffer());
  } catch {
    return null;
  }
}
