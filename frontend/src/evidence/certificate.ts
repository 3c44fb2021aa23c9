// A PDF certificate carries the bundle as an attachment, the same bytes as the file of its own.

export const LARGEST_CERTIFICATE = 16 << 20;

const BUNDLE_BEGINS = '{"anchor":'; // canonical JSON puts this key first
const decoder = new TextDecoder("latin1");

export function isPdf(bytes: Uint8Array): boolean {
  return decoder.decode(bytes.subarray(0, 5)) === "%PDF-";
}

/** The bundle that a certificate carries, or undefined. Looks at each stream; knows plain and Flate. */
export async function bundleInside(pdf: Uint8Array): Promise<Uint8Array | undefined> {
  const text = decoder.decode(pdf);
  for (const found of text.matchAll(/>>\s*stream\r?\n/g)) {
    const from = found.index + found[0].length;
    const to = text.indexOf("endstream", from);
    if (to < 0) return undefined;
    const dictionary = text.slice(text.lastIndexOf("obj", found.index), found.index);
    const raw = trimEnd(pdf.subarray(from, to));
    const content = dictionary.includes("/FlateDecode") ? await inflate(raw) : raw;
    if (content && decoder.decode(content.subarray(0, BUNDLE_BEGINS.length)) === BUNDLE_BEGINS) {
      return content;
    }
  }
  return undefined;
}

/** Without the one line end that stands before `endstream`. */
function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  if (bytes[end - 1] === 0x0a) end -= 1;
  if (bytes[end - 1] === 0x0d) end -= 1;
  return bytes.subarray(0, end);
}

async function inflate(bytes: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    const plain = new Blob([bytes.slice()])
      .stream()
      .pipeThrough(new DecompressionStream("deflate"));
    return new Uint8Array(await new Response(plain).arrayBuffer());
  } catch {
    return undefined;
  }
}
