"""What pages of search say of rights: the form that asks for them, and what is left at each result."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.words import day_words, why_words
from ipx.matching.asking import wanted_arguments
from ipx.matching.free_rights import LOOKED_AT, Show, Standing, Wanted, standing_of
from ipx.matching.records import ResultPage

SHOW = {
    Show.FREE: _("only what is free as declared"),
    Show.OPEN: _("what is undecided too"),
    Show.ALL: _("all, and say which"),
}
STANDING = {
    Standing.FREE: _("Free as declared"),
    Standing.UNDECIDED: _("Undecided"),
    Standing.TAKEN: _("Not free"),
}
UNDECLARED = _("Free by what is recorded here")


def rights_of(page: ResultPage) -> dict[str, Any]:
    """Return what the templates need about rights."""
    wanted = page.search.wanted or Wanted()
    return {
        "is_asked": page.search.wanted is not None,
        "values": {name: value or "" for name, value in wanted_arguments(wanted).items()},
        "show": SHOW,
        "asked": rights_asked(wanted),
        "unknown": ", ".join(wanted.unknown),
        "standings": {key: standing_words(answer) for key, answer in page.standings.items()},
        "looked_at": page.looked_at,
        "most": LOOKED_AT,
        "hidden": [
            *([("q", page.search.words)] if page.search.words else []),
            *([("sort", "newest")] if page.search.newest_first else []),
            *([("exact", "1")] if page.search.exact else []),
            *((name, value) for name, values in page.search.facets.items() for value in values),
        ],
    }


def rights_asked(wanted: Wanted) -> str:
    """Return what is looked for in one line."""
    parts = [
        ", ".join(wanted.countries) or gettext("worldwide"),
        ", ".join(wanted.classes) or gettext("every field"),
        *([gettext("exclusively")] if wanted.exclusive else []),
        *([gettext("from %(day)s", day=day_words(wanted.begins))] if wanted.begins else []),
    ]
    return " · ".join(str(part) for part in parts)


def standing_words(answer: Answer) -> Mapping[str, str]:
    """Return what is left of the wanted rights: a state, its words, and why."""
    standing = standing_of(answer)
    if standing is not Standing.FREE:
        return {"state": str(standing), "label": str(STANDING[standing]), "why": why_words(answer)}
    if answer.declared is None:
        why = gettext("Agreements made elsewhere were not declared.")
        return {"state": str(standing), "label": str(UNDECLARED), "why": str(why)}
    why = gettext("Stated by %(owner)s on %(day)s.", owner=answer.declared.by, day=day_words(answer.declared.on))
    return {"state": str(standing), "label": str(STANDING[standing]), "why": str(why)}
