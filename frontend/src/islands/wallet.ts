// [data-wallet]: asks a wallet in this browser to sign, and sends the form with what it signed. The key stays in the
// wallet. Wallets are found by EIP-6963, else by window.ethereum, and asked by EIP-1193; no library.

import { need, say } from "./page.ts";

export interface Provider {
  request(asked: { method: string; params?: unknown[] }): Promise<unknown>;
}
interface Announcement extends Event {
  detail?: { info?: { uuid?: string; name?: string; icon?: string }; provider?: Provider };
}
const REFUSED = 4001; // EIP-1193: the person said no
const UNKNOWN_CHAIN = 4902; // EIP-3085
const BUSY = -32002; // the wallet shows another question already
const PATIENCE_MS = 600; // for wallets to announce themselves

/** What went wrong, by the name of the notice on the page; `detail` is what the wallet or the server said. */
export class Trouble extends Error {
  constructor(
    readonly problem: string,
    readonly detail = "",
  ) {
    super(problem);
  }
}

/** The trouble that an error of a wallet stands for. */
export function troubleOf(error: unknown): Trouble {
  if (error instanceof Trouble) return error;
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (code === REFUSED) return new Trouble("refused");
  if (code === BUSY) return new Trouble("busy");
  return new Trouble("failed", typeof message === "string" ? message.slice(0, 300) : "");
}

/** A text as eth wallets take it: 0x and the hex digits of its UTF-8. */
export function hexOf(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Bring the wallet to the exchange's chain; a wallet that does not know it has to be told by its owner. */
export async function onChain(provider: Provider, chain: number): Promise<void> {
  const wanted = `0x${chain.toString(16)}`;
  const present = async (): Promise<boolean> =>
    Number(await provider.request({ method: "eth_chainId" })) === chain;
  if (await present()) return;
  try {
    await provider.request({
      method: "wallet_switchEthereumChain",
      params: [{ chainId: wanted }],
    });
  } catch (error) {
    if ((error as { code?: unknown }).code === REFUSED) throw new Trouble("chain");
    if ((error as { code?: unknown }).code === UNKNOWN_CHAIN) throw new Trouble("chain");
    throw new Trouble("chain", troubleOf(error).detail);
  }
  if (!(await present())) throw new Trouble("chain");
}

class Signing {
  private readonly form: HTMLFormElement;
  private readonly list: HTMLElement;
  private readonly known = new Set<string>();

  constructor(private readonly place: HTMLElement) {
    this.form = need(place, "form");
    this.list = need(place, "[data-wallet-list]");
    addEventListener("eip6963:announceProvider", (event) => this.announced(event as Announcement));
    dispatchEvent(new Event("eip6963:requestProvider"));
    setTimeout(() => this.fallBack(), PATIENCE_MS);
  }

  private announced({ detail }: Announcement): void {
    const { info, provider } = detail ?? {};
    if (!info?.uuid || !provider || this.known.has(info.uuid)) return;
    this.known.add(info.uuid);
    this.offer(provider, info.name ?? "", info.icon);
  }

  private fallBack(): void {
    if (this.known.size) return;
    const injected = (globalThis as { ethereum?: Provider }).ethereum;
    if (injected) this.offer(injected, "");
    else say(this.place, "none");
  }

  private offer(provider: Provider, name: string, icon?: string): void {
    say(this.place, undefined);
    const button = document.createElement("button");
    button.type = "button";
    button.className = "btn btn-primary";
    if (icon?.startsWith("data:image/")) {
      const picture = document.createElement("img");
      Object.assign(picture, { src: icon, alt: "", width: 20, height: 20 });
      button.append(picture, " ");
    }
    const words = name ? this.place.dataset.labelNamed : this.place.dataset.labelUnnamed;
    button.append((words ?? "").replace("{name}", name.slice(0, 60)));
    button.addEventListener("click", () => void this.sign(provider, button));
    this.list.append(button);
  }

  private async sign(provider: Provider, button: HTMLButtonElement): Promise<void> {
    say(this.place, undefined);
    button.disabled = true;
    try {
      await (this.place.dataset.wallet === "data"
        ? this.signData(provider)
        : this.signText(provider));
      this.form.requestSubmit();
    } catch (error) {
      const { problem, detail } = troubleOf(error);
      say(this.place, problem, detail);
    } finally {
      button.disabled = false;
    }
  }

  private async signText(provider: Provider): Promise<void> {
    const [address] = await this.accounts(provider);
    if (!address) throw new Trouble("refused");
    const message = await this.challenge(address);
    this.set("message", message);
    const asked = { method: "personal_sign", params: [hexOf(message), address] };
    this.set("signature", String(await provider.request(asked)));
  }

  private async signData(provider: Provider): Promise<void> {
    const { walletAddress: wanted = "", walletTyped: typed = "", walletChain } = this.place.dataset;
    const accounts = await this.accounts(provider);
    const address = accounts.find((one) => one.toLowerCase() === wanted.toLowerCase());
    if (!address) throw new Trouble("account", accounts[0]);
    await onChain(provider, Number(walletChain));
    const asked = { method: "eth_signTypedData_v4", params: [address, typed] };
    this.set("signature", String(await provider.request(asked)));
  }

  private async accounts(provider: Provider): Promise<string[]> {
    const found = await provider.request({ method: "eth_requestAccounts" });
    return Array.isArray(found) ? found.map(String) : [];
  }

  private async challenge(address: string): Promise<string> {
    // Pages for strangers have the token in their forms alone.
    const token = need<HTMLInputElement>(this.form, '[name="csrf_token"]');
    const answer = await fetch(this.place.dataset.walletChallenge ?? "", {
      method: "POST",
      headers: { "X-CSRFToken": token.value, Accept: "application/json" },
      body: new URLSearchParams({ address }),
    });
    const said = (await answer.json().catch(() => ({}))) as { message?: string; detail?: string };
    if (!answer.ok || !said.message) throw new Trouble("failed", said.detail);
    return said.message;
  }

  private set(name: string, value: string): void {
    need<HTMLInputElement>(this.form, `[name="${name}"]`).value = value;
  }
}

export function start(place: HTMLElement): void {
  new Signing(place);
}
