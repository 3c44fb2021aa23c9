"""Plays acts and time on one licence with the pure table of states, as the service does with rows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count

from ipx.deals.rules import Side
from ipx.licences.rules import Act as LicensedAct
from ipx.licences.terms_v2.conduct import Diligence, Efforts, MissedDiligence
from ipx.licences.terms_v2.ending import Termination
from ipx.licences.terms_v2.grant import (
    End,
    EndEvent,
    Exclusivity,
    FieldOfUse,
    Grant,
    GrantKind,
    Renewal,
    Start,
    StartEvent,
    Term,
    Territory,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.acts import Act, check, due_of, end_of
from ipx.life.duties import coming_duties
from ipx.life.duty_words import check_duty
from ipx.life.folding import Life, due_steps, fold
from ipx.life.rules import DUTY_KINDS, Kind, Outcome, Proposal, Step

BEGAN = datetime(2026, 1, 31, 15, 30, tzinfo=UTC)
END = datetime(2027, 1, 31, 15, 30, tzinfo=UTC)


def agreed(
    *,
    exclusivity: Exclusivity = Exclusivity.EXCLUSIVE,
    missed: MissedDiligence = MissedDiligence.CONVERT,
    renewal: Renewal | None = None,
    cure: int | None = 30,
    leaving: int | None = 60,
    sell_off: int | None = None,
) -> LicenceTerms:
    """Return terms with an end, cure periods and a right to leave."""
    return LicenceTerms(
        grant=Grant(kind=GrantKind.LICENCE, exclusivity=exclusivity, acts=frozenset({LicensedAct.MAKE})),
        field_of_use=FieldOfUse(),
        territory=Territory(worldwide=True),
        term=Term(Start(StartEvent.ON_PAYMENT), End(EndEvent.MONTHS, months=12), renewal=renewal),
        diligence=Diligence(efforts=Efforts.BEST, failure=missed, cure_days=45),
        termination=Termination(breach_cure_days=cure, convenience_notice_days=leaving, sell_off_days=sell_off),
    )


class Player:
    """Plays acts and time on one licence, as the service does: what has come due happens before each act."""

    def __init__(self, terms: LicenceTerms) -> None:
        self.terms, self.now, self.ids = terms, BEGAN, count()
        self.steps = [Step("began", Kind.BEGAN, None, BEGAN, until=END)]

    @property
    def life(self) -> Life:
        return fold(self.steps)

    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)
        self.catch_up()

    def catch_up(self) -> None:
        while (coming := due_steps(self.life, self.terms)) and coming[0].at <= self.now:
            due, contested = coming[0], self.life.contested
            assert due.answers not in contested, "a consequence of something contested"
            self.add(due.kind, None, due.at, ground=due.ground, answers=due.answers, until=due.until)

    def act(self, kind: Kind, side: Side, **values: object) -> Step:
        self.catch_up()
        act = Act(kind, side, self.now, **values)  # type: ignore[arg-type]
        if kind in DUTY_KINDS:
            check_duty(self.life, act, self.duties())
        else:
            check(self.life, self.terms, act)
        proposed = self.life.proposal(act.answers)
        until = END + timedelta(days=400) if act.proposal is Proposal.RENEW else None
        until = until or end_of(act, self.life, self.terms, asked=proposed.until if proposed else None)
        return self.add(kind, side, self.now, due=due_of(act, self.terms), until=until, **values)

    def duties(self) -> set[str]:
        """Return the keys of what the terms ask for within a year."""
        if self.life.is_over:
            return set()
        first = self.now.date()
        found = coming_duties(
            self.terms, begins=BEGAN, end=self.life.end, today=first, until=first + timedelta(days=365)
        )
        return {one.duty.key for one in found}

    def end_contest(self, answers: str, outcome: Outcome) -> None:
        self.add(Kind.CONTEST_ENDED, None, self.now, answers=answers, outcome=outcome)

    def add(self, kind: Kind, side: Side | None, at: datetime, **values: object) -> Step:
        step = Step(f"s{next(self.ids)}", kind, side, at, **values)  # type: ignore[arg-type]
        self.steps.append(step)
        return step
