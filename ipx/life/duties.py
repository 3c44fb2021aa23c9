"""What the terms ask of the licensee while a licence lives, and by which day: statements, minimums, milestones. Pure.

Periods and years are counted from the beginning of the grant, in days of UTC, and the last day of a period is the day
before the next one begins. Where terms give days to pay, what is paid is due so many days later. A period that the end
of the licence cuts short has no day here. docs/spec/licence-life.md says the same in a table.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import count, takewhile

from ipx.core.money import Money
from ipx.core.months import add_months
from ipx.licences.terms_v2.price import Period, Yearly
from ipx.licences.terms_v2.terms import LicenceTerms


class DutyKind(StrEnum):
    """What is due. The names are frozen: rows and audit lines hold them."""

    STATEMENT = "statement"
    PROGRESS = "progress"
    SPEND = "spend"
    MINIMUM = "minimum"
    MILESTONE = "milestone"


@dataclass(frozen=True)
class Duty:
    """Something that is due on a day at the latest.

    ``period``: the last day of the period that it is about, or the milestone's short name; ``words``: the milestone's.
    """

    kind: DutyKind
    day: date
    period: str
    amount: Money | None = None
    words: str = ""

    @property
    def key(self) -> str:
        """Return what names it among the duties of its licence, whatever its day becomes."""
        return f"{self.kind}:{self.period}"


MONTHS = {Period.MONTHLY: 1, Period.QUARTERLY: 3, Period.HALF_YEARLY: 6, Period.YEARLY: 12}
_LEAD_DAYS = {1: 7, 3: 14}
LEAD_DAYS = 30
"""How long before its day something is told; less for what comes every month or quarter."""


@dataclass(frozen=True)
class Coming:
    """A duty and the day from which on both sides are told of it."""

    duty: Duty
    remind_on: date


def coming_duties(
    terms: LicenceTerms, *, begins: datetime, end: datetime | None, today: date, until: date
) -> list[Coming]:
    """Return what is due from today until a day, the earliest first; ``end``: of the term, None where time ends it not.

    Milestones are given however far away they are.
    """
    last = end.date() if end is not None else None
    found = [
        one
        for one in _all(terms, begins.date(), until)
        if one.duty.day >= today and (last is None or _last_of(one.duty) <= last)
    ]
    return sorted(found, key=lambda one: (one.duty.day, list(DutyKind).index(one.duty.kind), one.duty.period))


def _all(terms: LicenceTerms, begins: date, until: date) -> Iterator[Coming]:
    pay_days = (terms.payment.due_days if terms.payment else None) or 0
    if terms.reports is not None and terms.reports.statement_period is not None:
        yield from _periodic(DutyKind.STATEMENT, MONTHS[terms.reports.statement_period], begins, until)
    if terms.diligence is not None and terms.diligence.reports is not None:
        yield from _periodic(DutyKind.PROGRESS, MONTHS[terms.diligence.reports], begins, until)
    if terms.diligence is not None and terms.diligence.minimum_spend is not None:
        yield from _yearly(DutyKind.SPEND, terms.diligence.minimum_spend, begins, until, later=0)
    if terms.minimums is not None:
        yield from _yearly(DutyKind.MINIMUM, terms.minimums.by_year, begins, until, later=pay_days)
    for one in terms.milestones:
        if one.due_date is not None:
            duty = Duty(DutyKind.MILESTONE, one.due_date, one.id, one.payment, one.description)
            yield Coming(duty, one.due_date - timedelta(days=LEAD_DAYS))


def _periodic(kind: DutyKind, months: int, begins: date, until: date) -> Iterator[Coming]:
    for day in _ends(begins, months, until):
        yield _coming(Duty(kind, day, day.isoformat()), months)


def _yearly(kind: DutyKind, schedule: Sequence[Yearly], begins: date, until: date, *, later: int) -> Iterator[Coming]:
    for year, day in enumerate(_ends(begins, 12, until), start=1):
        amount = amount_of(schedule, year)
        if amount is not None and amount.amount > 0:
            yield _coming(Duty(kind, day + timedelta(days=later), day.isoformat(), amount), 12)


def amount_of(schedule: Sequence[Yearly], year: int) -> Money | None:
    """Return the amount of a year, counted from 1: that of the newest year named until then; None before the first."""
    named = [one for one in schedule if one.year <= year]
    return max(named, key=lambda one: one.year).amount if named else None


def _ends(begins: date, months: int, until: date) -> Iterator[date]:
    """Give the last day of each period."""
    days = (add_months(begins, months * number) - timedelta(days=1) for number in count(1))
    return takewhile(lambda day: day <= until, days)


def _coming(duty: Duty, months: int) -> Coming:
    return Coming(duty, duty.day - timedelta(days=_LEAD_DAYS.get(months, LEAD_DAYS)))


def _last_of(duty: Duty) -> date:
    return duty.day if duty.kind is DutyKind.MILESTONE else date.fromisoformat(duty.period)
