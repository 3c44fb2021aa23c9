"""An agreement made elsewhere as a person types it, in a form or in a row of a table, read as terms. Pure.

Lists are separated by semicolons. ``codes``: such as ``cpc:H01M 10/0525; -nace:27.20``, a minus cuts out; without a
scheme it is CPC. ``territory``: ``worldwide`` or codes, a minus cuts out. ``end``: a day, ``perpetual``,
``last-to-expire`` or ``last-valid-claim``.
"""

import re
from collections.abc import Mapping

from ipx.core.canonical import Json
from ipx.core.errors import Invalid
from ipx.licences.records import DeclaredDraft
from ipx.licences.terms_v2.grant import EndEvent, Scheme
from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.rules import checked_terms
from ipx.licences.terms_v2.terms import FORMAT

OWN_USE = "own-use"
FIELDS = (
    "kind",
    "exclusivity",
    "up_to",
    "acts",
    "field",
    "codes",
    "territory",
    "start",
    "end",
    "reserved",
    "holder",
    "rights",
)
"""The fields, and the columns of a file."""

ENDS = tuple(str(event) for event in (EndEvent.PERPETUAL, EndEvent.LAST_TO_EXPIRE, EndEvent.LAST_VALID_CLAIM))
# Where the parts of terms come from, so that a fault is shown at the field that a person sees.
_PLACES = (
    ("grant.kind", "kind"),
    ("grant.exclusivity", "exclusivity"),
    ("grant.co_exclusive_up_to", "up_to"),
    ("grant.acts", "acts"),
    ("grant.reserved_rights", "reserved"),
    ("field_of_use.text", "field"),
    ("field_of_use.codes", "codes"),
    ("territory", "territory"),
    ("term.start", "start"),
    ("term.end", "end"),
)


def read_draft(values: Mapping[str, str]) -> DeclaredDraft:
    """Return what was typed. Raises Invalid naming the field and the cure."""
    kind = values.get("kind", "").strip() or "licence"
    try:
        terms = checked_terms(_terms(values, kind))
    except InvalidTerms as error:
        problem = error.problems[0]
        name = next((name for path, name in _PLACES if problem.path.startswith(path)), None)
        raise Invalid(problem.message[:1].upper() + problem.message[1:], field=name) from error
    return DeclaredDraft(
        holder=values.get("holder", ""),
        terms=terms,
        rights=tuple(_several(values, "rights")),
        is_own_use=kind == OWN_USE,
    )


def _terms(values: Mapping[str, str], kind: str) -> dict[str, Json]:
    grant: dict[str, Json] = {
        "kind": "licence" if kind == OWN_USE else kind,
        "exclusivity": values.get("exclusivity", "").strip() or "non-exclusive",
        "acts": list(dict.fromkeys(_several(values, "acts"))),
        "reserved_rights": list(dict.fromkeys(_several(values, "reserved"))),
    }
    if up_to := values.get("up_to", "").strip():
        if not (up_to.isascii() and up_to.isdecimal()):
            raise Invalid("Write the number of licensees in digits, such as 3.", field="up_to")
        grant["co_exclusive_up_to"] = int(up_to[:9])
    return {
        "format": FORMAT,
        "grant": grant,
        "field_of_use": {
            "text": " ".join(values.get("field", "").split()) or None,
            "codes": [_code(code) for code in _several(values, "codes")],
        },
        "territory": _territory(_several(values, "territory")),
        "term": {"start": _start(values), "end": _end(values)},
    }


def _several(values: Mapping[str, str], name: str) -> list[str]:
    return [part.strip() for part in re.split(r"[;\n]+", values.get(name, "")) if part.strip()]


def _code(text: str) -> Json:
    include, rest = not text.startswith("-"), text.lstrip("-").strip()
    scheme, colon, code = rest.partition(":")
    if not colon:
        scheme, code = str(Scheme.CPC), rest
    code = " ".join(code.split())
    return {"scheme": scheme.strip().lower(), "code": code, "include": include}


def _territory(parts: list[str]) -> Json:
    if not parts:
        raise Invalid("Say where: worldwide, or codes such as DE; EPC; -CH.", field="territory")
    names = [part for part in parts if part.lower() != "worldwide"]
    places: list[Json] = [
        {"code": name.lstrip("-").strip().upper(), "include": not name.startswith("-")} for name in dict.fromkeys(names)
    ]
    return {"worldwide": len(names) < len(parts), "places": places}


def _start(values: Mapping[str, str]) -> Json:
    start = values.get("start", "").strip()
    if not start:
        raise Invalid("Say from which day it holds, such as 2024-03-01.", field="start")
    return {"event": "date", "date": start}


def _end(values: Mapping[str, str]) -> Json:
    end = values.get("end", "").strip().lower()
    if not end:
        raise Invalid("Say until when it holds: its last day, or one of " + ", ".join(ENDS) + ".", field="end")
    return {"event": end} if end in ENDS else {"event": "date", "date": end}
