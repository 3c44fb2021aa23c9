"""Licence terms, version 2, as a whole: reading, canonical form and commitment.

docs/spec/licence-terms.md is the specification. Version 1 (``ipx/licences/terms.py``) stays frozen and readable;
``from_v1.as_v2`` reads it as version 2.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass

from ipx.core import canonical, commitment
from ipx.core.canonical import Json
from ipx.core.errors import Tampered
from ipx.licences.terms_v2.codec import FAILED, read, write
from ipx.licences.terms_v2.grant import FieldOfUse, Grant, Sublicence, Term, Territory
from ipx.licences.terms_v2.problems import InvalidTerms, Problem

FORMAT = "ipx/licence-terms/v2"


@dataclass(frozen=True)
class LicenceTerms:
    """The terms of one grant. A group that is None was not agreed."""

    grant: Grant
    field_of_use: FieldOfUse
    territory: Territory
    term: Term
    sublicence: Sublicence | None = None

    def to_json(self) -> dict[str, Json]:
        """Return the value whose canonical bytes are hashed and signed."""
        groups = write(self)
        assert isinstance(groups, Mapping)
        # A field of use that is nothing but open is an empty object: it is said, not left out.
        return {"format": FORMAT, **groups}

    def canonical(self) -> bytes:
        """Return the bytes (RFC 8785) whose hash is committed to."""
        return canonical.encode(self.to_json())

    def sha256(self) -> bytes:
        """Return the hash of the canonical bytes."""
        return hashlib.sha256(self.canonical()).digest()

    def commitment(self, *, salt: bytes, owner: str) -> bytes:
        """Return the salted commitment for one account (docs/spec/commitment.md, tag ``ipx/terms/v1``)."""
        return commitment.commit(commitment.TERMS, salt=salt, content_sha256=self.sha256(), owner=owner)


def read_terms(value: object) -> LicenceTerms:
    """Return terms out of parsed JSON. Raises InvalidTerms with every fault of type, spelling and range.

    Whether the terms make sense together is another question: ``rules.problems_of``.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise InvalidTerms([Problem("format", f"these are not terms of the format {FORMAT}.")])
    problems: list[Problem] = []
    groups = {name: part for name, part in value.items() if name != "format"}
    found = read(LicenceTerms, groups, "", problems)
    if found is FAILED:
        raise InvalidTerms(problems)
    assert isinstance(found, LicenceTerms)
    return found


def read_canonical(data: bytes) -> LicenceTerms:
    """Return terms out of canonical bytes. Raises Tampered for any other spelling of the same terms."""
    terms = read_terms(canonical.decode(data))
    if terms.canonical() != data:
        raise Tampered("These are terms, but not in their canonical form (docs/spec/licence-terms.md).")
    return terms
