"""A licence's life out of its steps, and what follows next by itself. Pure.

It must never let a consequence come due while what it rests on is contested.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from ipx.licences.terms_v2.grant import Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.deadlines import days_after, days_before, renewed, resumed
from ipx.life.rules import DUTY_KINDS, Ground, Kind, Outcome, Standing, Step, consequence_of

ENDED = (Standing.TERMINATED, Standing.EXPIRED)
_ANSWERED = (Kind.CURED, Kind.WITHDRAWN, Kind.DECLINED)


@dataclass(frozen=True)
class Open:
    """A notice or proposal that is open. ``due``: when its consequence follows, None where none does by itself;
    ``contested_at``: since when its clock stands still."""

    step: Step
    due: datetime | None
    contested_at: datetime | None = None


@dataclass(frozen=True)
class Due:
    """What the exchange does next by itself, when, and because of which step."""

    kind: Kind
    at: datetime
    ground: Ground | None = None
    answers: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Life:
    """How a licence stands. ``end``: the first moment after its term, None where time does not end it; ``closes_at``:
    when documents close after the end; ``contested``: steps that are contested, with the moment;
    ``conversion``: the one that followed a deadline, as long as it may be contested; ``duties``: the last word about
    each thing that is due, by its key.
    """

    standing: Standing = Standing.IN_FORCE
    is_converted: bool = False
    end: datetime | None = None
    ended_at: datetime | None = None
    is_closed: bool = False
    renews: bool = True
    notices: Sequence[Open] = ()
    proposals: Sequence[Step] = ()
    contested: dict[str, datetime] = field(default_factory=dict)
    conversion: Step | None = None
    duties: dict[str, Step] = field(default_factory=dict)

    @property
    def is_over(self) -> bool:
        """Tell whether the licence has ended."""
        return self.standing in ENDED

    def notice(self, step_id: str | None) -> Open | None:
        """Return an open notice."""
        return next((one for one in self.notices if one.step.id == step_id), None)

    def proposal(self, step_id: str | None) -> Step | None:
        """Return an open proposal."""
        return next((one for one in self.proposals if one.id == step_id), None)


def fold(steps: Iterable[Step]) -> Life:
    """Return how a licence stands after its steps, oldest first."""
    life = Life()
    for step in steps:
        life = _after(life, step)
    return life


def _after(life: Life, step: Step) -> Life:
    if step.kind in (Kind.NOTICE, Kind.LEAVING):
        return replace(life, notices=(*life.notices, Open(step, step.due)))
    if step.kind is Kind.PROPOSED:
        return replace(life, proposals=(*life.proposals, step))
    if step.kind is Kind.CONTESTED:
        return _contested(life, step)
    if step.kind is Kind.CONTEST_ENDED:
        return _contest_ended(life, step)
    if step.kind in _ANSWERED:
        return _without(life, step.answers)
    if step.duty is not None:
        life = replace(life, duties={**life.duties, step.duty: step})
    return _changed(_without(life, step.answers), step)


def _changed(life: Life, step: Step) -> Life:
    """Return the life after a step that changes how the licence stands."""
    ended: dict[str, Any] = {"ended_at": step.at, "notices": (), "proposals": ()}
    changes: dict[Kind, dict[str, Any]] = {
        Kind.BEGAN: {"end": step.until},
        Kind.SUSPENDED: {"standing": Standing.SUSPENDED},
        Kind.RESUMED: {"standing": Standing.IN_FORCE},
        Kind.CONVERTED: {"is_converted": True, "conversion": step if step.side is None else None},
        Kind.RENEWED: {"end": step.until, "renews": True},
        Kind.NOT_RENEWED: {"renews": False},
        Kind.TERMINATED: {"standing": Standing.TERMINATED, **ended},
        Kind.SURRENDERED: {"standing": Standing.TERMINATED, **ended},
        Kind.EXPIRED: {"standing": Standing.EXPIRED, **ended},
        Kind.ACCESS_CLOSED: {"is_closed": True},
        Kind.HANDED_ON: {},  # who holds it makes no difference to how it stands
        **{kind: {} for kind in DUTY_KINDS},
    }
    return replace(life, **changes[step.kind])


def _without(life: Life, answered: str | None) -> Life:
    return replace(
        life,
        notices=tuple(one for one in life.notices if one.step.id != answered),
        proposals=tuple(one for one in life.proposals if one.id != answered),
    )


def _contested(life: Life, step: Step) -> Life:
    notices = tuple(replace(one, contested_at=step.at) if one.step.id == step.answers else one for one in life.notices)
    return replace(life, notices=notices, contested={**life.contested, str(step.answers): step.at})


def _contest_ended(life: Life, step: Step) -> Life:
    """A notice that falls is gone; the clock of one that stands goes on with what was left."""
    rest = {name: at for name, at in life.contested.items() if name != step.answers}
    is_settled = life.conversion is not None and life.conversion.id == step.answers
    life = replace(life, contested=rest, conversion=None if is_settled else life.conversion)
    if step.outcome is Outcome.FALLS:
        return _without(life, step.answers)
    return replace(
        life, notices=tuple(_goes_on(one, step) if one.step.id == step.answers else one for one in life.notices)
    )


def _goes_on(notice: Open, step: Step) -> Open:
    if notice.due is None or notice.contested_at is None:
        return replace(notice, contested_at=None)
    due = resumed(notice.due, stopped=notice.contested_at, again=step.at)
    return replace(notice, due=due, contested_at=None)


def due_steps(life: Life, terms: LicenceTerms) -> list[Due]:
    """Return what follows by itself, soonest first. What is contested is not among it."""
    if life.is_over:
        return _closing(life, terms)
    found = [due for notice in life.notices for due in _of_notice(notice, life, terms)]
    if life.end is not None:
        found.append(_at_end(life, life.end, terms))
    return sorted(found, key=lambda due: (due.at, list(Kind).index(due.kind), due.answers or ""))


def _closing(life: Life, terms: LicenceTerms) -> list[Due]:
    """Documents close when the licence ends, or when stocks are sold off, as agreed."""
    if life.is_closed or life.ended_at is None:
        return []
    days = terms.termination.sell_off_days if terms.termination else None
    return [Due(Kind.ACCESS_CLOSED, days_after(life.ended_at, days) if days else life.ended_at)]


def _of_notice(notice: Open, life: Life, terms: LicenceTerms) -> list[Due]:
    if notice.due is None or notice.contested_at is not None:
        return []
    step = notice.step
    kind = Kind.TERMINATED if step.kind is Kind.LEAVING else consequence_of(_ground(step), terms).kind
    if kind is None or (kind is Kind.CONVERTED and not can_convert(life, terms)):
        return []
    return [Due(kind, notice.due, step.ground, step.id)]


def _at_end(life: Life, end: datetime, terms: LicenceTerms) -> Due:
    renewal = terms.term.renewal
    if renewal is not None and renewal.auto and life.renews and life.standing is Standing.IN_FORCE:
        return Due(Kind.RENEWED, end, until=renewed(end, renewal.period_months))
    return Due(Kind.EXPIRED, end)


def _ground(step: Step) -> Ground:
    assert step.ground is not None
    return step.ground


def can_convert(life: Life, terms: LicenceTerms) -> bool:
    """Tell whether there is exclusivity to lose."""
    return not life.is_converted and terms.grant.exclusivity is not Exclusivity.NON_EXCLUSIVE


def last_word_on_renewal(life: Life, terms: LicenceTerms) -> datetime | None:
    """Return until when a notice about the renewal counts; None where the terms know no renewal."""
    renewal = terms.term.renewal
    if renewal is None or life.end is None:
        return None
    return days_before(life.end, renewal.notice_days) if renewal.notice_days else life.end
