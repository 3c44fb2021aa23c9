"""A wallet in the browser of a test: an EIP-1193 provider, announced by EIP-6963, that signs with a key here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ipx.adapters.evm.keys import eth_account
from tests.wallet_steps import KeyWallet

if TYPE_CHECKING:
    from playwright.sync_api import Page

_PROVIDER = """
const provider = {
  async request(asked) {
    const { result, error } = await globalThis.askTestWallet(JSON.stringify(asked));
    if (error) throw Object.assign(new Error(error.message), error);
    return result;
  },
};
const info = { uuid: "6a3c5a1e-0001-4a51-9f0e-000000000001", name: "Test Wallet", rdns: "example.test",
  icon: "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'/>" };
const announce = () => dispatchEvent(
  new CustomEvent("eip6963:announceProvider", { detail: Object.freeze({ info, provider }) }));
addEventListener("eip6963:requestProvider", announce);
announce();
"""


class InjectedWallet(KeyWallet):
    """What the extension of a wallet does. ``refuses``: the person presses no; ``chain``: where it is."""

    def __init__(self, chain: int) -> None:
        super().__init__()
        self.chain = chain
        self.refuses = False
        self.knows_chains = True
        self.asked: list[str] = []

    def install(self, page: Page) -> None:
        """Be there in every page that is opened from now on."""
        page.expose_function("askTestWallet", self._answer)
        page.add_init_script(_PROVIDER)

    def _answer(self, asked: str) -> dict[str, Any]:
        request = json.loads(asked)
        method, params = request["method"], request.get("params") or []
        self.asked.append(method)
        if method == "eth_requestAccounts":
            return {"result": [self.address.lower()]}
        if method == "eth_chainId":
            return {"result": hex(self.chain)}
        if method == "wallet_switchEthereumChain":
            return self._switch(int(params[0]["chainId"], 16))
        if self.refuses:
            return {"error": {"code": 4001, "message": "User rejected the request."}}
        if method == "personal_sign":
            assert params[1].lower() == self.address.lower()
            return {"result": self.sign_text(bytes.fromhex(params[0][2:]).decode())}
        assert method == "eth_signTypedData_v4", method
        return {"result": self._typed(params[0], json.loads(params[1]))}

    def _switch(self, chain: int) -> dict[str, Any]:
        if not self.knows_chains:
            return {"error": {"code": 4902, "message": "Unrecognized chain ID."}}
        self.chain = chain
        return {"result": None}

    def _typed(self, address: str, full: Any) -> str:
        assert address.lower() == self.address.lower()
        assert full["domain"]["chainId"] == self.chain
        message = eth_account().messages.encode_typed_data(full_message=full)
        return "0x" + bytes(eth_account().Account.sign_message(message, self.key).signature).hex()
