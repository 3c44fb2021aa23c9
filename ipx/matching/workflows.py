"""How the index follows the catalogue, after the transaction that changed it. Writes the index and nothing else."""

import logging
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.core.errors import Conflict, Unavailable
from ipx.core.ports import SearchDocument
from ipx.db.durable import Durable, Workflow
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.matching.events import Indexed
from ipx.matching.service import EMBED_MISSING, INDEX_LISTING, REBUILD, REBUILD_AFRESH, SearchService
from ipx.matching.vectors import VectorStore

log = logging.getLogger("ipx.matching")

ROUND, BATCH = 10_000, 32
"""Things that one step of a workflow embeds, and those that are read and written together. Each step looks once
through all that is public, so it takes many."""


class MatchingWorkflows:
    """Durable flows of this room."""

    def __init__(self, *, durable: Durable, database: Database, search: SearchService, events: Events) -> None:
        self._events = events
        self._durable = durable
        self._database = database
        self._search = search

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {
            INDEX_LISTING: self.index_listing,
            REBUILD: self.rebuild,
            REBUILD_AFRESH: self.rebuild_afresh,
            EMBED_MISSING: self.embed_missing,
        }

    def index_listing(self, kind: str, id: str, version: str) -> None:
        """Read what is public now and write it, again and again while the index is down. Also for needs.

        Indexed follows.
        """
        self._durable.outside(self._write, kind, id, int(version))
        self._durable.outside(self._embed, kind, id)
        self._durable.transaction(self._tell, kind, id, int(version))

    def rebuild(self, key: str) -> None:
        """Build the index anew; ``key`` only tells this request from others."""
        self._durable.outside(self._rebuild)

    def rebuild_afresh(self, key: str) -> None:
        """Build the index anew and forget what was removed: for a database that was put back to an earlier state."""
        self._durable.outside(self._rebuild, True)

    def embed_missing(self, key: str) -> None:
        """Embed what has no vector, ROUND by ROUND; what is written stays when it is interrupted."""
        while self._durable.outside(self._embed_some):
            pass

    def _embed(self, kind: str, id: str) -> None:
        if (vectors := self._search.vectors) is None:
            return
        with self._database.read() as session:
            document = self._search.document(session, kind, id)
        if document is not None:
            self._made(vectors, [document])
            return
        with self._database.write() as session:
            vectors.forget(session, kind=kind, thing_id=id)

    def _embed_some(self) -> bool:
        """Embed one round. Return whether there may be more."""
        if (vectors := self._search.vectors) is None:
            return False
        with self._database.read() as session:
            keys = self._search.lacking(session, limit=ROUND)
        batches = [keys[begin : begin + BATCH] for begin in range(0, len(keys), BATCH)]
        return all(self._embed_batch(vectors, batch) for batch in batches) and len(keys) == ROUND

    def _embed_batch(self, vectors: VectorStore, keys: Sequence[tuple[str, str]]) -> bool:
        """Embed things as they are now: a round takes minutes, and what was taken down meanwhile must stay away."""
        with self._database.read() as session:
            documents = [self._search.document(session, kind, key) for kind, key in keys]
        return self._made(vectors, [document for document in documents if document is not None])

    def _made(self, vectors: VectorStore, documents: Sequence[SearchDocument]) -> bool:
        """Embed and write; without the model nothing is held up, and the next look asks again."""
        try:
            made = vectors.meanings_of(documents)
        except Unavailable as error:
            log.warning("%s things have no vector yet: %s", len(documents), error.message)
            with self._database.write() as session:
                # The vector of an older text would mislead, and would not be noticed as missing.
                vectors.remove(session, documents)
            return False
        try:
            with self._database.write() as session:
                vectors.write(session, documents, made)
        except IntegrityError:
            # Another worker was writing one of them: what is then still lacking comes with the next round.
            log.info("vectors of %s things were being written twice", len(documents))
        return True

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
