"""The KeyVault with a root key in memory, and the loading of that key.

docs/spec/key-wrapping.md is the frozen format, docs/spec/vectors/key_wrapping.json its vectors. It must never hand
out the root key or an organisation key unwrapped, nor write either into a message.
"""

import base64
import contextlib
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ipx.adapters.system import SystemEntropy
from ipx.core.canonical import encode
from ipx.core.durable_files import create_once
from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.core.ports import Entropy

KEY_BYTES, NONCE_BYTES, TAG_BYTES = 32, 12, 16
VERSION = b"\x01"
FORMAT = "ipx/key-wrapping/v1"
ORGANISATION_KEY, SECRET = "organisation-key", "secret"
_FEWEST_DISTINCT_BYTES = 16  # 32 random bytes have fewer once in 10**16 keys; a typed one often


class RootKeyVault:
    """Organisation keys wrapped by the root key, secrets by their organisation's key."""

    def __init__(self, root_key: bytes, entropy: Entropy | None = None) -> None:
        """Take the root key (32 bytes). Raises Invalid for another length."""
        if len(root_key) != KEY_BYTES:
            raise Invalid(f"The root key must have {KEY_BYTES} bytes.", field="root_key")
        self._root_key = root_key
        self._entropy = entropy or SystemEntropy()

    def create_organisation_key(self, organisation_id: str) -> bytes:
        """Return a new organisation key, wrapped by the root key and bound to the organisation: 61 bytes."""
        key = self._entropy.token(KEY_BYTES)
        return self._seal(self._root_key, key, _bound_to(ORGANISATION_KEY, organisation_id, ""))

    def wrap(self, organisation_id: str, organisation_key: bytes, secret: bytes, *, context: str) -> bytes:
        """Return ``secret`` wrapped: 29 bytes longer. Raises Tampered when the organisation key does not open."""
        key = self._open_organisation_key(organisation_id, organisation_key)
        return self._seal(key, secret, _bound_to(SECRET, organisation_id, context))

    def unwrap(self, organisation_id: str, organisation_key: bytes, wrapped: bytes, *, context: str) -> bytes:
        """Return the secret. Raises Tampered unless organisation, key and context are those of ``wrap``."""
        key = self._open_organisation_key(organisation_id, organisation_key)
        return _open(key, wrapped, _bound_to(SECRET, organisation_id, context), "This secret")

    def _open_organisation_key(self, organisation_id: str, wrapped: bytes) -> bytes:
        binding = _bound_to(ORGANISATION_KEY, organisation_id, "")
        return _open(self._root_key, wrapped, binding, "The organisation's key")

    def _seal(self, key: bytes, plain: bytes, binding: bytes) -> bytes:
        # A random nonce is safe for 2**32 uses of a key (NIST SP 800-38D, 8.3); an organisation wraps far less.
        nonce = self._entropy.token(NONCE_BYTES)
        return VERSION + nonce + AESGCM(key).encrypt(nonce, plain, binding)


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
            create_once(path, base64.b64encode(secrets.token_bytes(KEY_BYTES)) + b"\n")
        if path.stat().st_mode & 0o077:
            raise Invalid(f"Others can read the root key; run: chmod 600 {path}", field="root_key")
        return _decoded(path.read_text(encoding="ascii", errors="replace"))
    except FileNotFoundError as error:
        raise Invalid(f"There is no root key: {path} does not exist.", field="root_key") from error
    except OSError as error:
        raise Unavailable(f"The root key cannot be read from {path}: {error.strerror}.") from error


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


def _bound_to(level: str, organisation_id: str, context: str) -> bytes:
    return encode({"context": context, "format": FORMAT, "level": level, "organisation": organisation_id})


def _open(key: bytes, wrapped: bytes, binding: bytes, what: str) -> bytes:
    if wrapped[:1] != VERSION or len(wrapped) < len(VERSION) + NONCE_BYTES + TAG_BYTES:
        raise Tampered(f"{what} is not in a form that this version can open.")
    nonce, sealed = wrapped[1 : 1 + NONCE_BYTES], wrapped[1 + NONCE_BYTES :]
    try:
        return AESGCM(key).decrypt(nonce, sealed, binding)
    except InvalidTag as error:
        raise Tampered(
            f"{what} does not open: it is changed, belongs elsewhere, or the root key is another."
        ) from error
