"""Challenges for tests: a call of a city, entrants, a panel, and the steps from call to award."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ipx.challenges.models import ChallengeRow, EvaluatorRow
from ipx.challenges.records import CallDraft, Decision
from ipx.challenges.rules import Criterion, Outcome, Scenario
from ipx.challenges.service import ChallengeService
from ipx.challenges.terms import AwardKind, Ownership, make_entry_terms
from tests.licence_terms import terms
from tests.pages import Person
from tests.world import World

Found = TypeVar("Found")
TEXT = "We forecast the load a day ahead and dispatch within seconds, as field trials of two winters show."
SECRET = "Zirkonglanzverfahren"


def call_draft(world: World, **changes: Any) -> CallDraft:
    """Return a call that can be opened: two criteria, a licence on award, a deadline in a day."""
    entry_terms = {
        "ownership": Ownership.ENTRANT,
        "confidential_months": 24,
        "award": AwardKind.LICENCE,
        "option_days": None,
        "licence": terms(field_text="City grids").to_json(),
    }
    given: dict[str, Any] = {
        "title": "Dispatch of the city grid",
        "text": "The city seeks a dispatch that copes with wind and sun, an hour ahead.",
        "scenario": Scenario.GRID,
        "deadline": world.clock.now() + timedelta(days=1),
        "zone": "Europe/Berlin",
        "criteria": [Criterion("Fit", 70), Criterion("Readiness", 30)],
    }
    given |= {name: value for name, value in changes.items() if name in (*given, "need_ids")}
    entry_terms |= {name: value for name, value in changes.items() if name in entry_terms}
    return CallDraft(**given, terms=make_entry_terms(**entry_terms))


@dataclass
class ChallengeWorld:
    """A call on a world, with its organiser, and whoever joins."""

    world: World
    city: Person
    challenge_id: str = ""
    evaluators: list[Person] = field(default_factory=list)

    @property
    def service(self) -> ChallengeService:
        return self.world.service(ChallengeService)

    def write(self, act: Callable[..., Found], **given: Any) -> Found:
        return self.world.write(lambda session: act(session, **given))

    def read(self, look: Callable[..., Found], **given: Any) -> Found:
        return self.world.read(lambda session: look(session, **given))

    def drafted(self, **changes: Any) -> ChallengeWorld:
        call = call_draft(self.world, **changes)
        self.challenge_id = self.write(self.service.calls.draft, actor=self.city.actor, call=call)
        return self

    def opened(self, **changes: Any) -> ChallengeWorld:
        self.drafted(**changes)
        self.write(self.service.calls.open, actor=self.city.actor, challenge_id=self.challenge_id)
        return self

    def accept(self, person: Person) -> None:
        seen = self.world.row(ChallengeRow, self.challenge_id).terms_hash
        given = {"actor": person.actor, "challenge_id": self.challenge_id, "seen": seen}
        self.write(self.service.entries.accept_terms, **given)

    def begun(self, person: Person, technology_id: str) -> str:
        self.accept(person)
        given = {"actor": person.actor, "challenge_id": self.challenge_id, "technology_id": technology_id}
        return self.write(self.service.entries.begin, **given)

    def entered(self, person: Person, technology_id: str | None = None, *, title: str = "Dispatch in seconds") -> str:
        """Enter and submit, with a new listed technology unless one is given; return the entry's id."""
        found = technology_id or self.world.listing(person).technology_id
        assert found is not None
        entry_id = self.begun(person, found)
        entries = self.service.entries
        self.write(entries.save, actor=person.actor, entry_id=entry_id, title=title, text=f"{TEXT} {SECRET}")
        self.write(entries.submit, actor=person.actor, entry_id=entry_id)
        return entry_id

    def joined(self, person: Person) -> Person:
        """Invite somebody and let him take the invitation up by the mailed link."""
        given = {"actor": self.city.actor, "challenge_id": self.challenge_id, "email": person.email}
        self.write(self.service.panel.invite, **given)
        link = self.world.link_to(person.email, "challenges/invitations")
        answer = person.post(link, page=link)
        assert answer.status_code == 302, answer.text
        self.evaluators.append(person)
        return person

    def set_deadline(self, deadline: datetime) -> None:
        of_this = update(ChallengeRow).where(ChallengeRow.id == self.challenge_id)
        self.world.write(lambda session: session.execute(of_this.values(deadline=deadline)))

    def pass_deadline(self) -> None:
        """Let the deadline be a minute ago, and the chore look."""
        self.set_deadline(self.world.clock.now() - timedelta(minutes=1))
        self.service.close_due()

    def evaluating(self) -> None:
        self.pass_deadline()
        self.write(self.service.evaluation.begin, actor=self.city.actor, challenge_id=self.challenge_id)

    def declare(self, person: Person, entry_id: str, *, in_conflict: bool = False) -> None:
        evaluation = self.service.evaluation
        self.write(evaluation.declare_ties, actor=person.actor, challenge_id=self.challenge_id, names=[])
        self.write(evaluation.declare, actor=person.actor, entry_id=entry_id, in_conflict=in_conflict)

    def score(self, person: Person, entry_id: str, *scores: int, remark: str = "") -> None:
        given = {"actor": person.actor, "entry_id": entry_id, "scores": scores, "remark": remark}
        self.write(self.service.evaluation.score, **given)

    def shortlist(self, *entry_ids: str) -> None:
        given = {"actor": self.city.actor, "challenge_id": self.challenge_id, "entry_ids": entry_ids}
        self.write(self.service.awards.shortlist, **given)

    def award(self, *winners: str, others: tuple[str, ...] = ()) -> None:
        won = {one: Decision(Outcome.AWARDED, "It fits best, and the trial convinced the panel.") for one in winners}
        lost = {one: Decision(Outcome.DECLINED, "The forecast horizon is too short for the city.") for one in others}
        given = {"actor": self.city.actor, "challenge_id": self.challenge_id, "decisions": {**won, **lost}}
        self.write(self.service.awards.award, **given)

    def evaluator_row(self, person: Person) -> EvaluatorRow:
        def look(session: Session) -> EvaluatorRow:
            query = select(EvaluatorRow).where(EvaluatorRow.person_id == person.actor.person_id)
            found = session.scalars(query.where(EvaluatorRow.challenge_id == self.challenge_id)).one()
            session.expunge_all()
            return found

        return self.world.read(look)
