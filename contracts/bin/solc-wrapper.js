#!/usr/bin/env node
// Lets forge use the pinned solc from npm: answers the two calls that forge makes, `--version` and `--standard-json`.
// It never downloads a compiler.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const solc = require("solc");

const args = process.argv.slice(2);

function valuesOf(name) {
  const found = [];
  for (let i = 0; i < args.length; i++) {
    if (args[i] === name) found.push(args[i + 1]);
    else if (args[i].startsWith(`${name}=`)) found.push(args[i].slice(name.length + 1));
  }
  return found;
}

function readImport(file) {
  for (const folder of [...valuesOf("--base-path"), ...valuesOf("--include-path"), "."]) {
    const candidate = path.resolve(folder, file);
    if (fs.existsSync(candidate)) return { contents: fs.readFileSync(candidate, "utf8") };
  }
  return { error: `not found: ${file}` };
}

if (args.includes("--version")) {
  const version = solc.version().replace(/\.Emscripten.*$/, "");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}.Linux.g++\n`);
} else if (args.includes("--standard-json")) {
  const input = fs.readFileSync(0, "utf8");
  process.stdout.write(solc.compile(input, { import: readImport }));
} else {
  process.stderr.write("solc-wrapper: only --version and --standard-json are answered\n");
  process.exitCode = 1;
}
