"""Steps of a load that may be cut off at any moment: each is done once, and what it made is remembered."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.demo.models import DemoStepRow


class Steps:
    """The book of what is loaded."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def once(self, name: str, act: Callable[[Session], str]) -> str:
        """Do ``act`` in one transaction with its note, unless it is noted; return what it made."""
        made = self.made(name)
        if made is not None:
            return made
        with self._database.write() as session:
            made = act(session)
            session.add(DemoStepRow(name=name, made=made, done_at=self._clock.now()))
        return made

    def made(self, name: str) -> str | None:
        """Return what a step made, None when it is not done."""
        with self._database.read() as session:
            row = session.get(DemoStepRow, name)
            return row.made if row else None
