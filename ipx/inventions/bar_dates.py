"""Last days on which an application can be filed before something of the inventors' own bars it. Pure.

Reminders with their source and the assumption that each rests on; no legal advice, no docket. Where a rule leaves
doubt, the earlier day is given: a term is never prolonged for a weekend or a holiday.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ipx.core.months import add_months, add_years


class Happening(StrEnum):
    """What may bar a patent."""

    PUBLICATION = "publication"
    SALE = "sale"
    OFFER_FOR_SALE = "offer-for-sale"
    PUBLIC_USE = "public-use"
    LICENCE_OFFER = "licence-offer"


@dataclass(frozen=True)
class Event:
    """Something that was done or is planned; ``on`` None: the day is not known yet, ``confidential`` None: nor that."""

    happening: Happening
    on: date | None
    confidential: bool | None
    what: str = ""


class Rule(StrEnum):
    """A rule that gives a bar date. The sources stand beside each in ``SOURCES``."""

    EP_NOVELTY = "ep-novelty"
    US_GRACE = "us-grace"
    US_ON_SALE = "us-on-sale"
    CN_NOVELTY = "cn-novelty"
    JP_GRACE = "jp-grace"
    PARIS = "paris"


SOURCES = {
    Rule.EP_NOVELTY: "EPC Art. 54(2), Art. 55; G 1/92, G 1/23",
    Rule.US_GRACE: "35 USC 102(a)(1), 102(b)(1)(A)",
    Rule.US_ON_SALE: "35 USC 102(a)(1); Helsinn v. Teva, 586 US 123 (2019); Pfaff v. Wells, 525 US 55 (1998)",
    Rule.CN_NOVELTY: "Patent Law of the PRC (2020), Art. 22 and 24",
    Rule.JP_GRACE: "Japanese Patent Act, Art. 29(1), 30(2) and (3)",
    Rule.PARIS: "Paris Convention, Art. 4C(1) to (3)",
}


@dataclass(frozen=True)
class BarDate:
    """The last day under a rule, because of ``event``; ``last_day`` None: an event's day is not known yet.

    ``met_on``: the day of the first filing, when that was in time.
    """

    rule: Rule
    last_day: date | None
    event: Event | None
    met_on: date | None = None

    @property
    def source(self) -> str:
        """Return the statute or decision."""
        return SOURCES[self.rule]

    def is_missed(self, today: date) -> bool:
        """Tell whether the day has gone by and nothing was filed in time."""
        return self.last_day is not None and self.met_on is None and today > self.last_day


def bar_dates(events: Sequence[Event], filings: Iterable[date]) -> list[BarDate]:
    """Return the earliest bar date of each rule, and for what has no day yet an entry without one.

    ``filings``: days of applications for the same invention. Nothing is returned for a rule that nothing sets going.
    """
    first_filing = min(filings, default=None)
    found = [bar for rule in Rule if rule is not Rule.PARIS for bar in _of_rule(rule, events, first_filing)]
    if first_filing is not None:
        found.append(BarDate(Rule.PARIS, add_months(first_filing, 12), None))
    return sorted(found, key=lambda bar: (bar.last_day is None, bar.last_day or date.max, list(Rule).index(bar.rule)))


def last_day(rule: Rule, on: date) -> date:
    """Return the last day to file under a rule after an event.

    Absolute novelty asks what was public *before the date of filing*: on the day itself one may still file. A year
    of grace ends on the same day of the next year, 28 February after a 29th.
    """
    return add_years(on, 1) if rule in (Rule.US_GRACE, Rule.US_ON_SALE, Rule.JP_GRACE) else on


def concerns(rule: Rule, event: Event) -> bool:
    """Tell whether an event sets a rule going.

    What may have been public is taken to have been. A sale bars in the US however secret it was (Helsinn); elsewhere
    only as far as it made the invention public. The offer of a licence is no sale (In re Kollar, 286 F.3d 1326), and
    publishes like any telling of it does.
    """
    if rule is Rule.US_ON_SALE:
        return event.happening in (Happening.SALE, Happening.OFFER_FOR_SALE)
    return event.confidential is not True


def _of_rule(rule: Rule, events: Sequence[Event], first_filing: date | None) -> Iterator[BarDate]:
    concerned = [event for event in events if concerns(rule, event)]
    days = [(event.on, event) for event in concerned if event.on is not None]
    if days:
        on, event = min(days, key=lambda pair: pair[0])
        last = last_day(rule, on)
        yield BarDate(rule, last, event, first_filing if first_filing and first_filing <= last else None)
    if unknown := next((event for event in concerned if event.on is None), None):
        yield BarDate(rule, None, unknown)
