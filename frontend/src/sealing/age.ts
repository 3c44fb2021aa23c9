// age files (https://age-encryption.org/v1): the only file that knows the age library.
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";

/** No key fits, or the bytes were changed: the library does not say which, and neither can we. */
export class NotOpened extends Error {}

export interface KeyPair {
  identity: string;
  recipient: string;
}

/** A new X25519 identity (AGE-SECRET-KEY-1…) and its public half (age1…). */
export async function newKeyPair(): Promise<KeyPair> {
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The public half of an identity. Throws NotOpened when it is none. */
export async function recipientOf(identity: string): Promise<string> {
  try {
    return await identityToRecipient(identity);
  } catch {
    throw new NotOpened("this is not an age identity"); // without the cause, whose text could hold the secret
  }
}

/** A small age file of some bytes. */
export function sealFor(recipients: string[], content: Uint8Array): Promise<Uint8Array> {
  return encrypter(recipients).encrypt(content);
}

/** An age file of a stream, as a stream. */
export function sealStream(
  recipient: string,
  content: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  return encrypter([recipient]).encrypt(content);
}

/** What a small age file holds. Throws NotOpened. */
export async function openWith(identity: string, sealed: Uint8Array): Promise<Uint8Array> {
  try {
    return await decrypter(identity).decrypt(sealed);
  } catch {
    throw new NotOpened("the key does not open it");
  }
}

/** The content of an age file; the stream fails where the file was changed or cut off. Throws NotOpened. */
export async function openStream(
  identity: string,
  sealed: ReadableStream<Uint8Array>,
): Promise<ReadableStream<Uint8Array>> {
  try {
    return await decrypter(identity).decrypt(sealed);
  } catch {
    throw new NotOpened("the key does not open it");
  }
}

function encrypter(recipients: string[]): Encrypter {
  const made = new Encrypter();
  for (const recipient of recipients) made.addRecipient(recipient);
  return made;
}

function decrypter(identity: string): Decrypter {
  const made = new Decrypter();
  made.addIdentity(identity);
  return made;
}
