"""Plays signed acts on the registries of a chain, and asks the contracts what they store: the oracle of a rebuild."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipx.adapters.evm.abi import load_artifact
from ipx.adapters.evm.deploy import Deployer, RectifierPlan
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.keys import address_of, eth_account
from ipx.adapters.evm.rpc import Rpc
from ipx.core.typed_data import STRUCTS
from ipx.history.rebuild.reader import Registries
from tests.chain_clients import Client
from tests.chain_world import new_key

NOBODY, NO_DOCUMENT = "0x" + "0" * 40, "0x" + "0" * 64
GAS = 900_000
OTHER_STRUCTS: dict[str, tuple[str, Sequence[tuple[str, str]]]] = {
    "LicenceTransfer": (
        "LicenceRegistry",
        (
            ("licence", "uint256"),
            ("title", "uint256"),
            ("to", "address"),
            ("document", "bytes32"),
            ("nonce", "uint64"),
            ("deadline", "uint64"),
        ),
    ),
    "StatusChange": (
        "LicenceRegistry",
        (
            ("licence", "uint256"),
            ("title", "uint256"),
            ("action", "uint8"),
            ("reason", "uint8"),
            ("document", "bytes32"),
            ("end", "uint64"),
            ("nonce", "uint64"),
            ("deadline", "uint64"),
        ),
    ),
    "Rectification": (
        "TitleRegistry",
        (
            ("title", "uint256"),
            ("to", "address"),
            ("basis", "uint8"),
            ("document", "bytes32"),
            ("nonce", "uint64"),
            ("deadline", "uint64"),
        ),
    ),
    "Withdrawal": ("TitleRegistry", (("rectification", "bytes32"), ("deadline", "uint64"))),
}
ACTIONS = ("suspend", "resume", "terminate", "convert", "renew")


@dataclass
class Player:
    """Registries of their own on a chain, with one rectifier whose key we have and a delay of one second."""

    client: Client
    folder: Path
    keys: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.rpc: Rpc = self.client.rpc
        self.rectifier = self.account()
        self._relayer_key = new_key()
        self.relayer = address_of(self._relayer_key)
        self.client.fund(self.relayer)
        plan = RectifierPlan(rectifiers=[self.rectifier], threshold=1, delay=1)
        deployment = Deployer(self.rpc, folder=self.folder, key=self._relayer_key).deploy(plan)
        assert deployment.current is not None
        self.contracts = deployment.current.contracts
        self._gateway = EvmGateway(
            self.rpc, deployments=self.folder, relayer_key=self._relayer_key, chain_id=self.client.chain_id
        )
        self._nonce = self._gateway.next_nonce()
        self._fees = self._gateway.fees()

    @property
    def registries(self) -> Registries:
        pair = {self.address("LicenceRegistry").lower(): self.address("TitleRegistry").lower()}
        return Registries(pair, (), self.contracts["TitleRegistry"].block)

    def address(self, contract: str) -> str:
        return self.contracts[contract].address

    def account(self) -> str:
        key = new_key()
        address = address_of(key)
        self.keys[address.lower()] = key
        return address

    def sign(self, signer: str, struct: str, message: dict[str, Any]) -> bytes:
        contract, fields = {**STRUCTS, **OTHER_STRUCTS}[struct]
        types = {struct: [{"name": name, "type": kind} for name, kind in fields]}
        domain = {
            "name": f"IPX {contract}",
            "version": "1",
            "chainId": self.client.chain_id,
            "verifyingContract": self.address(contract),
        }
        return bytes(eth_account().Account.sign_typed_data(self.keys[signer.lower()], domain, types, message).signature)

    def send(self, contract: str, function: str, *arguments: Any) -> bool:
        """Send a call and wait for its block; False when the contract refused it."""
        data = load_artifact(contract).encode_call(function, arguments)
        signed = self._gateway.sign(nonce=self._nonce, to=self.address(contract), data=data, gas=GAS, fees=self._fees)
        self._nonce += 1
        self._gateway.broadcast(signed.raw)
        end = time.monotonic() + 30
        while (receipt := self._gateway.receipt(signed.hash)) is None:
            assert time.monotonic() < end
            time.sleep(0.002)
        return receipt.succeeded

    def ask(self, contract: str, function: str, *arguments: Any, block: str = "latest") -> Any:
        """Ask a contract at a block."""
        artifact = load_artifact(contract)
        data = "0x" + artifact.encode_call(function, arguments).hex()
        answer = str(self.rpc.call("eth_call", {"to": self.address(contract), "data": data}, block))
        return artifact.decode_result(function, arguments, bytes.fromhex(answer[2:]))

    def pass_time(self, seconds: int) -> None:
        """Let the next block come so much later; only an embedded chain can."""
        if self.client.anvil is not None:
            self.rpc.call("evm_increaseTime", seconds)
        else:
            time.sleep(min(seconds, 2))

    def now(self) -> tuple[str, int]:
        """Return number and time of the newest block."""
        block = self.rpc.call("eth_getBlockByNumber", "latest", False)
        return str(block["number"]), int(block["timestamp"], 16)

    # ── acts on titles ───────────────────────────────────────────────────────────────────────────

    def register(self, holder: str, *, evidence: int = 0, document: str = NO_DOCUMENT) -> int:
        title = secrets.randbits(256)
        message = {
            "holder": holder,
            "title": title,
            "evidence": evidence,
            "document": document,
            "deadline": self.deadline(),
        }
        assert self.send("TitleRegistry", "register", message, self.sign(holder, "Registration", message))
        return title

    def convey(
        self,
        title: int,
        giver: str,
        to: str,
        *,
        kind: int = 1,
        bps: int = 10_000,
        executed: int = 0,
        document: str = NO_DOCUMENT,
    ) -> bool:
        """Convey by the administrative holder, or by a party where the giver is not the holder."""
        message = {
            "title": title,
            "to": to,
            "kind": kind,
            "shareBps": bps,
            "executed": executed,
            "document": document,
            "nonce": self.ask("TitleRegistry", "nonceOf", title),
            "deadline": self.deadline(),
        }
        signature = self.sign(giver, "Conveyance", message)
        if self.ask("TitleRegistry", "ownerOf", title).lower() == giver.lower():
            return self.send("TitleRegistry", "convey", message, signature)
        return self.send("TitleRegistry", "conveyInterest", message, giver, signature)

    def substantiate(self, title: int, holder: str, *, evidence: int, document: str) -> bool:
        message = {
            "title": title,
            "evidence": evidence,
            "document": document,
            "nonce": self.ask("TitleRegistry", "nonceOf", title),
            "deadline": self.deadline(),
        }
        return self.send("TitleRegistry", "substantiate", message, self.sign(holder, "Substantiation", message))

    def rectify(self, title: int, to: str, *, basis: int, document: str = NO_DOCUMENT, withdraw: bool = False) -> bool:
        """Announce a rectification, let its delay pass, and carry it out or withdraw it."""
        message = {
            "title": title,
            "to": to,
            "basis": basis,
            "document": document,
            "nonce": secrets.randbits(64),
            "deadline": self.deadline(),
        }
        signature = self.sign(self.rectifier, "Rectification", message)
        assert self.send("TitleRegistry", "proposeRectification", message, self.rectifier, signature)
        self.pass_time(2)
        if not withdraw:
            return self.send("TitleRegistry", "rectify", message, [self.rectifier], [signature])
        digest = self.ask("TitleRegistry", "digestOf", message)
        undone = {"rectification": digest, "deadline": self.deadline()}
        signature = self.sign(self.rectifier, "Withdrawal", {**undone, "rectification": bytes.fromhex(digest[2:])})
        return self.send("TitleRegistry", "withdrawRectification", undone, [self.rectifier], [signature])

    # ── acts on licences ─────────────────────────────────────────────────────────────────────────

    def grant(self, licensor: str, holder: str, titles: Sequence[int], **changes: Any) -> int | None:
        """Grant a licence; return its id, None when the contract refused."""
        commitment = "0x" + secrets.token_hex(32)
        message = {
            "commitment": commitment,
            "titles": list(titles),
            "parent": 0,
            "holder": holder,
            "authority": NOBODY,
            "transferRule": 1,
            "survives": False,
            "exclusivity": 0,
            "start": 0,
            "end": 0,
            "deadline": self.deadline(),
            **changes,
        }
        signatures = [self.sign(who, "Grant", message) for who in (licensor, holder)]
        return int(commitment, 16) if self.send("LicenceRegistry", "grant", message, *signatures) else None

    def transfer(self, licence: int, title: int, giver: str, to: str, licensor: str) -> bool:
        message = {
            "licence": licence,
            "title": title,
            "to": to,
            "document": NO_DOCUMENT,
            "nonce": self.ask("LicenceRegistry", "nonceOf", licence),
            "deadline": self.deadline(),
        }
        signatures = [self.sign(who, "LicenceTransfer", message) for who in (giver, licensor)]
        return self.send("LicenceRegistry", "transfer", message, *signatures)

    def change(self, licence: int, title: int, action: str, signer: str, *, reason: int = 9, end: int = 0) -> bool:
        message = {
            "licence": licence,
            "title": title,
            "action": ACTIONS.index(action) + 1,
            "reason": reason,
            "document": NO_DOCUMENT,
            "end": end,
            "nonce": self.ask("LicenceRegistry", "nonceOf", licence),
            "deadline": self.deadline(),
        }
        return self.send("LicenceRegistry", action, message, signer, self.sign(signer, "StatusChange", message))

    def deadline(self) -> int:
        return (1 << 40) - 1

    # ── the oracle ───────────────────────────────────────────────────────────────────────────────

    def stored_title(self, title: int, block: str = "latest") -> dict[str, Any]:
        """What the contracts answer about a title."""
        ask = lambda contract, function: self.ask(contract, function, title, block=block)  # noqa: E731
        return {
            "recorded_holder": str(ask("TitleRegistry", "ownerOf")).lower(),
            "nonce": ask("TitleRegistry", "nonceOf"),
            "evidence": ask("TitleRegistry", "evidenceOf"),
            "grant_head": ask("LicenceRegistry", "grantHeadOf"),
        }

    def stored_licence(self, licence: int, title: int, block: str = "latest") -> dict[str, Any]:
        """What the contract answers about a licence."""
        ask = lambda function, *more: self.ask("LicenceRegistry", function, licence, *more, block=block)  # noqa: E731
        start, end, exclusivity = ask("termOf")
        rule, survives = ask("rulesOf")
        parent, authority = ask("parentOf"), str(ask("authorityOf")).lower()
        return {
            "holder": str(ask("ownerOf")).lower(),
            "status": ask("statusOf"),
            "is_in_force": ask("isActive"),
            "nonce": ask("nonceOf"),
            "licensor": str(ask("licensorOf", title)).lower(),
            "parent": f"0x{parent:064x}" if parent else None,
            "authority": None if authority == NOBODY else authority,
            "start": start,
            "end": end,
            "exclusivity": exclusivity,
            "transfer_rule": rule,
            "survives": survives,
        }


def word(number: int) -> str:
    """A token's id as the rebuild spells it."""
    return f"0x{number:064x}"


def fields(found: Any, wanted: dict[str, Any]) -> dict[str, Any]:
    """Return of a rebuilt record the fields that the oracle answers for."""
    return {name: getattr(found, name) for name in wanted}
