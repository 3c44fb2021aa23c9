"""What the room hands out: frozen facts about wallets and what they signed."""

from dataclasses import dataclass
from datetime import datetime

from ipx.core.ports import Block
from ipx.core.typed_data import TypedData


@dataclass(frozen=True)
class Challenge:
    """A message to sign, and its nonce, which the browser that asked for it keeps."""

    nonce: str
    message: str


@dataclass(frozen=True)
class Taken:
    """A challenge that was answered and is used up: what the message said, before the signature is looked at."""

    address: str
    text: str


@dataclass(frozen=True)
class Proof:
    """An account's signature that counts. ``block``: as of which block a contract wallet said so; None for a key.

    ``signature`` is as the contracts take it: of a key 65 bytes that end with 27 or 28. ``data``: the typed data that
    was signed, None for a text.
    """

    address: str
    signature: bytes
    block: Block | None
    data: TypedData | None = None

    @property
    def is_contract(self) -> bool:
        """Tell whether a contract wallet said yes (ERC-1271), and no key of the address itself."""
        return self.block is not None


@dataclass(frozen=True)
class Attribution:
    """Whose signature it is, as far as that can be told now: ``address``, None where it is no signature.

    ``unasked``: the block as of which a contract wallet said yes, where the node no longer has its state: then it was
    not asked again; None where the answer is of now.
    """

    address: str | None
    unasked: int | None = None


@dataclass(frozen=True)
class Wallet:
    """A wallet that is linked to a person."""

    id: str
    person_id: str
    address: str
    is_contract: bool
    linked_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class OrganisationWallet:
    """The wallet that speaks for an organisation beside, or instead of, the account that the exchange keeps.
    ``signs_deals``: agreements of the organisation as a licensee are drawn up for it."""

    organisation_id: str
    address: str
    is_contract: bool
    named_by: str
    named_at: datetime
    signs_deals: bool
