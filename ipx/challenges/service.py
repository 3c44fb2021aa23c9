"""The door to challenges: calls, entries, the panel, the blind evaluation and the award."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.challenges.awards import Awards
from ipx.challenges.calls import Calls
from ipx.challenges.entries import Entries
from ipx.challenges.evaluation import Evaluation
from ipx.challenges.options import Options
from ipx.challenges.panel import Panel
from ipx.db.session import Database

AT_ONCE = 100


@dataclass(frozen=True)
class ChallengeService:
    """The parts of a challenge."""

    database: Database
    calls: Calls
    entries: Entries
    panel: Panel
    evaluation: Evaluation
    awards: Awards
    options: Options

    def close_due(self) -> bool:
        """Close the calls whose deadline has passed, as a chore. True when there may be more to close.

        Kept by rows, not by a clock that runs: after a stop, however long, the next look catches up; each call closes
        once, with its notices, in one transaction.
        """
        with self.database.write() as session:
            return self._close(session)

    def tell_of_options(self) -> bool:
        """Tell of options that end, as a chore. True when there may be more."""
        with self.database.write() as session:
            return self.options.tell_due(session, limit=AT_ONCE) == AT_ONCE

    def _close(self, session: Session) -> bool:
        return self.calls.close_due(session, limit=AT_ONCE) == AT_ONCE
