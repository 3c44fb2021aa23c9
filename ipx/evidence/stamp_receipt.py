"""FROZEN. The receipt of a stamp whose opening never left its owner's machine, and the full bundle made from it.

docs/spec/stamp-receipt.md is the specification; docs/spec/vectors/stamp_receipt.json its vectors.
Who has the receipt can prove; without it, what was stamped proves nothing to anybody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipx.core import canonical, commitment
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, Tampered
from ipx.evidence import bundle as bundles
from ipx.evidence.bundle import Opening
from ipx.evidence.rules import MOST_AT_ONCE

FORMAT = "ipx/stamp-receipt/v1"
LARGEST_FILE = 1 << 20
LONGEST_NAME = 1_024

_WORD = re.compile(r"[0-9a-f]{64}")
_ADDRESS = re.compile(r"0x[0-9a-f]{40}")
_ORIGIN = re.compile(r"https?://[^/\s]{1,255}(/[^\s]{0,255})?")
_TOP = ("format", "exchange", "owner", "stamps")
_STAMP = ("tag", "file_name", "file_size", "content_sha256", "salt", "commitment")


@dataclass(frozen=True)
class StampedFile:
    """One file: what it was called, its size in bytes, and what its commitment is made of."""

    file_name: str
    file_size: int
    content_sha256: bytes
    salt: bytes
    commitment: bytes


@dataclass(frozen=True)
class StampReceipt:
    """The files that an account stamped together at an exchange."""

    exchange: str
    owner: str
    stamps: Sequence[StampedFile]


def commit_file(*, file_name: str, file_size: int, content_sha256: bytes, salt: bytes, owner: str) -> StampedFile:
    """Return a file with its commitment. ``salt`` is 32 random bytes that were never used before."""
    value = commitment.commit(commitment.DOCUMENT, salt=salt, content_sha256=content_sha256, owner=owner)
    return StampedFile(file_name, file_size, content_sha256, salt, value)


def write(receipt: StampReceipt) -> bytes:
    """Return the receipt's canonical bytes."""
    stamps: list[Json] = [
        {
            "tag": commitment.DOCUMENT,
            "file_name": stamp.file_name,
            "file_size": stamp.file_size,
            "content_sha256": stamp.content_sha256.hex(),
            "salt": stamp.salt.hex(),
            "commitment": stamp.commitment.hex(),
        }
        for stamp in receipt.stamps
    ]
    return canonical.encode(
        {"format": FORMAT, "exchange": receipt.exchange, "owner": receipt.owner.lower(), "stamps": stamps}
    )


def read(data: bytes) -> StampReceipt:
    """Read a receipt strictly. Raises Tampered for anything else, or when a commitment is not what it is made of."""
    if len(data) > LARGEST_FILE:
        raise Tampered("This file is larger than any receipt (1 MiB).")
    fields = canonical.decode(data)
    if not isinstance(fields, Mapping) or fields.get("format") != FORMAT:
        raise Tampered("This file is not a receipt of a stamp.")
    _only(fields, _TOP)
    owner, stamps = _match(fields, "owner", _ADDRESS), fields["stamps"]
    if not isinstance(stamps, list) or not 1 <= len(stamps) <= MOST_AT_ONCE:
        raise Tampered(f"A receipt holds from 1 to {MOST_AT_ONCE} stamps.")
    return StampReceipt(_match(fields, "exchange", _ORIGIN), owner, [_stamp(item, owner) for item in stamps])


def full_bundle(bundle: bytes, stamp: StampedFile, *, owner: str) -> bytes:
    """Return the full bundle from one that discloses the commitment only, keeping everything else in it.

    Raises Tampered, NotABundle as ``bundle.read``; Conflict when the bundle is about another commitment.
    """
    found = bundles.read(bundle)
    if found.value != stamp.commitment:
        raise Conflict("This evidence is about another commitment than the receipt.")
    return bundles.write(
        tag=commitment.DOCUMENT,
        value=stamp.commitment,
        opening=Opening(stamp.salt, stamp.content_sha256, owner),
        proof=found.proof,
        anchor=found.anchor,
        time_stamps=found.time_stamps,
        block_proof=found.block_proof,
        form=found.format,
    )


def _stamp(item: Json, owner: str) -> StampedFile:
    if not isinstance(item, Mapping):
        raise Tampered("A stamp in a receipt is an object.")
    _only(item, _STAMP)
    name, size = item["file_name"], item["file_size"]
    if item["tag"] != commitment.DOCUMENT:
        raise Tampered("The field tag names no kind of commitment that a file has.")
    if not isinstance(name, str) or not 1 <= len(name) <= LONGEST_NAME:
        raise Tampered("The field file_name must be a name.")
    if isinstance(size, bool) or not isinstance(size, int) or size < 0:
        raise Tampered("The field file_size must be a whole number, not negative.")
    content, salt = _bytes(item, "content_sha256"), _bytes(item, "salt")
    try:
        made = commit_file(file_name=name, file_size=size, content_sha256=content, salt=salt, owner=owner)
    except Invalid as error:
        raise Tampered(error.message) from error
    if made.commitment != _bytes(item, "commitment"):
        raise Tampered("A commitment in this receipt is not made of what the receipt says.")
    return made


def _only(fields: Mapping[str, Json], expected: Sequence[str]) -> None:
    if set(fields) != set(expected):
        raise Tampered("In this receipt a field is missing or unknown.")


def _bytes(fields: Mapping[str, Json], name: str) -> bytes:
    return bytes.fromhex(_match(fields, name, _WORD))


def _match(fields: Mapping[str, Json], name: str, pattern: re.Pattern[str]) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise Tampered(f"The field {name} does not have the form that the format asks for.")
    return value
