"""Searches as addresses, and back: what can be shared and kept."""

import re
from datetime import date
from typing import Any

from flask import url_for
from werkzeug.datastructures import MultiDict

from ipx.core.ports import LISTINGS
from ipx.core.search_tree import cpc_levels
from ipx.licences.algebra.regions import ALIASES, REGIONS
from ipx.licences.algebra.territory import is_country
from ipx.matching.free_rights import Show, Wanted
from ipx.matching.rules import FACETS, Search

LONGEST = 600
"""Characters of countries, or of classes, that are read."""
FIRST_YEAR, LAST_YEAR = 1900, 2199
"""Years in which rights that are looked for may begin."""


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
        wanted=_wanted(arguments) if kind == LISTINGS else None,
    )


def wanted_arguments(wanted: Wanted | None) -> dict[str, str | None]:
    """Return the part of an address that asks for rights."""
    if wanted is None:
        return {}
    return {
        "left": str(wanted.show),
        "countries": ", ".join(wanted.countries) or None,
        "field": ", ".join(wanted.classes) or None,
        "exclusively": "1" if wanted.exclusive else None,
        "from": wanted.begins.isoformat() if wanted.begins else None,
    }


def _wanted(arguments: MultiDict[str, str]) -> Wanted | None:
    show = arguments.get("left", "")
    if show not in set(Show):
        return None
    countries = [part.upper() for part in re.split(r"[\s,;]+", arguments.get("countries", "")[:LONGEST]) if part]
    classes = [part.strip() for part in re.split(r"[,;\n]+", arguments.get("field", "")[:LONGEST]) if part.strip()]
    begins = arguments.get("from", "").strip()
    day = _day(begins)
    known = [code for code in countries if is_country(code) or ALIASES.get(code, code) in REGIONS]
    symbols = [symbol.upper() for symbol in classes if cpc_levels(symbol)]
    unknown = [
        *(code for code in countries if code not in known),
        *(symbol for symbol in classes if not cpc_levels(symbol)),
        *([begins] if begins and day is None else []),
    ]
    return Wanted(
        show=Show(show),
        countries=tuple(dict.fromkeys(known)),
        classes=tuple(dict.fromkeys(symbols)),
        exclusive=arguments.get("exclusively") == "1",
        begins=day,
        unknown=tuple(dict.fromkeys(unknown)),
    )


def _day(text: str) -> date | None:
    """Return a day of these centuries; None for anything else: the book of grants reckons with the days after it."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def address(search: Search, *, page: int = 1, newest: bool | None = None) -> str:
    """Return the address of a neighbouring page: the same question, another page or order."""
    newest = search.newest_first if newest is None else newest
    arguments: dict[str, Any] = {
        "q": search.words or None,
        **{name: list(values) for name, values in search.facets.items()},
        "deadline": search.deadline,
        "sort": "newest" if newest else None,
        "exact": "1" if search.exact else None,
        **wanted_arguments(search.wanted),
        "page": page if page > 1 else None,
    }
    return url_for("matching.search" if search.kind == LISTINGS else "matching.needs", **arguments)
