"""How the index follows the catalogue, after the transaction that changed it. Writes the index and nothing else."""

from sqlalchemy.orm import Session

from ipx.core.errors import Conflict, Unavailable
from ipx.db.durable import Durable, Workflow
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.matching.events import Indexed
from ipx.matching.service import INDEX_LISTING, REBUILD, REBUILD_AFRESH, SearchService


class MatchingWorkflows:
    """Durable flows of this room."""

    def __init__(self, *, durable: Durable, database: Database, search: SearchService, events: Events) -> None:
        self._events = events
        self._durable = durable
        self._database = database
        self._search = search

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {INDEX_LISTING: self.index_listing, REBUILD: self.rebuild, REBUILD_AFRESH: self.rebuild_afresh}

    def index_listing(self, kind: str, id: str, version: str) -> None:
        """Read what is public now and write it, again and again while the index is down. Also for needs.

        Indexed follows.
        """
        self._durable.outside(self._write, kind, id, int(version))
        self._durable.transaction(self._tell, kind, id, int(version))

    def rebuild(self, key: str) -> None:
        """Build the index anew; ``key`` only tells this request from others."""
        self._durable.outside(self._rebuild)

    def rebuild_afresh(self, key: str) -> None:
        """Build the index anew and forget what was removed: for a database that was put back to an earlier state."""
        self._durable.outside(self._rebuild, True)

    def _write(self, kind: str, id: str, version: int) -> None:
        # Read within the step: a document is too large to keep as a result, and a repeat should see the newest.
        with self._database.read() as session:
            document = self._search.document(session, kind, id)
        self._search.write(document, kind, id, version)

    def _tell(self, session: Session, kind: str, id: str, version: int) -> None:
        self._events.publish(session, Indexed(kind, id, version))

    def _rebuild(self, afresh: bool = False) -> int:
        try:
            with self._database.read() as session:
                return self._search.rebuild(session, afresh=afresh)
        except Conflict as error:
            # The one under way may have begun to read before what we are to index: do it again afterwards.
            raise Unavailable(error.message) from error
