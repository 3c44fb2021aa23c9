"""All deadlines of an organisation, for its officers: of rights, of disclosures, of funding. Reads only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.ports import Clock
from ipx.inventions.bar_dates import BarDate, Rule
from ipx.inventions.deadlines import Deadline, RightFacts, deadlines_of_funding, deadlines_of_right
from ipx.inventions.known_bars import bars_of, filings_of, is_us_federal
from ipx.inventions.records import Invention
from ipx.inventions.rules import State
from ipx.inventions.shelf import Shelf
from ipx.technologies.records import Right
from ipx.technologies.service import TechnologyService


@dataclass(frozen=True)
class Reminder:
    """A deadline or a bar date and what it is about; ``page`` is a path of ours."""

    about: str
    page: str
    what: Deadline | BarDate

    @property
    def day(self) -> date | None:
        """Return the last day, None where it is not known."""
        return self.what.day if isinstance(self.what, Deadline) else self.what.last_day


@dataclass(frozen=True)
class Reminders:
    """What is coming, what has gone by, and what hangs on an event that is not recorded; each in its order."""

    coming: Sequence[Reminder]
    gone: Sequence[Reminder]
    undated: Sequence[Reminder]


class ReminderBook:
    """Collects reminders."""

    def __init__(self, *, shelf: Shelf, technologies: TechnologyService, clock: Clock) -> None:
        self._shelf = shelf
        self._technologies = technologies
        self._clock = clock

    def of(self, session: Session, *, actor: Actor) -> Reminders:
        """Return the reminders of the actor's organisation that the actor may see."""
        today = self._clock.now().date()
        found = [*self._of_rights(session, actor, today), *self._of_inventions(session, actor)]
        dated = sorted((one for one in found if one.day is not None), key=lambda one: (one.day, one.about))
        return Reminders(
            coming=[one for one in dated if one.day is not None and one.day >= today],
            gone=[one for one in reversed(dated) if one.day is not None and one.day < today],
            undated=[one for one in found if one.day is None],
        )

    def _of_rights(self, session: Session, actor: Actor, today: date) -> Iterator[Reminder]:
        for line in self._technologies.technologies_of(session, organisation_id=actor.organisation_id):
            technology = self._technologies.technology(session, actor=actor, technology_id=line.id)
            for right in technology.rights:
                for deadline in deadlines_of_right(_facts(right), today=today):
                    page = f"/technologies/{technology.id}#record-{right.id}"
                    yield Reminder(right.particulars.title, page, deadline)

    def _of_inventions(self, session: Session, actor: Actor) -> Iterator[Reminder]:
        for line in self._shelf.lines(session, actor):
            if line.state in (State.DRAFT, State.DECLINED):
                continue
            row = self._shelf.readable_row(session, actor, line.id)
            invention = self._shelf.view(session, row, actor)
            found: list[BarDate | Deadline] = [*self._open_bars(invention), *_of_funding(invention)]
            for what in found:
                yield Reminder(invention.title, f"/inventions/{invention.id}", what)

    def _open_bars(self, invention: Invention) -> list[BarDate]:
        """Return the bar dates that no filing has met."""
        return [bar for bar in bars_of(invention.content) if bar.met_on is None]


def _of_funding(invention: Invention) -> list[Deadline]:
    if not is_us_federal(invention.content):
        return []
    bars = bars_of(invention.content)
    us = [bar.last_day for bar in bars if bar.rule in (Rule.US_GRACE, Rule.US_ON_SALE) and bar.last_day]
    return deadlines_of_funding(
        disclosed_on=invention.submissions[0].submitted_at.date(),
        us_bar=min(us, default=None),
        first_filing=min(filings_of(invention.content), default=None),
    )


def _facts(right: Right) -> RightFacts:
    said = right.particulars
    return RightFacts(
        kind=said.kind,
        office=said.office,
        filed_on=said.filed_on,
        published_on=said.published_on,
        granted_on=said.granted_on,
    )
