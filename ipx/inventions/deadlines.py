"""Deadlines and duties that a right or a funded invention carries. Pure.

Reminders with their source and the assumption that each rests on; no legal advice, no docket. Terms are counted from
what is stated, no priority and no holiday considered, so that a real last day is at most later than the one given, but
for an earlier priority that nobody has stated: that is the assumption which each of these rests on.
"""

import calendar
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from ipx.core.months import add_months, add_years
from ipx.technologies.rules import RightKind


class Duty(StrEnum):
    """What is to be done."""

    PRIORITY = "priority"
    PRIORITY_DESIGN = "priority-design"
    PCT_ENTRY = "pct-entry"
    PCT_ENTRY_EP = "pct-entry-ep"
    EP_EXAMINATION = "ep-examination"
    EP_RENEWAL = "ep-renewal"
    EP_UNITARY = "ep-unitary"
    EP_VALIDATION = "ep-validation"
    EP_OPPOSITION = "ep-opposition"
    US_MAINTENANCE = "us-maintenance"
    US_RECORDATION = "us-recordation"
    CN_EXAMINATION = "cn-examination"
    CN_ANNUITY = "cn-annuity"
    CN_ASSIGNMENT = "cn-assignment"
    CN_LICENCE = "cn-licence"
    EXPIRY = "expiry"
    BD_DISCLOSE = "bd-disclose"
    BD_ELECT = "bd-elect"
    BD_FILE = "bd-file"
    BD_FOREIGN = "bd-foreign"
    BD_LICENCE = "bd-licence"
    BD_STATEMENT = "bd-statement"
    BD_UTILISATION = "bd-utilisation"
    BD_MANUFACTURE = "bd-manufacture"


SOURCES = {
    Duty.PRIORITY: "Paris Convention, Art. 4C(1); 35 USC 119; EPC Art. 87(1)",
    Duty.PRIORITY_DESIGN: "Paris Convention, Art. 4C(1)",
    Duty.PCT_ENTRY: "PCT Art. 22(1), 39(1)(a)",
    Duty.PCT_ENTRY_EP: "EPC Rule 159(1)",
    Duty.EP_EXAMINATION: "EPC Art. 94(1), Rule 70(1)",
    Duty.EP_RENEWAL: "EPC Art. 86(1), Rule 51(1)",
    Duty.EP_UNITARY: "Rules relating to Unitary Patent Protection, Rule 6(1)",
    Duty.EP_VALIDATION: "EPC Art. 65(1)",
    Duty.EP_OPPOSITION: "EPC Art. 99(1)",
    Duty.US_MAINTENANCE: "35 USC 41(b); 37 CFR 1.362",
    Duty.US_RECORDATION: "35 USC 261",
    Duty.CN_EXAMINATION: "Patent Law of the PRC, Art. 35",
    Duty.CN_ANNUITY: "Patent Law of the PRC, Art. 43; Implementing Regulations",
    Duty.CN_ASSIGNMENT: "Patent Law of the PRC, Art. 10",
    Duty.CN_LICENCE: "Implementing Regulations of the Patent Law of the PRC, filing of licence contracts",
    Duty.EXPIRY: "TRIPS Art. 33; EPC Art. 63(1); 35 USC 154(a)(2); Patent Law of the PRC, Art. 42",
    Duty.BD_DISCLOSE: "37 CFR 401.14(c)(1); 35 USC 202(c)(1)",
    Duty.BD_ELECT: "37 CFR 401.14(c)(2); 35 USC 202(c)(2)",
    Duty.BD_FILE: "37 CFR 401.14(c)(3); 35 USC 202(c)(3)",
    Duty.BD_FOREIGN: "37 CFR 401.14(c)(3)",
    Duty.BD_LICENCE: "37 CFR 401.14(f)(1); 35 USC 202(c)(4)",
    Duty.BD_STATEMENT: "37 CFR 401.14(f)(4); 35 USC 202(c)(6)",
    Duty.BD_UTILISATION: "37 CFR 401.14(h); 35 USC 202(c)(5)",
    Duty.BD_MANUFACTURE: "37 CFR 401.14(i); 35 USC 204",
}
US_FEES_AFTER = (42, 90, 138)  # months after grant: 3.5, 7.5 and 11.5 years
LONGEST_YEARS = 20
_INVENTIONS = (RightKind.PATENT, RightKind.APPLICATION)


@dataclass(frozen=True)
class RightFacts:
    """What is stated about a right; days are None while nobody has stated them."""

    kind: RightKind
    office: str | None
    filed_on: date | None
    published_on: date | None = None
    granted_on: date | None = None


@dataclass(frozen=True)
class Deadline:
    """A duty and its last day; ``day`` None: it hangs on an event that is not recorded here."""

    duty: Duty
    day: date | None

    @property
    def source(self) -> str:
        """Return the statute or rule."""
        return SOURCES[self.duty]


