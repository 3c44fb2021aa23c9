"""Where competition law frowns on licence terms: warnings with their source, never refusals.

Whether a clause is lawful depends on markets and on law that changes; this reads the terms alone and is no advice.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.terms_v2.conduct import GrantBack
from ipx.licences.terms_v2.grant import EndEvent, Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.clauses import plain_text

US_AFTER_EXPIRY = "Brulotte v. Thys Co., 379 U.S. 29 (1964); Kimble v. Marvel Entertainment, LLC, 576 U.S. 446 (2015)"
EU_NOW = "Regulation (EU) 2026/877, excluded and hardcore restrictions"
US_CHALLENGE = "Lear, Inc. v. Adkins, 395 U.S. 653 (1969)"
EU_GRANT_BACK = f"{EU_NOW}; before it Regulation (EU) No 316/2014, Article 5(1)(a)"
EU_CHALLENGE = f"{EU_NOW}; before it Regulation (EU) No 316/2014, Article 5(1)(b)"
EU_PRICE = f"{EU_NOW}; before it Regulation (EU) No 316/2014, Article 4(1)(a) and (2)(a)"
EU_STANDARDS = "Huawei v ZTE, C-170/13, EU:C:2015:477 (Article 102 TFEU)"
_PRICE_WORDS = re.compile(r"(resale|retail|minimum|fixed)[ -]price|转售价格|最低价格|固定价格", re.IGNORECASE)

EU_EXPIRY: Any = _(
    "Regulation (EU) 2026/877 applies from 1 May 2026 to 30 April 2038. It kept the list of its predecessor, (EU) No "
    "316/2014, on which agreements from before May 2026 may rest until 30 April 2027."
)
"""Shown beside each warning that rests on the regulation."""


@dataclass(frozen=True)
class Doubt:
    """One doubt. ``path``: the field it is about."""

    path: str
    text: str
    source: str

    @property
    def rests_on_regulation(self) -> bool:
        """Tell whether the source is the block exemption of the European Union."""
        return self.source.startswith(EU_NOW)


def doubts_of(terms: LicenceTerms, *, last_expiry: date | None = None) -> tuple[Doubt, ...]:
    """Return the doubts about terms. ``last_expiry``: when the last licensed patent expires, where it is known."""
    return (
        *_after_expiry(terms, last_expiry),
        *_grant_back(terms),
        *_challenge(terms),
        *_standards(terms),
        *_prices(terms),
    )


def _after_expiry(terms: LicenceTerms, last_expiry: date | None) -> Iterator[Doubt]:
    """A royalty on a patent that has expired cannot be enforced in the US; one that steps down for know-how can."""
    royalty, term = terms.royalty, terms.term
    if royalty is None or royalty.know_how_only_bps is not None:
        return
    later = last_expiry is not None and term.end.date is not None and term.end.date > last_expiry
    if royalty.per_country_stop is False or term.end.event is EndEvent.PERPETUAL or term.know_how_tail_months or later:
        text = gettext(
            "The royalty can run on after the last patent. In the United States such a royalty cannot be enforced; "
            "agree a lower rate for know-how alone, or let it end with the patents."
        )
        yield Doubt("royalty", text, US_AFTER_EXPIRY)


def _grant_back(terms: LicenceTerms) -> Iterator[Doubt]:
    if terms.improvements is not None and terms.improvements.grant_back in (GrantBack.EXCLUSIVE, GrantBack.ASSIGNMENT):
        text = gettext(
            "The licensee gives its own improvements away exclusively. In the European Union such a clause is not "
            "exempted and has to be judged by itself; a non-exclusive licence back is usual."
        )
        yield Doubt("improvements.grant_back", text, EU_GRANT_BACK)


def _challenge(terms: LicenceTerms) -> Iterator[Doubt]:
    if terms.termination is None or not terms.termination.challenge:
        return
    if terms.grant.exclusivity is not Exclusivity.EXCLUSIVE:
        text = gettext(
            "The grant ends when the licensee attacks a right. In the European Union that is exempted for exclusive "
            "grants only."
        )
        yield Doubt("termination.challenge", text, EU_CHALLENGE)
    text = gettext("In the United States a licensee may challenge the patent; clauses against it may not hold.")
    yield Doubt("termination.challenge", text, US_CHALLENGE)


def _standards(terms: LicenceTerms) -> Iterator[Doubt]:
    if terms.standards is not None and not terms.standards.frand:
        text = gettext(
            "A standard-essential patent without a FRAND commitment: refusing a licence to those who are willing, or "
            "asking for an injunction against them, may be an abuse."
        )
        yield Doubt("standards.frand", text, EU_STANDARDS)


def _prices(terms: LicenceTerms) -> Iterator[Doubt]:
    """The schema has no field for resale prices on purpose; a text could hold one all the same."""
    if _PRICE_WORDS.search(plain_text(terms)):
        text = gettext("A text speaks of prices. To fix what the licensee charges others is a hardcore restriction.")
        yield Doubt("", text, EU_PRICE)
