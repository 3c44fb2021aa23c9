"""Searches as addresses, and back: what can be shared and kept."""

from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from ipx.core.ports import LISTINGS
from ipx.matching.rules import FACETS, Search


def asked(kind: str, arguments: MultiDict[str, str]) -> Search:
    """Return the search that an address asks for; any arguments are valid."""
    deadlines = arguments.getlist("deadline")
    return Search(
        kind=kind,
        words=arguments.get("q", ""),
        facets={name: arguments.getlist(name) for name in FACETS[kind]},
        page=arguments.get("page", 1, type=int),
        newest_first=arguments.get("sort") == "newest",
        deadline=deadlines[0] if len(set(deadlines)) == 1 else None,  # both chosen is no restriction
        exact=arguments.get("exact") == "1",
    )


def address(search: Search, *, page: int = 1, newest: bool | None = None) -> str:
    """Return the address of a neighbouring page: the same question, another page or order."""
    newest = search.newest_first if newest is None else newest
    arguments: dict[str, Any] = {
        "q": search.words or None,
        **{name: list(values) for name, values in search.facets.items()},
        "deadline": search.deadline,
        "sort": "newest" if newest else None,
        "exact": "1" if search.exact else None,
        "page": page if page > 1 else None,
    }
    return url_for("matching.search" if search.kind == LISTINGS else "matching.needs", **arguments)
