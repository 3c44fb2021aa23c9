#!/usr/bin/env node
// Writes artifacts/<Name>.json from forge's build of src/, or with --check compares them byte for byte.
// Python deploys and reads the contracts from these files, so nobody needs a compiler to run the exchange.
"use strict";

const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const root = path.resolve(__dirname, "..");
const built = path.join(root, "out", "artifacts");
const committed = path.join(root, "artifacts");

const contracts = fs
  .readdirSync(path.join(root, "src"))
  .filter((file) => file.endsWith(".sol"))
  .map((file) => path.basename(file, ".sol"))
  .sort();

const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");

function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.keys(value).sort().map((key) => [key, sorted(value[key])]));
}

// solc names immutables by numbers that change with unrelated source; here they are counted from zero.
function renumbered(references) {
  const lists = Object.values(references).map((list) => [...list].sort((a, b) => a.start - b.start));
  lists.sort((a, b) => a[0].start - b[0].start);
  return Object.fromEntries(lists.map((list, index) => [String(index), list]));
}

// One digest over all files that the contract is made of: SHA-256 of the sorted JSON {path: SHA-256 of the file}.
function sourceDigest(metadata) {
  const files = Object.keys(metadata.sources).map((file) => [file, sha256(fs.readFileSync(path.join(root, file)))]);
  return sha256(JSON.stringify(sorted(Object.fromEntries(files))));
}

// No text and no enumeration may ever be stored on chain.
function refuseTextInStorage(name, layout) {
  const found = Object.keys(layout.types ?? {}).filter((type) => /^t_(string|bytes_|array)/.test(type));
  if (found.length > 0) throw new Error(`${name} stores ${found.join(", ")}: strings, bytes and lists are not allowed`);
}

function artifactOf(name) {
  const out = JSON.parse(fs.readFileSync(path.join(built, `${name}.sol`, `${name}.json`), "utf8"));
  refuseTextInStorage(name, out.storageLayout);
  const metadata = typeof out.metadata === "string" ? JSON.parse(out.metadata) : out.metadata;
  const { compilationTarget, ...settings } = metadata.settings;
  return sorted({
    contract: name,
    abi: out.abi,
    bytecode: out.bytecode.object,
    deployedBytecode: out.deployedBytecode.object,
    immutableReferences: renumbered(out.deployedBytecode.immutableReferences ?? {}),
    compiler: `solc ${metadata.compiler.version}`,
    settings,
    sourceSha256: sourceDigest(metadata),
  });
}

const check = process.argv.includes("--check");
const stale = [];
fs.mkdirSync(committed, { recursive: true });
for (const name of contracts) {
  const file = path.join(committed, `${name}.json`);
  const text = `${JSON.stringify(artifactOf(name), null, 2)}\n`;
  const present = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "";
  if (text === present) continue;
  if (check) stale.push(name);
  else fs.writeFileSync(file, text);
}
for (const file of fs.readdirSync(committed)) {
  // <Name>-<number>.json is the artifact of an older generation, kept for those who read its records.
  if (contracts.includes(path.basename(file, ".json").replace(/-\d+$/, ""))) continue;
  if (check) stale.push(file);
  else fs.rmSync(path.join(committed, file));
}
if (stale.length > 0) {
  console.error(`Artifacts differ from the source: ${stale.join(", ")}. Run \`make artifacts\` and commit them.`);
  process.exitCode = 1;
} else {
  console.log(`${contracts.length} artifacts ${check ? "match the source" : "written"}: ${contracts.join(", ")}`);
}