def deadlines_of_right(right: RightFacts, *, today: date) -> list[Deadline]:
    """Return the deadlines of a right, the earliest first. Of fees that come again, only the next is given."""
    found = [*_of_filing(right), *_of_office(right, today)]
    return sorted(found, key=lambda deadline: (deadline.day is None, deadline.day or date.max))


def deadlines_of_funding(*, disclosed_on: date, us_bar: date | None, first_filing: date | None) -> list[Deadline]:
    """Return what Bayh-Dole asks after a disclosure to the contractor's office.

    ``us_bar``: end of the statutory year in the US, if something has started it. The agency's own day of disclosure
    and the day of election are not recorded here, so each term is counted from the earliest day it can begin.
    """
    elect = _earlier(add_years(disclosed_on, 2), us_bar - timedelta(days=60) if us_bar else None)
    dated = [
        Deadline(Duty.BD_DISCLOSE, add_months(disclosed_on, 2)),
        Deadline(Duty.BD_ELECT, elect),
    ]
    if first_filing is None:
        dated.append(Deadline(Duty.BD_FILE, _earlier(add_years(elect, 1), us_bar)))
    else:
        dated.append(Deadline(Duty.BD_FOREIGN, add_months(first_filing, 10)))
    undated = (Duty.BD_LICENCE, Duty.BD_STATEMENT, Duty.BD_UTILISATION, Duty.BD_MANUFACTURE)
    return [*dated, *(Deadline(duty, None) for duty in undated)]


def end_of_month(day: date) -> date:
    """Return the last day of the month (EPC Rule 51(1))."""
    return day.replace(day=calendar.monthrange(day.year, day.month)[1])


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _of_filing(right: RightFacts) -> Iterator[Deadline]:
    """Give what every filing sets going, whatever the office."""
    if right.filed_on is None:
        return
    if right.kind is RightKind.DESIGN:
        yield Deadline(Duty.PRIORITY_DESIGN, add_months(right.filed_on, 6))
    elif right.kind in (*_INVENTIONS, RightKind.UTILITY_MODEL):
        yield Deadline(Duty.PRIORITY, add_months(right.filed_on, 12))
    if right.kind in _INVENTIONS and right.office != "WO":
        yield Deadline(Duty.EXPIRY, add_years(right.filed_on, LONGEST_YEARS))


def _of_office(right: RightFacts, today: date) -> Iterator[Deadline]:
    if right.office == "WO" and right.filed_on is not None:
        yield Deadline(Duty.PCT_ENTRY, add_months(right.filed_on, 30))
        yield Deadline(Duty.PCT_ENTRY_EP, add_months(right.filed_on, 31))
    elif right.office == "EP" and right.kind in _INVENTIONS:
        yield from _of_ep(right, today)
    elif right.office == "US":
        yield from _of_us(right, today)
    elif right.office == "CN":
        yield from _of_cn(right, today)


def _of_ep(right: RightFacts, today: date) -> Iterator[Deadline]:
    if right.granted_on is None:
        if right.published_on is not None:
            yield Deadline(Duty.EP_EXAMINATION, add_months(right.published_on, 6))
        if right.filed_on is not None:
            # For the third year and each that follows, at the end of the month of filing (Rule 51(1)).
            due = [end_of_month(add_years(right.filed_on, years)) for years in range(2, LONGEST_YEARS)]
            yield from _next(Duty.EP_RENEWAL, due, today)
        return
    yield Deadline(Duty.EP_UNITARY, add_months(right.granted_on, 1))
    yield Deadline(Duty.EP_VALIDATION, add_months(right.granted_on, 3))
    yield Deadline(Duty.EP_OPPOSITION, add_months(right.granted_on, 9))


def _of_us(right: RightFacts, today: date) -> Iterator[Deadline]:
    if right.kind is RightKind.PATENT and right.granted_on is not None:
        due = [add_months(right.granted_on, months) for months in US_FEES_AFTER]
        yield from _next(Duty.US_MAINTENANCE, due, today)
    if right.kind in (*_INVENTIONS, RightKind.DESIGN):
        yield Deadline(Duty.US_RECORDATION, None)


def _of_cn(right: RightFacts, today: date) -> Iterator[Deadline]:
    if right.filed_on is not None and right.granted_on is None and right.kind is RightKind.APPLICATION:
        yield Deadline(Duty.CN_EXAMINATION, add_years(right.filed_on, 3))
    if right.filed_on is not None and right.granted_on is not None:
        last = 10 if right.kind is RightKind.UTILITY_MODEL else 15 if right.kind is RightKind.DESIGN else LONGEST_YEARS
        due = [add_years(right.filed_on, years) for years in range(1, last)]
        yield from _next(Duty.CN_ANNUITY, [day for day in due if day > right.granted_on], today)
    yield Deadline(Duty.CN_ASSIGNMENT, None)
    yield Deadline(Duty.CN_LICENCE, None)


def _next(duty: Duty, due: Sequence[date], today: date) -> Iterator[Deadline]:
    following = next((day for day in due if day >= today), None)
    if following is not None:
        yield Deadline(duty, following)


def _earlier(day: date, other: date | None) -> date:
    return day if other is None else min(day, other)
