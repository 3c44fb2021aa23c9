/**
 * The CIDs of files by ipfs-unixfs-importer: what the exchange's own importer is compared with in tests/unit.
 *
 * In: a JSON line {"chunkSize", "maxLinks", "length"} and then `length` bytes, again and again. A chunkSize of 0 means
 * the profile "unixfs-v1-2025" by its name. Out: one CID a line.
 */

import { importer } from "ipfs-unixfs-importer";
import { fixedSize } from "ipfs-unixfs-importer/chunker";
import { balanced } from "ipfs-unixfs-importer/layout";

/** Forgets every block: only the names are wanted. */
const nowhere = { put: async (cid) => cid };

function optionsOf({ chunkSize, maxLinks }) {
  if (chunkSize === 0) {
    return { profile: "unixfs-v1-2025" };
  }
  return {
    cidVersion: 1,
    rawLeaves: true,
    reduceSingleLeafToSelf: true,
    chunker: fixedSize({ chunkSize }),
    layout: balanced({ maxChildrenPerNode: maxLinks }),
  };
}

async function cidOf(content, options) {
  for await (const entry of importer([{ content }], nowhere, options)) {
    return entry.cid.toString();
  }
}

const pieces = [];
for await (const piece of process.stdin) {
  pieces.push(piece);
}
const input = Buffer.concat(pieces);
for (let at = 0; at < input.length; ) {
  const end = input.indexOf("\n", at);
  const task = JSON.parse(input.toString("utf8", at, end));
  at = end + 1 + task.length;
  console.log(await cidOf(input.subarray(end + 1, at), optionsOf(task)));
}
