// Writes test/vectors/typed_data.json: every signed struct once, hashed and signed by viem, which knows nothing of the
// contracts. The forge tests check the contracts against it, and Python's tests check its own EIP-712 code.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { hashDomain, hashStruct, hashTypedData, keccak256, numberToHex, stringToHex } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const file = fileURLToPath(new URL("../test/vectors/typed_data.json", import.meta.url));
const chainId = 31337;
const verifyingContract = "0x00000000000000000000000000000000000000ff";

const sha256 = (...parts) => `0x${createHash("sha256").update(Buffer.concat(parts)).digest("hex")}`;
const bytes = (hex) => Buffer.from(hex.slice(2), "hex");
// Values that say nothing, made from their names.
const word = (name) => sha256(Buffer.from(`ipx/test-vector/${name}`));
const privateKey = keccak256(stringToHex("ipx/test-vector/private key"));
const other = privateKeyToAccount(word("other key")).address;
const account = privateKeyToAccount(privateKey);

const fields = (text) =>
  text.split(",").map((pair) => {
    const [type, name] = pair.split(" ");
    return { name, type };
  });

const structs = [
  {
    contract: "TermsAcceptance",
    name: "Acceptance",
    fields: "address signer,bytes32 terms,bytes32 subject,uint64 deadline",
    message: { signer: account.address, terms: word("terms"), subject: word("subject"), deadline: 4102444800 },
  },
  {
    contract: "TitleRegistry",
    name: "Registration",
    fields: "address holder,uint256 title,uint8 evidence,bytes32 document,uint64 deadline",
    message: {
      holder: account.address, title: word("title 1"), evidence: 1, document: word("document"), deadline: 4102444800,
    },
  },
  {
    contract: "TitleRegistry",
    name: "Conveyance",
    fields:
      "uint256 title,address to,uint8 kind,uint16 shareBps,uint64 executed,bytes32 document,uint64 nonce,uint64 deadline",
    message: {
      title: word("title 1"), to: other, kind: 1, shareBps: 10000, executed: 1767225600, document: word("assignment"),
      nonce: 3, deadline: 4102444800,
    },
  },
  {
    contract: "TitleRegistry",
    name: "Substantiation",
    fields: "uint256 title,uint8 evidence,bytes32 document,uint64 nonce,uint64 deadline",
    message: { title: word("title 1"), evidence: 2, document: word("register extract"), nonce: 4, deadline: 4102444800 },
  },
  {
    contract: "TitleRegistry",
    name: "Rectification",
    fields: "uint256 title,address to,uint8 basis,bytes32 document,uint64 nonce,uint64 deadline",
    message: {
      title: word("title 1"), to: other, basis: 1, document: word("judgment"), nonce: 7, deadline: 4102444800,
    },
  },
  {
    contract: "TitleRegistry",
    name: "Withdrawal",
    fields: "bytes32 rectification,uint64 deadline",
    message: { rectification: word("rectification"), deadline: 4102444800 },
  },
  {
    contract: "LicenceRegistry",
    name: "Grant",
    fields:
      "bytes32 commitment,uint256[] titles,uint256 parent,address holder,address authority,uint8 transferRule," +
      "bool survives,uint8 exclusivity,uint64 start,uint64 end,uint64 deadline",
    message: {
      commitment: word("grant"), titles: [word("title 1"), word("title 2")], parent: word("parent grant"),
      holder: account.address, authority: other, transferRule: 1, survives: true, exclusivity: 1, start: 1767225600,
      end: 2082758400, deadline: 4102444800,
    },
  },
  {
    contract: "LicenceRegistry",
    name: "LicenceTransfer",
    fields: "uint256 licence,uint256 title,address to,bytes32 document,uint64 nonce,uint64 deadline",
    message: {
      licence: word("grant"), title: word("title 1"), to: other, document: word("transfer"), nonce: 2,
      deadline: 4102444800,
    },
  },
  {
    contract: "LicenceRegistry",
    name: "StatusChange",
    fields:
      "uint256 licence,uint256 title,uint8 action,uint8 reason,bytes32 document,uint64 end,uint64 nonce,uint64 deadline",
    message: {
      licence: word("grant"), title: word("title 1"), action: 5, reason: 9, document: word("notice"), end: 2145916800,
      nonce: 3, deadline: 4102444800,
    },
  },
];

// As in the records that Python keeps: integers as strings of decimal digits, so that no reader rounds them.
const plain = (type, value) => {
  if (type.endsWith("[]")) return value.map((item) => plain(type.slice(0, -2), item));
  return type.startsWith("uint") ? BigInt(value).toString() : value;
};

async function vectorOf({ contract, name, fields: text, message }) {
  const domain = { name: `IPX ${contract}`, version: "1", chainId, verifyingContract };
  const types = { [name]: fields(text) };
  const typed = { domain, types, primaryType: name, message };
  return {
    contract,
    domain,
    primaryType: name,
    type: `${name}(${text})`,
    types,
    message: Object.fromEntries(types[name].map((field) => [field.name, plain(field.type, message[field.name])])),
    domainSeparator: hashDomain({ domain, types: { EIP712Domain: domainFields } }),
    structHash: hashStruct({ data: message, primaryType: name, types }),
    digest: hashTypedData(typed),
    signature: await account.signTypedData(typed),
  };
}

const domainFields = fields("string name,string version,uint256 chainId,address verifyingContract");

const root = word("root");
const firstHead = sha256(Buffer.from([2]), Buffer.alloc(32), bytes(root), bytes(numberToHex(10000, { size: 8 })));
const commitment = word("grant");
const firstGrantHead = sha256(Buffer.from("ipx/granthead/v1\0"), Buffer.alloc(32), bytes(commitment));

const content = {
  about: "Written by script/typed-data.mjs with viem. The key is public: it is for tests only.",
  privateKey,
  signer: account.address,
  vectors: await Promise.all(structs.map(vectorOf)),
  heads: [
    { previous: numberToHex(0, { size: 32 }), root, size: 10000, head: firstHead },
    {
      previous: firstHead,
      root: word("root 2"),
      size: 1,
      head: sha256(Buffer.from([2]), bytes(firstHead), bytes(word("root 2")), bytes(numberToHex(1, { size: 8 }))),
    },
  ],
  grantHeads: [
    { previous: numberToHex(0, { size: 32 }), commitment, head: firstGrantHead },
    {
      previous: firstGrantHead,
      commitment: word("grant 2"),
      head: sha256(Buffer.from("ipx/granthead/v1\0"), bytes(firstGrantHead), bytes(word("grant 2"))),
    },
  ],
};

const text = `${JSON.stringify(content, null, 2)}\n`;
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
  console.error("test/vectors/typed_data.json differs from what the script gives. Run `make vectors`.");
  process.exitCode = 1;
}
