"""Looks at one file in one store, and repairs it from another. Writes no row.

It must never call a file damaged because its store is away, nor repair from a copy that was not verified.
"""

from collections.abc import Collection, Mapping

from ipx.core.errors import NotFound, Tampered, Unavailable
from ipx.core.ports import DocumentStore
from ipx.core.store_set import StoreSet, copy, proof
from ipx.vault.custody_rules import CustodyState, Finding, StoredDocument


def state_of(file: StoredDocument, store: DocumentStore) -> CustodyState:
    """Read the file to its end and say how it is. Raises Unavailable when the store itself is away."""
    try:
        size = proof(store, file.cid)
    except NotFound:
        return CustodyState.MISSING
    except Tampered:
        return CustodyState.DAMAGED
    except Unavailable:
        store.check()  # raises when the store is away; else it is this file that cannot be read, as on a bad sector
        return CustodyState.DAMAGED
    return CustodyState.INTACT if size == file.size else CustodyState.DAMAGED


def repaired(file: StoredDocument, name: str, stores: Mapping[str, DocumentStore]) -> bool:
    """Write the file into the store ``name`` from whatever the others have of it; True when it is whole then.

    Raises Unavailable when the store to repair is away.
    """
    others = {other: store for other, store in stores.items() if other != name}
    if not others:
        return False
    try:
        copy(file.cid, StoreSet(others, {}), stores[name])
    except (NotFound, Tampered):
        return False
    except Unavailable:
        stores[name].check()
        return False
    return state_of(file, stores[name]) is CustodyState.INTACT


class Examiner:
    """Examines files in all configured stores; a store that stops to answer is left out from then on."""

    def __init__(self, stores: StoreSet, *, repairs: bool) -> None:
        """Ask every configured store first whether it is there."""
        self._stores = stores
        self._repairs = repairs
        self.unreachable: dict[str, str] = {}
        for name in stores.configured:
            try:
                stores.known[name].check()
            except Unavailable as error:
                self.unreachable[name] = error.message

    def examine(self, file: StoredDocument, known_in: Collection[str]) -> list[Finding]:
        """Return a finding for each configured store that answers; ``known_in`` are those that had it before."""
        found = {name: state for name in self._stores.configured if (state := self._look(file, name)) is not None}
        return [
            Finding(file, name, name in known_in, state, self._after(file, name, state))
            for name, state in found.items()
        ]

    def _look(self, file: StoredDocument, name: str) -> CustodyState | None:
        if name in self.unreachable:
            return None
        try:
            return state_of(file, self._stores.known[name])
        except Unavailable as error:
            self.unreachable[name] = error.message
            return None

    def _after(self, file: StoredDocument, name: str, state: CustodyState) -> CustodyState:
        if not self._repairs or not state.is_trouble:
            return state
        try:
            return CustodyState.INTACT if repaired(file, name, self._stores.known) else state
        except Unavailable as error:
            self.unreachable[name] = error.message
            return state
