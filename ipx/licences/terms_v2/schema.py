"""The JSON Schema (2020-12) of licence terms, made from the types: docs/spec/licence-terms-v2.schema.json is its copy.

It says types, spellings and ranges; how fields depend on each other is said by ``rules`` alone.
"""

from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import date
from typing import Annotated, Any, get_args, get_origin

from ipx.core.canonical import LARGEST_INTEGER, Json
from ipx.core.money import CURRENCIES, Money
from ipx.licences.terms_v2.codec import hints_of, is_record, json_name, optional
from ipx.licences.terms_v2.terms import FORMAT, LicenceTerms

_MONEY: dict[str, Json] = {
    "type": "object",
    "description": "An amount in minor units (cents) of one currency.",
    "properties": {
        "amount": {"type": "integer", "minimum": 0, "maximum": LARGEST_INTEGER},
        "currency": {"enum": list(CURRENCIES)},
    },
    "required": ["amount", "currency"],
    "additionalProperties": False,
}


def json_schema() -> dict[str, Json]:
    """Return the schema of a whole value."""
    definitions: dict[str, Json] = {}
    schema = _object(LicenceTerms, definitions)
    properties, required = schema["properties"], schema["required"]
    assert isinstance(properties, dict)
    assert isinstance(required, list)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{FORMAT.replace('/', ':')}",
        "title": "Licence terms, version 2",
        **schema,
        "properties": {"format": {"const": FORMAT}, **properties},
        "required": ["format", *required],
        "$defs": dict(sorted(definitions.items())),
    }


def _object(kind: type, definitions: dict[str, Json]) -> dict[str, Json]:
    return {
        "type": "object",
        "description": " ".join((kind.__doc__ or "").split()),
        "properties": {json_name(field): _of(hints_of(kind)[field.name], definitions) for field in fields(kind)},
        "required": [json_name(field) for field in fields(kind) if field.default is MISSING],
        "additionalProperties": False,
    }


def _of(kind: Any, definitions: dict[str, Json]) -> dict[str, Json]:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *limits = get_args(kind)
        found = _of(base, definitions)
        for limit in limits:
            found = {**found, **limit.schema()}
        return found
    if (inner := optional(kind)) is not None:
        return _of(inner, definitions)
    if origin in (tuple, frozenset):
        several: dict[str, Json] = {"type": "array", "items": _of(get_args(kind)[0], definitions)}
        return {**several, "uniqueItems": True} if origin is frozenset else several
    return _named(kind, definitions) if is_record(kind) else dict(_plain(kind))


def _named(kind: type, definitions: dict[str, Json]) -> dict[str, Json]:
    if kind.__name__ not in definitions:
        definitions[kind.__name__] = {}  # takes the place: a type may come again below itself
        definitions[kind.__name__] = _MONEY if kind is Money else _object(kind, definitions)
    return {"$ref": f"#/$defs/{kind.__name__}"}


def _plain(kind: Any) -> Mapping[str, Json]:
    if kind is bool:
        return {"type": "boolean"}
    if kind is int:
        return {"type": "integer", "minimum": -LARGEST_INTEGER, "maximum": LARGEST_INTEGER}
    if kind is date:
        return {"type": "string", "format": "date"}
    return {"type": "string"} if kind is str else {"enum": [str(word) for word in kind]}
