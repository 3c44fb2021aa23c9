"""Custody of stored files: what an audit can find, and what it hands out. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CustodyState(StrEnum):
    """How a file is in one store: read to its end and whole, not there, not as its name says, or taken away by us."""

    INTACT = "intact"
    MISSING = "missing"
    DAMAGED = "damaged"
    REMOVED = "removed"

    @property
    def is_trouble(self) -> bool:
        """True when the store ought to have the file and does not."""
        return self in (CustodyState.MISSING, CustodyState.DAMAGED)


class Cause(StrEnum):
    """What we did when we learned it."""

    AUDIT = "audit"
    REPAIR = "repair"
    COPY = "copy"
    MOVE = "move"


class AlarmKind(StrEnum):
    """What is wrong with a store."""

    UNREACHABLE = "unreachable"
    FILES = "files"


@dataclass(frozen=True)
class StoredDocument:
    """A file that has to be in the store: its CID, and its length there in bytes."""

    cid: str
    size: int


@dataclass(frozen=True)
class Finding:
    """One file in one store: how it was found, and how it is now that a repair was tried, or not.

    ``is_known``: the store was seen to have it before, or to lack it; else it may only just have been deposited.
    """

    file: StoredDocument
    store: str
    is_known: bool
    found: CustodyState
    now: CustodyState

    @property
    def is_repaired(self) -> bool:
        """True when trouble was found and is gone."""
        return self.is_trouble and not self.now.is_trouble

    @property
    def is_copied(self) -> bool:
        """True for a new file that went from another store into this one, as all do once."""
        return self.found is CustodyState.MISSING and not self.now.is_trouble and not self.is_known

    @property
    def is_trouble(self) -> bool:
        """True when the file ought to have been here, whole."""
        return self.found.is_trouble and not self.is_copied


@dataclass(frozen=True)
class Span:
    """A time during which a store had a file in one state: from the first look that saw it to the last."""

    cid: str
    store: str
    state: CustodyState
    cause: Cause
    began_at: datetime
    seen_at: datetime
    checks: int


@dataclass(frozen=True)
class AuditView:
    """One round over all files. ``files`` were looked at of ``total``; ``found`` troubles, ``repaired`` of them;
    ``unasked`` looks were left out, as the store did not answer."""

    id: str
    began_at: datetime
    ended_at: datetime | None
    total: int
    files: int
    bytes: int
    found: int
    repaired: int
    unasked: int


@dataclass(frozen=True)
class StoreAlarm:
    """Something wrong with a store; ``ended_at`` is None while it lasts."""

    store: str
    kind: AlarmKind
    note: str
    began_at: datetime
    ended_at: datetime | None
