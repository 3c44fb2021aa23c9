"""What the page of a listing says, in people's words. Shows what is stated; what is not, it leaves to *not stated*."""

import re
from collections.abc import Sequence
from typing import Any

from flask_babel import get_locale
from flask_babel import gettext as _

from ipx.catalogue.availability import taken_from
from ipx.catalogue.records import Listing, Need, PublicRight
from ipx.catalogue.words import EVIDENCE, READINESS, RIGHT_KINDS, RIGHT_STATUS
from ipx.core.money import Money
from ipx.licences.records import Licence
from ipx.licences.rules import TermEnd
from ipx.licences.terms import Terms
from ipx.technologies.rules import OFFICE_KINDS

Bar = dict[str, Any]
# "…of the system.The next", "Scope:Proposals should": two lines that were joined without a blank.
_SEAM = re.compile(r"(?<=[a-z)\]][.;:])(?=[A-Z])")


def rights_bars(listing: Listing, licences: Sequence[Licence]) -> list[Bar]:
    """Return the three bars: where, for what, until when; what licences of others take away is granted.

    None where no terms are stated.
    """
    if listing.terms is None:
        return []
    terms, taken = listing.terms, taken_from(licences)
    left = taken.leaves(terms.territory)
    return [
        {"title": _("Where"), "segments": _where(terms, taken.everywhere, taken.countries)},
        {"title": _("For what"), "segments": _what(terms, left)},
        {"title": _("Until when"), "segments": _until(terms, left)},
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


def _where(terms: Terms, everywhere: bool, countries: frozenset[str]) -> list[Bar]:
    if not terms.territory:
        if everywhere:
            return [{"label": _("Worldwide"), "state": "granted", "percent": 100}]
        segments = [{"label": country(code), "state": "granted", "percent": 12} for code in sorted(countries)[:5]]
        label = _("All other countries") if segments else _("Worldwide")
        return [*segments, {"label": label, "state": "free", "percent": 100 - 12 * len(segments)}]
    share = 100 / len(terms.territory)
    return [
        {
            "label": country(code),
            "state": "granted" if everywhere or code in countries else "free",
            "percent": round(share, 3),
        }
        for code in terms.territory
    ]


def _what(terms: Terms, left: bool) -> list[Bar]:
    state = "free" if left else "granted"
    if not (terms.field_text or terms.field_codes):
        return [{"label": _("All fields"), "state": state, "percent": 100}]
    label = terms.field_text or ", ".join(terms.field_codes)
    codes = ", ".join(terms.field_codes) if terms.field_text and terms.field_codes else None
    return [
        {"label": label, "state": state, "percent": 65, "detail": codes},
        {"label": _("Other fields"), "state": "reserved", "percent": 35},
    ]


def _until(terms: Terms, left: bool) -> list[Bar]:
    state = "free" if left else "granted"
    if terms.end is TermEnd.PERPETUAL:
        return [{"label": _("Without end"), "state": state, "percent": 100}]
    if terms.end is TermEnd.LAST_TO_EXPIRE:
        return [{"label": _("Until the last licensed patent expires"), "state": state, "percent": 100}]
    label = _("%(n)s months from the grant", n=terms.months)
    return [
        {"label": label, "state": state, "percent": 70},
        {"label": _("Afterwards"), "state": "reserved", "percent": 30},
    ]
