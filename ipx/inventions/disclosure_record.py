"""FROZEN. What was disclosed, as bytes that are hashed and stamped; inventors stand in it as salted commitments. Pure.

docs/spec/invention-record.md is the specification; docs/spec/vectors/invention_record.json its vectors. The personal
data of an inventor can be erased, and what is left of the record is provable all the same.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered

FORMAT, INVENTOR_FORMAT = "ipx/invention-record/v1", "ipx/invention-inventor/v1"
INVENTOR_FIELDS = ("name", "email", "employer", "contribution")


@dataclass(frozen=True)
class NamedInventor:
    """An inventor as submitted; empty text: not known yet. ``salt`` has 32 bytes."""

    salt: bytes
    name: str
    email: str
    employer: str
    contribution: str

    def opening(self) -> bytes:
        """Return the canonical bytes whose SHA-256 stands in the record."""
        if len(self.salt) != 32:
            raise Invalid("The salt of an inventor has 32 bytes.")
        fields: dict[str, Json] = {name: getattr(self, name) for name in INVENTOR_FIELDS}
        return canonical.encode({"format": INVENTOR_FORMAT, "salt": self.salt.hex(), **fields})

    def commitment(self) -> str:
        """Return the SHA-256 of the opening, as hex."""
        return hashlib.sha256(self.opening()).hexdigest()

    def says_the_same(self, other: "NamedInventor") -> bool:
        """Tell whether two submissions say the same of the person."""
        return all(getattr(self, name) == getattr(other, name) for name in INVENTOR_FIELDS)


def read_inventor(opening: bytes) -> NamedInventor:
    """Return the inventor of an opening. Raises Tampered."""
    said = canonical.decode(opening)
    if not isinstance(said, dict) or {*said} != {"format", "salt", *INVENTOR_FIELDS}:
        raise Tampered("This is not the opening of an inventor.")
    if said["format"] != INVENTOR_FORMAT or not all(isinstance(value, str) for value in said.values()):
        raise Tampered("This is not the opening of an inventor.")
    fields = {name: str(said[name]) for name in INVENTOR_FIELDS}
    return NamedInventor(salt=bytes.fromhex(str(said["salt"])), **fields)


def write_record(
    *,
    invention_id: str,
    number: int,
    previous: str | None,
    sections: Mapping[str, Json],
    inventors: Sequence[NamedInventor],
) -> bytes:
    """Return the canonical record of a submission. ``number`` counts from 1; ``previous``: SHA-256 of the one before.

    ``sections`` are those of the form without the inventors, with their answers and entries.
    """
    return canonical.encode(
        {
            "format": FORMAT,
            "invention": invention_id,
            "number": number,
            "previous": previous,
            "sections": sections,
            "inventors": [inventor.commitment() for inventor in inventors],
        }
    )


def read_record(record: bytes) -> Mapping[str, Json]:
    """Return the fields of a record. Raises Tampered."""
    said = canonical.decode(record)
    if not isinstance(said, dict) or said.get("format") != FORMAT:
        raise Tampered("This is not the record of an invention disclosure.")
    return said
