"""What the vault tells others, inside the transaction that records it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DocumentQuarantined:
    """A document could not be checked, and is given to nobody."""

    document_id: str


@dataclass(frozen=True)
class DocumentReleased:
    """A document is out of quarantine."""

    document_id: str
