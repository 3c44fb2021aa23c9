// Reads the text of a PDF, page by page, away from the page: a file that makes it hang is ended with its worker.
import { extractText, getDocumentProxy } from "unpdf";

async function read(bytes: ArrayBuffer): Promise<string[]> {
  const pdf = await getDocumentProxy(new Uint8Array(bytes));
  return (await extractText(pdf, { mergePages: false })).text;
}

self.addEventListener("message", (event: MessageEvent<ArrayBuffer>) => {
  read(event.data).then(
    (pages) => self.postMessage({ pages }),
    (error: unknown) => self.postMessage({ error: String(error) }),
  );
});
