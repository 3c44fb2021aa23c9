import { beforeEach, describe, expect, it, vi } from "vitest";
import { hexOf, onChain, type Provider, start, type Trouble, troubleOf } from "./wallet.ts";

/** A wallet that answers as it is told; an Error with a code is a refusal. */
function wallet(answers: Record<string, unknown | (() => unknown)>): Provider {
  return {
    async request({ method }) {
      const answer = answers[method];
      const given = typeof answer === "function" ? answer() : answer;
      if (given instanceof Error) throw given;
      return given;
    },
  };
}

const refusal = (code: number): Error => Object.assign(new Error("no"), { code });
const problemOf = async (asked: Promise<unknown>): Promise<string> =>
  asked.then(
    () => "none",
    (error: Trouble) => error.problem,
  );

describe("what a wallet's errors mean", () => {
  it.each([
    [refusal(4001), "refused"],
    [refusal(-32002), "busy"],
    [refusal(-32603), "failed"],
    ["text", "failed"],
    [undefined, "failed"],
  ])("%s is %s", (error, problem) => {
    expect(troubleOf(error).problem).toBe(problem);
  });
});

it("gives a text as the hex of its UTF-8", () => {
  expect(hexOf("a\né")).toBe("0x610ac3a9");
});

describe("the chain", () => {
  it("is left alone when it is the right one", async () => {
    await expect(onChain(wallet({ eth_chainId: "0x7a69" }), 31337)).resolves.toBeUndefined();
  });

  it("is switched, and looked at again", async () => {
    let present = "0x1";
    const switching = () => {
      present = "0x7a69";
      return null;
    };
    const asked = wallet({ eth_chainId: () => present, wallet_switchEthereumChain: switching });
    await expect(onChain(asked, 31337)).resolves.toBeUndefined();
  });

  it.each([refusal(4001), refusal(4902), refusal(-32603), null])(
    "is named when it stays another: %s",
    async (answer) => {
      const asked = wallet({ eth_chainId: "0x1", wallet_switchEthereumChain: answer });
      expect(await problemOf(onChain(asked, 31337))).toBe("chain");
    },
  );
});

describe("a page with a wallet", () => {
  beforeEach(() => {
    document.body.innerHTML = `<div data-wallet="data" data-wallet-typed='{"a":1}' data-wallet-address="0xAb" data-wallet-chain="1"
      data-label-named="Sign with {name}" data-label-unnamed="Sign"><div data-wallet-list></div>
      <p data-problem="none" hidden></p><p data-problem="account" hidden><code data-detail></code></p>
      <form><input name="signature"></form></div>`;
  });
  const place = (): HTMLElement =>
    document.querySelector<HTMLElement>("[data-wallet]") as HTMLElement;
  const announce = (provider: Provider, icon: string): void => {
    const detail = { info: { uuid: "u", name: "<b>W</b>", icon }, provider };
    dispatchEvent(new CustomEvent("eip6963:announceProvider", { detail }));
  };
  const pressed = async (): Promise<void> => {
    place().querySelector("button")?.click();
    await vi.waitFor(() => expect(place().querySelector("button")?.disabled).toBe(false));
  };

  it("offers a wallet once, by its name as text, and shows no picture from elsewhere", () => {
    start(place());
    announce(wallet({}), "https://tracker.example/icon.png");
    announce(wallet({}), "");
    expect(place().querySelectorAll("button")).toHaveLength(1);
    expect(place().querySelector("button")?.textContent).toBe("Sign with <b>W</b>");
    expect(place().querySelector("img, b")).toBeNull();
  });

  it("puts the signature of the named account into the form and sends it", async () => {
    start(place());
    const sent = vi.fn((event: Event) => event.preventDefault());
    place().querySelector("form")?.addEventListener("submit", sent);
    announce(
      wallet({ eth_requestAccounts: ["0xaB"], eth_chainId: "0x1", eth_signTypedData_v4: "0x12" }),
      "",
    );
    await pressed();
    expect(place().querySelector<HTMLInputElement>("input")?.value).toBe("0x12");
    expect(sent).toHaveBeenCalledOnce();
  });

  it("asks for the named account when the wallet shows another", async () => {
    start(place());
    announce(wallet({ eth_requestAccounts: ["0xcd"] }), "");
    await pressed();
    expect(place().querySelector<HTMLElement>('[data-problem="account"]')?.hidden).toBe(false);
    expect(place().querySelector("[data-detail]")?.textContent).toBe("0xcd");
    expect(place().querySelector<HTMLInputElement>("input")?.value).toBe("");
  });

  it("says that there is no wallet", async () => {
    start(place());
    await vi.waitFor(() =>
      expect(place().querySelector<HTMLElement>('[data-problem="none"]')?.hidden).toBe(false),
    );
  });
});
