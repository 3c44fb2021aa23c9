"""The ports for documents and keys; everybody takes them from ``ports``, where their rules are."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from ipx.core.port_records import StoredFile
from ipx.core.typed_data import TypedData

# ── documents ────────────────────────────────────────────────────────────────────────────────────


class StoreSink(Protocol):
    """One file being written. Nothing is visible under a CID before ``finish`` returned."""

    def write(self, data: bytes) -> int:
        """Take the next bytes and return how many were taken: always all of them."""

    def flush(self) -> None:
        """Do nothing; writers of other libraries call it."""

    def root(self) -> str:
        """End the file and return the CID that it will have, while nothing is visible under it yet. Repeatable."""

    def finish(self) -> StoredFile:
        """Make the file durable (fsync or pin), read its root back, and return where it is."""

    def abort(self) -> None:
        """Forget the file. Harmless after ``finish`` and when called twice."""


class StoreSource(Protocol):
    """One file being read. Bytes are verified against the CID, block by block, before they come out."""

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, all that is left for -1, ``b""`` at the end. Raises Tampered."""

    def close(self) -> None:
        """Let go of it."""


class DocumentStore(Protocol):
    """Files by CID (UnixFS, profile ``unixfs-v1-2025``). Adding the same bytes twice is harmless."""

    def begin(self, *, replace: bool = False) -> StoreSink:
        """Start to write a file. With ``replace`` every block is written anew, also where the store believes that it
        has it: what repairs a damaged file."""

    def open(self, cid: str) -> StoreSource:
        """Open a file to read. Raises Invalid for a bad CID, NotFound when its first blocks are missing; a block that
        is missing further inside raises NotFound from ``read``."""

    def has(self, cid: str) -> bool:
        """Tell whether the root block is here (and pinned, where the store pins)."""

    def delete(self, cid: str) -> None:
        """Unpin and remove the file's blocks unless another file uses them. Harmless when absent."""

    def files(self) -> Iterator[str]:
        """Return the CIDs of all whole files (pins) here, in no order; in a shared store also those of others."""

    def check(self) -> str:
        """Return one line about the store for ``ipx doctor``. Raises Unavailable."""


# ── keys and signatures ──────────────────────────────────────────────────────────────────────────


class RootKey(Protocol):
    """The key of keys: in this process's memory, or in a key management service that never gives it away."""

    id: bytes
    """8 bytes that tell root keys apart; no secret."""
    name: str
    """What people call it, such as its address in the cloud; no secret."""

    def seal(self, plain: bytes, context: Mapping[str, str]) -> bytes:
        """Return ``plain`` (at most 4096 bytes) encrypted and bound to the context, which is no secret."""

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return what was sealed. Raises Tampered for another key, another context, or a changed value."""


class KeyVault(Protocol):
    """Two levels of keys: a root key wraps organisation keys, an organisation key wraps secrets.

    Each organisation key has a generation, from 1, that it and everything wrapped by it carry in clear. AES-256-GCM
    with the context as associated data: a wrapped secret opens only under the same organisation key and the same
    context, else Tampered is raised. Raises Unavailable for a root key that this process does not have.
    """

    def root_key(self) -> str:
        """Return the id (hex) of the root key that wraps what is new."""

    def check(self, roots: Sequence[str]) -> str:
        """Return one line about the root key in use for ``ipx doctor``. Raises Unavailable when it cannot be used, or
        when one of these (ids in hex) is not here."""

    def create_organisation_key(self, organisation_id: str, *, generation: int = 1, root: str | None = None) -> bytes:
        """Return a new organisation key, bound to the organisation and wrapped by the named root key, else by the
        present one."""

    def rewrap_organisation_key(self, organisation_id: str, wrapped: bytes, *, root: str) -> bytes:
        """Return the same organisation key wrapped by the named root key."""

    def wrap(self, organisation_id: str, organisation_key: bytes, secret: bytes, *, context: str) -> bytes:
        """Return ``secret`` wrapped by the (wrapped) organisation key."""

    def unwrap(self, organisation_id: str, organisation_key: bytes, wrapped: bytes, *, context: str) -> bytes:
        """Return the secret."""

    def rewrap(
        self, organisation_id: str, values: Sequence[tuple[bytes, str]], *, old_key: bytes, new_key: bytes
    ) -> list[bytes]:
        """Return secrets, given with their contexts, wrapped by the new organisation key instead of the old one."""


class Signer(Protocol):
    """secp256k1 accounts, EIP-712 signatures (65 bytes r ‖ s ‖ v, low s), and what wallets sign as text (EIP-191)."""

    def create_account(self) -> tuple[str, bytes]:
        """Return a new account: checksummed address (EIP-55) and its 32-byte private key."""

    def sign(self, private_key: bytes, data: TypedData) -> bytes:
        """Return the signature over the EIP-712 digest of ``data``."""

    def recover(self, data: TypedData, signature: bytes) -> str:
        """Return the checksummed address that signed. Raises Invalid for a malformed signature."""

    def digest(self, data: TypedData) -> bytes:
        """Return the 32-byte EIP-712 digest of ``data``."""

    def recover_text(self, text: str, signature: bytes) -> str:
        """Return the checksummed address that signed a text by ``personal_sign`` (EIP-191, version 0x45). Raises
        Invalid for a malformed signature."""

    def digest_text(self, text: str) -> bytes:
        """Return the 32 bytes that ``personal_sign`` signs: Keccak-256 of the prefix, the length and the text."""
