"""Root keys that this process holds itself, and where they come from: the environment, or files of the embedded mode.

It must never write a root key into a message, nor anywhere but into a file that its owner alone can read.
"""

import base64
import contextlib
import secrets
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ipx.adapters.system import SystemEntropy
from ipx.core.canonical import encode
from ipx.core.durable_files import create_once, replace_durably
from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.core.ports import Entropy, RootKey
from ipx.core.wrapped_keys import ROOT_ID_BYTES

KEY_BYTES, NONCE_BYTES = 32, 12
ID_INFO = b"ipx/root-key-id/v1"
_FEWEST_DISTINCT_BYTES = 16  # 32 random bytes have fewer once in 10**16 keys; a typed one often

Ring = Callable[[], Sequence[RootKey]]
"""Gives the root keys: first the present one, then those that only open what they wrapped before."""


class LocalRootKey:
    """A root key of 32 bytes in memory. AES-256-GCM (NIST SP 800-38D) with the canonical context as associated data."""

    def __init__(self, key: bytes, entropy: Entropy | None = None) -> None:
        """Take the key. Raises Invalid for another length."""
        if len(key) != KEY_BYTES:
            raise Invalid(f"The root key must have {KEY_BYTES} bytes.", field="root_key")
        self._cipher = AESGCM(key)
        self._entropy = entropy or SystemEntropy()
        self.id = HKDF(SHA256(), ROOT_ID_BYTES, salt=None, info=ID_INFO).derive(key)
        self.name = "in this process's memory"

    def seal(self, plain: bytes, context: Mapping[str, str]) -> bytes:
        """Return nonce, ciphertext and tag: 28 bytes longer."""
        nonce = self._entropy.token(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, plain, encode(context))

    def open(self, sealed: bytes, context: Mapping[str, str]) -> bytes:
        """Return what was sealed. Raises Tampered."""
        try:
            return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], encode(context))
        except (InvalidTag, ValueError) as error:
            raise Tampered("This root key does not open it.") from error


class RootKeyFile:
    """The embedded mode's root key: a file, and beside it the one before while keys are rotated.

    Processes that run see a change at their next look, so that nobody has to be restarted.
    """

    def __init__(self, path: Path, *, create: bool) -> None:
        self._path = path
        self._old = path.with_name(f"{path.stem}.old{path.suffix}")
        self._create = create
        self._seen: tuple[object, ...] | None = None
        self._keys: list[RootKey] = []

    def ring(self) -> Sequence[RootKey]:
        """Return the present key, and the one before if it is there. Raises what ``load_root_key`` raises."""
        seen = (_signature(self._path), _signature(self._old))
        if self._keys and seen[0] is None:
            return self._keys  # somebody took the file away: a new key in its place would open nothing
        if seen != self._seen:
            keys = [load_root_key(None, self._path, create=self._create)]
            if seen[1] is not None:
                keys.append(load_root_key(None, self._old, create=False))
            self._keys = [LocalRootKey(key) for key in dict.fromkeys(keys)]
            self._seen = (_signature(self._path), seen[1])
        return self._keys

    @property
    def is_renewed(self) -> bool:
        """True while the key before is kept."""
        return self._old.exists()

    def renew(self) -> None:
        """Put a new key in the place of the present one, which is kept beside it. Goes on where it was interrupted."""
        present = load_root_key(None, self._path, create=self._create)
        create_once(self._old, _as_text(present))
        if load_root_key(None, self._old, create=False) == present:
            replace_durably(self._path, _as_text(secrets.token_bytes(KEY_BYTES)), private=True)

    def forget_old(self) -> None:
        """Remove the key before, as nothing is wrapped by it any more, and drafts that a killed process left."""
        drafts = (f"{self._old.name}.*", f".{self._path.name}.*")
        for left in (self._old, *(file for draft in drafts for file in self._path.parent.glob(draft))):
            left.unlink(missing_ok=True)


def held(*keys: bytes) -> Ring:
    """Return the ring of keys that are given: first the present one, then older ones."""
    ring = [LocalRootKey(key) for key in keys]
    return lambda: ring


def load_root_key(value: str | None, path: Path | None, *, create: bool) -> bytes:
    """Return the root key: from ``value`` (base64 or hex of 32 bytes) when set, else from the file at ``path``.

    The file must be readable by its owner only; with ``create`` (embedded mode) it is made when missing.
    Raises Invalid when there is no key or it cannot be one, Unavailable when the file cannot be used.
    """
    if value is not None:
        return _decoded(value)
    if path is None:
        raise Invalid("There is no root key; make one with: openssl rand -base64 32", field="root_key")
    try:
        if create and not path.exists():
            # On the disk, whole, before anything is wrapped by it; of several processes the first one's key is the key.
            create_once(path, _as_text(secrets.token_bytes(KEY_BYTES)))
        if path.stat().st_mode & 0o077:
            raise Invalid(f"Others can read the root key; run: chmod 600 {path}", field="root_key")
        return _decoded(path.read_text(encoding="ascii", errors="replace"))
    except FileNotFoundError as error:
        raise Invalid(f"There is no root key: {path} does not exist.", field="root_key") from error
    except OSError as error:
        raise Unavailable(f"The root key cannot be read from {path}: {error.strerror}.") from error


def _as_text(key: bytes) -> bytes:
    return base64.b64encode(key) + b"\n"


def _signature(path: Path) -> tuple[int, int] | None:
    """Return what changes when the file is replaced; None when it is not there."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_ino, found.st_mtime_ns


def _decoded(text: str) -> bytes:
    """Read 64 hexadecimal digits or base64 of either alphabet; the length tells them apart."""
    text, key = text.strip(), b""
    with contextlib.suppress(ValueError):
        if len(text) == 2 * KEY_BYTES:
            key = bytes.fromhex(text)
        else:
            key = base64.b64decode(text.replace("-", "+").replace("_", "/"), validate=True)
    if len(key) != KEY_BYTES:
        raise Invalid("The root key must be 32 bytes, in base64 or hex: openssl rand -base64 32", field="root_key")
    if len(set(key)) < _FEWEST_DISTINCT_BYTES:
        raise Invalid("The root key is not random; make one with: openssl rand -base64 32", field="root_key")
    return key
