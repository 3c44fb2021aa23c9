"""The durable flow of an erasure. It begins with the register: nothing is erased that a restore would bring back."""

from ipx.db.durable import Durable, Workflow
from ipx.vault.erasures import ERASE, Erasures
from ipx.vault.holds import KEEP
from ipx.vault.register_keeping import RegisterKeeper


class ErasureWorkflows:
    """Durable flows of forgetting."""

    def __init__(self, *, durable: Durable, erasures: Erasures, keeper: RegisterKeeper) -> None:
        self._durable = durable
        self._erasures = erasures
        self._keeper = keeper

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {ERASE: self.erase_document, KEEP: self.keep_register}

    def erase_document(self, erasure_id: str) -> None:
        """Enter it into the register, destroy the key, remove the file, clear the database's files, say so."""
        self._durable.outside(self._keeper.keep)
        self._durable.transaction(self._erasures.shred, erasure_id)
        self._durable.outside(self._erasures.remove_blocks, erasure_id)
        self._durable.outside(self._erasures.scrub)
        self._durable.transaction(self._erasures.finish, erasure_id)

    def keep_register(self, entry_id: str) -> None:
        """Bring the register in step after an act that no erasure is."""
        self._durable.outside(self._keeper.keep)
