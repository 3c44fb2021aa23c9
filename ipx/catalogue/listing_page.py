"""What the page of a listing says, in people's words. Shows what is stated; what is not, it leaves to *not stated*."""

import re
from datetime import date
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from ipx.catalogue.records import Need, PublicRight
from ipx.catalogue.words import EVIDENCE, READINESS, RIGHT_KINDS, RIGHT_STATUS
from ipx.core.money import Money
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.reading import countries_of
from ipx.licences.algebra.territory import WORLD, is_country, mask_of
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.words import territory_words
from ipx.licences.terms_v2.grant import EndEvent
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import OFFICE_KINDS

Bar = dict[str, Any]
# "…of the system.The next", "Scope:Proposals should": two lines that were joined without a blank.
_SEAM = re.compile(r"(?<=[a-z)\]][.;:])(?=[A-Z])")


def rights_bars(terms: LicenceTerms, answer: Answer, *, at: date) -> list[Bar]:
    """Return the three bars: where, for what, until when; ``answer`` compares the listed terms with what exists.

    ``at``: the day for which the members of regions are asked.

    Whose grant stands in the way, and on which terms, the bars do not tell.
    """
    granted, open_ = _reached(answer, Truth.YES), _reached(answer, Truth.UNDECIDED)
    countries = countries_of(terms, at=at)
    state = _state(countries, granted, open_)
    return [
        {"title": _("Where"), "segments": _where(terms, countries, granted, open_)},
        {"title": _("For what"), "segments": _what(terms, state)},
        {"title": _("Until when"), "segments": _until(terms, state)},
    ]


def country(code: str) -> str:
    """Return a country's name in the reader's language, the code where there is none."""
    locale = get_locale()
    name = locale.territories.get(code) if locale else None
    return str(name or code)


def readiness(trl: int | None) -> str | None:
    """Return the readiness level with its meaning."""
    return None if trl is None else f"TRL {trl}: {READINESS[trl]}"


def right_row(right: PublicRight) -> dict[str, Any]:
    """Return a right as a row of the table."""
    evidence = EVIDENCE[right.evidence] if right.evidence is not None else None
    if right.matched_on and right.evidence:
        evidence = _("%(what)s of %(day)s", what=evidence, day=right.matched_on.isoformat())
    return {
        "kind": RIGHT_KINDS.get(right.kind, right.kind),
        "title": _("not published yet") if right.status == "unpublished" else right.title,
        "place": _place(right),
        "evidence": evidence,
    }


def paragraphs(text: str) -> list[str]:
    """Return the paragraphs of a text; where a source lost its line breaks, they are put back at the seams."""
    return [line.strip() for line in _SEAM.sub("\n", text).split("\n") if line.strip()]


def budget(need: Need) -> str | None:
    """Return what a need's budget says: one amount, a range, or an end of it."""
    if need.currency is None:
        return None
    low, high = _amount(need.budget_min, need.currency), _amount(need.budget_max, need.currency)
    if low and high:
        return low if low == high else str(_("%(low)s to %(high)s", low=low, high=high))
    if high:
        return str(_("up to %(high)s", high=high))
    return str(_("from %(low)s", low=low)) if low else None


def _place(right: PublicRight) -> str | None:
    """Return office, number and state in one line; a right that no office grants says so."""
    if right.kind not in OFFICE_KINDS and right.status is None:
        return str(_("needs no office"))
    number = " ".join(part for part in (right.office, right.number) if part)
    status = RIGHT_STATUS.get(right.status or "", right.status)
    return ", ".join(str(part) for part in (number, status) if part) or None


def _amount(amount: int | None, currency: str) -> str | None:
    return str(Money(amount, currency)).removesuffix(".00") if amount else None


def _reached(answer: Answer, truth: Truth) -> int:
    """Return the countries (bits) in which the answer is such."""
    found = 0
    for overlap in answer.overlaps:
        for territory, _acts in overlap.shared.boxes:
            found |= territory if overlap.truth is truth else 0
    return found


def _state(countries: int, granted: int, open_: int) -> str:
    """Return the best that is left in some of the countries (bits)."""
    if countries & ~(granted | open_):
        return "free"
    return "undecided" if countries & ~granted else "granted"


def _where(terms: LicenceTerms, countries: int, granted: int, open_: int) -> list[Bar]:
    places = terms.territory.places
    if not terms.territory.worldwide and all(place.include and is_country(place.code) for place in places):
        share = round(100 / len(places), 3)
        states = ((place.code, _state(mask_of((place.code,)), granted, open_)) for place in places)
        return [{"label": country(code), "state": state, "percent": share} for code, state in states]
    parts = {"granted": granted, "undecided": open_ & ~granted, "free": ~(granted | open_)}
    present = {state: mask & countries for state, mask in parts.items() if mask & countries}
    return [
        {
            "label": _("All other countries") if state == "free" and len(present) > 1 else _place_words(mask),
            "state": state,
            "percent": round(100 * mask.bit_count() / countries.bit_count(), 3),
        }
        for state, mask in present.items()
    ]


def _place_words(mask: int) -> str:
    return str(_("Worldwide")) if mask == WORLD else territory_words(mask)


def _what(terms: LicenceTerms, state: str) -> list[Bar]:
    field = terms.field_of_use
    if field.is_everything:
        return [{"label": _("All fields"), "state": state, "percent": 100}]
    codes = ", ".join(code.code if code.include else _("not %(code)s", code=code.code) for code in field.codes)
    detail = codes if field.text and codes else None
    return [
        {"label": field.text or codes, "state": state, "percent": 65, "detail": detail},
        {"label": _("Other fields"), "state": "reserved", "percent": 35},
    ]


def _until(terms: LicenceTerms, state: str) -> list[Bar]:
    end = terms.term.end
    if end.event is EndEvent.PERPETUAL:
        return [{"label": _("Without end"), "state": state, "percent": 100}]
    if end.event in (EndEvent.LAST_TO_EXPIRE, EndEvent.LAST_VALID_CLAIM):
        return [{"label": _("Until the last licensed patent expires"), "state": state, "percent": 100}]
    label = _("Until %(day)s", day=end.date) if end.date else _("%(n)s months from the grant", n=end.months)
    return [
        {"label": label, "state": state, "percent": 70},
        {"label": _("Afterwards"), "state": "reserved", "percent": 30},
    ]
