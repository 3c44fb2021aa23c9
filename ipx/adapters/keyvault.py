"""The KeyVault: organisation keys wrapped by root keys, secrets by their organisation's key.

docs/spec/key-wrapping.md is the frozen format, docs/spec/vectors/key_wrapping*.json its vectors. It must never hand
out a root key or an organisation key unwrapped, nor write either into a message.
"""

from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from ipx.adapters.rootkeys import KEY_BYTES, NONCE_BYTES, LocalRootKey, Ring
from ipx.adapters.system import SystemEntropy
from ipx.core.canonical import encode
from ipx.core.errors import Tampered, Unavailable
from ipx.core.ports import Entropy, RootKey
from ipx.core.wrapped_keys import FIRST, HEAD_BYTES, ROOT_ID_BYTES, generation_of, head_of, root_of

TAG_BYTES = 16
FORMAT_1, FORMAT_2 = "ipx/key-wrapping/v1", "ipx/key-wrapping/v2"
ORGANISATION_KEY, SECRET = "organisation-key", "secret"


class RootKeyVault:
    """Two levels of keys over a ring of root keys; the first of the ring wraps what is new."""

    def __init__(self, ring: Ring, entropy: Entropy | None = None) -> None:
        self._ring = ring
        self._entropy = entropy or SystemEntropy()

    # ── organisation keys ────────────────────────────────────────────────────────────────────────

    def root_key(self) -> str:
        """Return the id of the root key that wraps what is new, in hex."""
        return self._ring()[0].id.hex()

    def check(self, roots: Sequence[str]) -> str:
        """Return one line about the root key. Raises Unavailable when it, or one of these, cannot be used."""
        for root in roots:
            self._root(bytes.fromhex(root))
        present, probe = self._ring()[0], {"format": FORMAT_2, "level": "probe"}
        try:
            is_whole = present.open(present.seal(b"probe", probe), probe) == b"probe"
        except Tampered:
            is_whole = False
        if not is_whole:
            raise Unavailable(f"The root key ({present.name}) does not open what it sealed.")
        older = "; an older one is kept for reading" if len(self._ring()) > 1 else ""
        return f"root key {present.id.hex()}, {present.name}{older}"

    def create_organisation_key(self, organisation_id: str, *, generation: int = 1, root: str | None = None) -> bytes:
        """Return a new organisation key of this generation, wrapped by the named root key, else by the present one.

        Raises Unavailable when this process does not have that root key.
        """
        return self._close(organisation_id, self._entropy.token(KEY_BYTES), generation, root)

    def rewrap_organisation_key(self, organisation_id: str, wrapped: bytes, *, root: str) -> bytes:
        """Return the same organisation key wrapped by the named root key. Raises Tampered, Unavailable."""
        key = self._open_organisation_key(organisation_id, wrapped)
        return self._close(organisation_id, key, generation_of(wrapped), root)

    # ── secrets ──────────────────────────────────────────────────────────────────────────────────

    def wrap(self, organisation_id: str, organisation_key: bytes, secret: bytes, *, context: str) -> bytes:
        """Return ``secret`` wrapped: 33 bytes longer. Raises Tampered when the organisation key does not open."""
        key = AESGCM(self._open_organisation_key(organisation_id, organisation_key))
        return self._seal(key, generation_of(organisation_key), organisation_id, secret, context)

    def unwrap(self, organisation_id: str, organisation_key: bytes, wrapped: bytes, *, context: str) -> bytes:
        """Return the secret. Raises Tampered unless organisation, key and context are those of ``wrap``."""
        key = AESGCM(self._open_organisation_key(organisation_id, organisation_key))
        return _open_secret(key, generation_of(organisation_key), organisation_id, wrapped, context)

    def rewrap(
        self, organisation_id: str, values: Sequence[tuple[bytes, str]], *, old_key: bytes, new_key: bytes
    ) -> list[bytes]:
        """Return secrets, given with their contexts and wrapped by the old key, wrapped by the new one.

        Each organisation key is opened once, however many secrets there are. Raises Tampered.
        """
        old, new = (AESGCM(self._open_organisation_key(organisation_id, key)) for key in (old_key, new_key))
        before, after = generation_of(old_key), generation_of(new_key)
        opened = ((_open_secret(old, before, organisation_id, *value), value[1]) for value in values)
        return [self._seal(new, after, organisation_id, secret, context) for secret, context in opened]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _close(self, organisation_id: str, key: bytes, generation: int, root: str | None) -> bytes:
        root_key = self._ring()[0] if root is None else self._root(bytes.fromhex(root))
        sealed = root_key.seal(key, _key_context(organisation_id, generation, root_key.id))
        return head_of(generation) + root_key.id + sealed

    def _open_organisation_key(self, organisation_id: str, wrapped: bytes) -> bytes:
        generation, root = generation_of(wrapped), root_of(wrapped)
        if root is None:
            return self._open_first_version(organisation_id, wrapped)
        try:
            sealed = wrapped[HEAD_BYTES + ROOT_ID_BYTES :]
            return self._root(root).open(sealed, _key_context(organisation_id, generation, root))
        except Tampered as error:
            raise Tampered("The organisation's key does not open: it is changed or belongs elsewhere.") from error

    def _open_first_version(self, organisation_id: str, wrapped: bytes) -> bytes:
        """Try the root keys that we hold: version 1 does not say which wrapped it, and no cloud's ever did."""
        context = {"context": "", "format": FORMAT_1, "level": ORGANISATION_KEY, "organisation": organisation_id}
        for root_key in self._ring():
            if isinstance(root_key, LocalRootKey):
                try:
                    return root_key.open(wrapped[len(FIRST) :], context)
                except Tampered:
                    continue
        raise Tampered(
            "The organisation's key does not open: it is changed, belongs elsewhere, or the root key is another."
        )

    def _root(self, id: bytes) -> RootKey:
        for root_key in self._ring():
            if root_key.id == id:
                return root_key
        raise Unavailable(
            f"An organisation's key is wrapped by the root key {id.hex()}, which this process does not have:"
            " set IPX_ROOT_KEY, or IPX_ROOT_KEY_OLD while keys are rotated."
        )

    def _seal(self, key: AESGCM, generation: int, organisation_id: str, secret: bytes, context: str) -> bytes:
        # A random nonce is safe for 2**32 uses of a key (NIST SP 800-38D, 8.3); an organisation wraps far less.
        nonce = self._entropy.token(NONCE_BYTES)
        binding = _secret_binding(organisation_id, generation, context)
        return head_of(generation) + nonce + key.encrypt(nonce, secret, binding)


