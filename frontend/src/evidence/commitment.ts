import { concatBytes, hexToBytes, sha256, utf8ToBytes } from "./bytes.ts";

export const DOCUMENT = "ipx/commitment/v1";
export const AUDIT = "ipx/audit/v1";
/** The kinds of commitment that there are. */
export const TAGS = [DOCUMENT, "ipx/grant/v1", "ipx/title/v1", "ipx/terms/v1", AUDIT];

/** SHA-256(tag ‖ 0x00 ‖ salt ‖ SHA-256 of the content ‖ owner's address padded to 32 bytes). */
export function commit(
  tag: string,
  salt: Uint8Array,
  contentSha256: Uint8Array,
  owner: string,
): Uint8Array {
  if (salt.length !== 32 || contentSha256.length !== 32) throw new Error("32 bytes each");
  const zero = new Uint8Array(1);
  return sha256(concatBytes(utf8ToBytes(tag), zero, salt, contentSha256, padAddress(owner)));
}

/** An account address (0x and 40 hexadecimal digits) as 32 bytes, left-padded with zeros. */
export function padAddress(address: string): Uint8Array {
  if (!/^0x[0-9a-fA-F]{40}$/.test(address)) throw new Error(`${address} is not an account address`);
  return concatBytes(new Uint8Array(12), hexToBytes(address.slice(2)));
}
