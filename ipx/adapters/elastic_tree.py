"""How a tree of conditions is said to Elasticsearch. It must never use a query that reads words as syntax."""

from collections.abc import Sequence
from typing import Any

from ipx.core.search_tree import (
    AllOf,
    AnyOf,
    Begun,
    Leaf,
    Near,
    Node,
    Phrase,
    Place,
    Symbol,
    Without,
    Words,
    cpc_levels,
)
from ipx.core.search_words import BEGUN_IN, CPC, FIELD_OF, TEXTS, WHOLE, plain

MOST_EXPANSIONS = 500
"""Words of the index that one misspelt or begun word may stand for."""


def condition(node: Node) -> dict[str, Any]:
    """Return what lets through the same documents as the tree."""
    match node:
        case AllOf():
            return {"bool": {"must": [condition(part) for part in node.parts]}} if node.parts else {"match_none": {}}
        case AnyOf():
            return _any([condition(part) for part in node.parts])
        case Without():
            return {"bool": {"must_not": [condition(node.part)]}}
        case _:
            return _leaf(node)


def _leaf(node: Leaf) -> dict[str, Any]:
    match node:
        case Words():
            return {"match": {FIELD_OF[node.place]: {"query": plain(node.text), "operator": "and"}}}
        case Phrase():
            fields = TEXTS if node.place is Place.ANYWHERE else (FIELD_OF[node.place],)
            return _any([{"match_phrase": {field: {"query": plain(node.text)}}} for field in fields])
        case Begun():
            return _any([_begun(field, plain(node.text)) for field in BEGUN_IN[node.place]])
        case Near():
            near = {"fuzziness": node.edits, "max_expansions": MOST_EXPANSIONS, "operator": "and"}
            return {"match": {WHOLE: {"query": plain(node.word), **near}}}
        case Symbol():
            levels = cpc_levels(node.symbol)
            return {"term": {f"facets.{CPC}": levels[-1]}} if levels else {"match_none": {}}


def _begun(field: str, text: str) -> dict[str, Any]:
    return {"match_bool_prefix": {field: {"query": text, "operator": "and"}}}


def _any(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    if not parts:
        return {"match_none": {}}
    return {"bool": {"should": list(parts), "minimum_should_match": 1}}
