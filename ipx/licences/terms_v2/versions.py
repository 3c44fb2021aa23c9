"""Reads terms of any version that ever was, as the newest."""

import json
from collections.abc import Mapping
from typing import Any

from ipx.core.errors import Invalid
from ipx.licences import terms as v1
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms


def read_any(value: object) -> LicenceTerms:
    """Return terms out of parsed JSON of version 1 or 2. Raises InvalidTerms."""
    if not isinstance(value, Mapping) or value.get("format") != v1.FORMAT:
        return read_terms(value)
    try:
        return as_v2(v1.terms_from_json(value))
    except Invalid as error:
        raise InvalidTerms([Problem(error.field or "", error.message)]) from error


def checked_any(value: object) -> LicenceTerms:
    """Return the same, where terms of version 2 also have to make sense together. Raises InvalidTerms.

    Those of version 1 are taken as they are: they have no fields for all that the rules ask.
    """
    is_old = isinstance(value, Mapping) and value.get("format") == v1.FORMAT
    return read_any(value) if is_old else checked_terms(value)


def read_text(text: str) -> LicenceTerms:
    """Return terms out of a JSON text of either version. Raises InvalidTerms, also for what is no JSON."""
    try:
        value: Any = json.loads(text, object_pairs_hook=_no_duplicates)
    except (ValueError, RecursionError) as error:
        raise InvalidTerms([Problem("", f"This is no JSON: {error}")]) from error
    return read_any(value)


def _no_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Two readers could take either value of a name that stands twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field stands twice in one object")
    return found
