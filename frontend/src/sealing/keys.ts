// Key files: an organisation's, and that of one version of a document (docs/spec/sealed-in-browser.md).
// Both are files as `age-keygen` writes them, so that the command `age -d -i FILE` takes them.
import { utf8ToBytes } from "../evidence/bytes.ts";

export const LARGEST_KEY_FILE = 64 << 10;
const IDENTITY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/;
const VERSION_KEY = "# ipx version key v1";

/** The file holds no age identity, or more than one. */
export class NotAKeyFile extends Error {}

/** What one needs to open one version of a document, and to know that it is the right one. */
export interface VersionKey {
  identity: string;
  name: string;
  size: number;
  contentSha256: string;
}

/** The key file that an owner keeps. */
export function writeKeyFile(
  { identity, recipient }: { identity: string; recipient: string },
  organisation: string,
  day: string,
): string {
  return [
    `# IPX key file of ${oneLine(organisation)}. Whoever has it opens what was sealed for it; nobody can replace it.`,
    `# created: ${day}`,
    `# public key: ${recipient}`,
    identity,
    "",
  ].join("\n");
}

/** The one identity of a key file, of ours or of age-keygen. Throws NotAKeyFile. */
export function readKeyFile(text: string): string {
  const found = lines(text).filter((line) => !line.startsWith("#"));
  const [identity] = found;
  if (found.length !== 1 || !identity || !IDENTITY.test(identity)) throw new NotAKeyFile("no key");
  return identity;
}

/** What is sealed for the organisation in the place of a version's identity. */
export function writeVersionKey(key: VersionKey): Uint8Array {
  const text = [
    VERSION_KEY,
    `# name: ${JSON.stringify(key.name)}`,
    `# size: ${key.size}`,
    `# content_sha256: ${key.contentSha256}`,
    key.identity,
    "",
  ].join("\n");
  return utf8ToBytes(text);
}

/** Reads a version key strictly. Throws NotAKeyFile. */
export function readVersionKey(bytes: Uint8Array): VersionKey {
  const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  const found =
    /^# ipx version key v1\n# name: (".*")\n# size: (0|[1-9]\d{0,15})\n# content_sha256: ([0-9a-f]{64})\n(.+)\n$/.exec(
      text,
    );
  const [, name, size, contentSha256, identity] = found ?? [];
  if (!name || !size || !contentSha256 || !identity || !IDENTITY.test(identity)) {
    throw new NotAKeyFile("no key of a version");
  }
  return { identity, name: String(JSON.parse(name)), size: Number(size), contentSha256 };
}

function lines(text: string): string[] {
  return text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ");
}
