"""The stories of the demonstration's deals, as data: who takes what from whom, on which terms, and what is said."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from ipx.core.money import Money
from ipx.core.months import add_months
from ipx.demo.inventions import read_inventions
from ipx.licences.terms_v2.conduct import Diligence, Efforts, MissedDiligence
from ipx.licences.terms_v2.ending import Termination
from ipx.licences.terms_v2.price import (
    Fees,
    Milestone,
    MilestoneKind,
    Minimums,
    Payment,
    Period,
    Reports,
    Shortfall,
    Yearly,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.rules import Ground


@dataclass(frozen=True)
class Story:
    """One deal. With ``counter`` it stays in talks; without, it becomes a licence under which notice is given."""

    key: str
    technology: str
    owner: str
    taker: str
    message: str
    terms: Callable[[], LicenceTerms]
    counter: Callable[[], LicenceTerms] | None = None
    answer: str = ""
    ground: Ground = Ground.BREACH
    notice: str = ""
    contest: str = ""


def _listed(technology: str) -> LicenceTerms:
    today = datetime.now(UTC).date()
    found = next(one for one in read_inventions(today) if one.key == technology)
    assert found.terms is not None
    return found.terms


def _first_sale(today: date) -> Milestone:
    return Milestone(
        id="first-sale",
        kind=MilestoneKind.SALES,
        description="The first machine with the early warning is sold.",
        due_date=add_months(today, 9),
    )


def _warning() -> LicenceTerms:
    """Nothing is paid at the start, so that nobody has to pay here; statements, a minimum and a milestone follow."""
    return replace(
        _listed("bearing"),
        fees=None,
        payment=Payment(currency="EUR", due_days=30),
        reports=Reports(statement_period=Period.QUARTERLY),
        minimums=Minimums(
            by_year=(Yearly(1, Money(400_000, "EUR")), Yearly(3, Money(900_000, "EUR"))),
            creditable=True,
            consequence=Shortfall.PAY_UP,
        ),
        milestones=(_first_sale(datetime.now(UTC).date()),),
        termination=Termination(breach_cure_days=60, convenience_notice_days=90, sell_off_days=30),
    )


def _readout() -> LicenceTerms:
    return replace(
        _listed("photon-chip"),
        fees=None,
        diligence=Diligence(
            efforts=Efforts.COMMERCIALLY_REASONABLE,
            failure=MissedDiligence.TERMINATE,
            cure_days=90,
            reports=Period.HALF_YEARLY,
        ),
        termination=Termination(breach_cure_days=45),
    )


def _electrolyte(upfront: int, cure_days: int) -> LicenceTerms:
    return replace(
        _listed("electrolyte"),
        fees=Fees(upfront=Money(upfront, "EUR")),
        reports=Reports(statement_period=Period.HALF_YEARLY),
        termination=Termination(breach_cure_days=cure_days),
    )


STORIES = (
    Story(
        key="warning",
        technology="bearing",
        owner="institute",
        taker="company",
        message="We want to build the early warning into our test benches, and pay by use.",
        terms=_warning,
        notice="The list of engineers who may see the training data, which the licence asks for, has not reached us.",
    ),
    Story(
        key="readout",
        technology="photon-chip",
        owner="laboratory",
        taker="company",
        message="For a scanner of cell stacks; we can begin in spring.",
        terms=_readout,
        ground=Ground.DILIGENCE,
        notice="The plan speaks of two engineers from the first month on. We know of none.",
        contest="Both were hired in time; their contracts were shown to you at our meeting.",
    ),
    Story(
        key="electrolyte",
        technology="electrolyte",
        owner="institute",
        taker="company",
        message="The mill is what we need. Half of the fee now would let us begin this year.",
        terms=partial(_electrolyte, 7_500_000, 90),
        counter=partial(_electrolyte, 11_000_000, 60),
        answer="We meet you on the fee, and ask for a shorter time to make good.",
    ),
)
