// How the two versions of the evidence bundle spell bytes: docs/spec/evidence-bundle.md. Each way has one spelling only.
import { bytesToHex, hexToBytes } from "./bytes.ts";

/** The form of a text, and the bytes that it stands for. */
export interface Spelling {
  pattern: RegExp;
  read: (text: string) => Uint8Array;
}

/** 32 bytes; these are also written here, when a receipt opens a bundle. */
export interface WordSpelling extends Spelling {
  write: (bytes: Uint8Array) => string;
}

/** One version. word: value, salt and path; data: header, receipt, nodes; token: the DER of time stamps. */
export interface Format {
  name: string;
  word: WordSpelling;
  data: Spelling;
  token: Spelling;
  hasTreeSize: boolean;
}

const fromBase64 = (text: string): Uint8Array =>
  Uint8Array.from(atob(text), (character) => character.charCodeAt(0));

export const HEX_WORD: WordSpelling = {
  pattern: /^[0-9a-f]{64}$/,
  write: bytesToHex,
  read: hexToBytes,
};
const HEX_DATA: Spelling = {
  pattern: /^0x(?:[0-9a-f]{2})+$/,
  read: (text) => hexToBytes(text.slice(2)),
};
// Base64 of RFC 4648, section 4: the bits that the last character has too many are zero.
const BASE64_WORD: WordSpelling = {
  pattern: /^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]$/,
  write: (bytes) => btoa(String.fromCharCode(...bytes)).replace("=", ""),
  read: fromBase64,
};
const BASE64_DATA: Spelling = {
  pattern:
    /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048])?$/,
  read: fromBase64,
};
const BASE64_PADDED: Spelling = {
  pattern:
    /^(?=.)(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/][AQgw]==|[A-Za-z0-9+/]{2}[AEIMQUYcgkosw048]=)?$/,
  read: fromBase64,
};

export const FORMATS: Format[] = [
  {
    name: "ipx/evidence/v1",
    word: HEX_WORD,
    data: HEX_DATA,
    token: BASE64_PADDED,
    hasTreeSize: true,
  },
  {
    name: "ipx/evidence/v2",
    word: BASE64_WORD,
    data: BASE64_DATA,
    token: BASE64_DATA,
    hasTreeSize: false,
  },
];