def _open_secret(key: AESGCM, generation: int, organisation_id: str, wrapped: bytes, context: str) -> bytes:
    is_first = wrapped[:1] == FIRST
    head = len(FIRST) if is_first else HEAD_BYTES
    if generation_of(wrapped) != generation or len(wrapped) < head + NONCE_BYTES + TAG_BYTES:
        raise Tampered("This secret is not in a form that this version can open, or another key wrapped it.")
    binding = _secret_binding(organisation_id, None if is_first else generation, context)
    try:
        return key.decrypt(wrapped[head : head + NONCE_BYTES], wrapped[head + NONCE_BYTES :], binding)
    except InvalidTag as error:
        raise Tampered("This secret does not open: it is changed, belongs elsewhere, or the key is another.") from error


def _key_context(organisation_id: str, generation: int, root: bytes) -> Mapping[str, str]:
    return {
        "format": FORMAT_2,
        "generation": str(generation),
        "level": ORGANISATION_KEY,
        "organisation": organisation_id,
        "root": root.hex(),
    }


def _secret_binding(organisation_id: str, generation: int | None, context: str) -> bytes:
    """Return the associated data; without a generation that of version 1."""
    fields = {"context": context, "level": SECRET, "organisation": organisation_id}
    if generation is None:
        return encode({**fields, "format": FORMAT_1})
    return encode({**fields, "format": FORMAT_2, "generation": str(generation)})
