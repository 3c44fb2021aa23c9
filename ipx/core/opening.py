"""The opening of a salted commitment as a file that its holder keeps: ``ipx/opening/v1``. Pure.

docs/spec/rebuild.md is the specification. It must never be written where others than its holder can read it.
"""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from ipx.core import commitment
from ipx.core.canonical import Json, decode, encode
from ipx.core.errors import Invalid, Tampered

FORMAT = "ipx/opening/v1"
TAGS = {"grant": commitment.GRANT, "title": commitment.TITLE}
_FIELDS = {"format", "kind", "value", "salt", "owner"}
_SALT = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Opening:
    """A canonical value, and the token that it opens (0x and 64 digits). ``file``: where it was read."""

    kind: str
    token: str
    value: Mapping[str, Json]
    file: str


def write_opening(kind: str, *, value: Mapping[str, Json], salt: bytes, owner: str) -> bytes:
    """Return an opening as canonical JSON. Raises Invalid for a value that has no canonical form."""
    return encode({"format": FORMAT, "kind": kind, "value": value, "salt": salt.hex(), "owner": owner})


def read_opening(data: bytes, *, file: str = "") -> Opening:
    """Read one opening. Raises Tampered when it has another form."""
    content = decode(data)
    if not isinstance(content, Mapping) or set(content) != _FIELDS:
        raise Tampered("It does not have the fields of an opening.")
    kind, value, salt, owner = (content[name] for name in ("kind", "value", "salt", "owner"))
    if content["format"] != FORMAT or not isinstance(kind, str) or kind not in TAGS:
        raise Tampered(f"It is not an opening of the form {FORMAT}.")
    if not isinstance(salt, str) or not _SALT.fullmatch(salt) or not isinstance(value, Mapping):
        raise Tampered("Its salt is not 64 hexadecimal digits, or its value is no object.")
    digest = hashlib.sha256(encode(value)).digest()
    try:
        token = commitment.commit(TAGS[kind], salt=bytes.fromhex(salt), content_sha256=digest, owner=str(owner))
    except Invalid as error:
        raise Tampered(error.message) from error
    return Opening(kind, "0x" + token.hex(), value, file)
