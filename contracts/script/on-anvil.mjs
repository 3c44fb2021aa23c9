// Deploys the committed artifacts on a real node (anvil with its newest rules), acts once in every way that has a gas
// ceiling, and compares the receipts with test/gas/ceilings.json. The forge tests are exact; this shows that they are honest.
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";

import { createPublicClient, createWalletClient, http, keccak256, stringToHex, zeroAddress, zeroHash } from "viem";
import { privateKeyToAccount } from "viem/accounts";

const at = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const json = (name) => JSON.parse(readFileSync(at(name), "utf8"));
const word = (name) => keccak256(stringToHex(name));
const person = (name) => privateKeyToAccount(word(`on-anvil ${name}`));

const port = await new Promise((resolve) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const { port: free } = server.address();
    server.close(() => resolve(free));
  });
});
const anvil = spawn(at("bin/anvil"), ["--port", String(port), "--host", "127.0.0.1", "--silent", "--hardfork", "osaka"], { stdio: "inherit" });
const transport = http(`http://127.0.0.1:${port}`, { retryCount: 20, retryDelay: 50 });
const chain = createPublicClient({ transport, pollingInterval: 10 });

async function run() {
  const [sender] = await chain.request({ method: "eth_accounts" });
  const wallet = createWalletClient({ account: sender, transport });
  const chainId = await chain.getChainId();
  const deadline = Math.floor(Date.now() / 1000) + 86400;
  const receiptOf = (hash) => chain.waitForTransactionReceipt({ hash });

  async function deploy(name, ...args) {
    const { abi, bytecode } = json(`artifacts/${name}.json`);
    const { contractAddress: address } = await receiptOf(await wallet.deployContract({ abi, bytecode, args, chain: null }));
    return { name, abi, address };
  }
  async function act(contract, functionName, ...args) {
    const { address, abi } = contract;
    const receipt = await receiptOf(await wallet.writeContract({ address, abi, functionName, args, chain: null }));
    if (receipt.status !== "success") throw new Error(`${functionName} reverted`);
    return Number(receipt.gasUsed);
  }
  // The types are read from the vectors, so a struct that changes on one side only fails here.
  const { vectors } = json("test/vectors/typed_data.json");
  const sign = (who, contract, primaryType, message) => {
    const { types } = vectors.find((vector) => vector.primaryType === primaryType);
    const domain = { name: `IPX ${contract.name}`, version: "1", chainId, verifyingContract: contract.address };
    return who.signTypedData({ domain, types, primaryType, message });
  };

  const log = await deploy("EvidenceLog");
  const terms = await deploy("TermsAcceptance");
  const titles = await deploy("TitleRegistry", [person("rectifier").address], 1, 60n);
  const licences = await deploy("LicenceRegistry", titles.address);
  const used = {};

  used.anchor_first = await act(log, "anchor", zeroHash, word("root"), 10000n);
  const head = await chain.readContract({ ...log, functionName: "headOf", args: [sender] });
  used.anchor_next = await act(log, "anchor", head, word("root 2"), 10000n);

  const acceptance = { signer: person("signer").address, terms: word("terms"), subject: word("subject"), deadline };
  used.accept = await act(terms, "accept", acceptance, await sign(person("signer"), terms, "Acceptance", acceptance));

  async function register(name, title) {
    const registration = { holder: person(name).address, title, evidence: 0, document: word("deed"), deadline };
    return act(titles, "register", registration, await sign(person(name), titles, "Registration", registration));
  }
  const [first, second, third] = ["title 1", "title 2", "title 3"].map((name) => BigInt(word(name)));
  await register("university", first);
  used.register_new_holder = await register("company", second);
  used.register_known_holder = await register("company", third);

  async function grant(commitment, title, licensee, authority) {
    const granted = {
      commitment, titles: [title], parent: 0n, holder: person(licensee).address, authority, transferRule: 1,
      survives: false, exclusivity: 0, start: 0, end: 0, deadline,
    };
    const signatures = [person("university"), person(licensee)].map((who) => sign(who, licences, "Grant", granted));
    return act(licences, "grant", granted, ...(await Promise.all(signatures)));
  }
  const authority = person("authority").address;
  await grant(word("grant 1"), first, "licensee 1", authority);
  used.grant_new_holder = await grant(word("grant 2"), first, "licensee 2", authority);
  used.grant_known_holder = await grant(word("grant 3"), first, "licensee 2", authority);
  used.grant_new_holder_no_authority = await grant(word("grant 4"), first, "licensee 4", zeroAddress);

  async function convey(to, nonce) {
    const conveyance = {
      title: first, to: person(to).address, kind: 1, shareBps: 10000, executed: 1767000000, document: word("instrument"),
      nonce, deadline,
    };
    const holder = nonce === 0 ? "university" : "new holder";
    return act(titles, "convey", conveyance, await sign(person(holder), titles, "Conveyance", conveyance));
  }
  used.convey_new_holder = await convey("new holder", 0);
  used.convey_known_holder = await convey("company", 1);
  return used;
}

try {
  const used = await run();
  const ceilings = json("test/gas/ceilings.json");
  const snapshot = json("snapshots/gas.json");
  for (const [name, gas] of Object.entries(used)) {
    const above = gas > ceilings[name];
    if (above) process.exitCode = 1;
    console.log(`${name.padEnd(30)} ${gas}  forge ${snapshot[name]}  ceiling ${ceilings[name]}${above ? "  ABOVE" : ""}`);
  }
} finally {
  anvil.kill("SIGINT");
}
