"""The vectors of public listings and needs: kept in a table, and in memory as the spaces that are searched.

They are a way to find things, as the index is: whatever is missing, old or of another model is made anew.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from ipx.core.meaning_ports import Meaning, Space
from ipx.core.ports import SearchDocument
from ipx.matching.models import VectorRow
from ipx.matching.ranking.passages import document_vectors

Token = tuple[int, int, int]


@dataclass
class _Loaded:
    """A space in memory, and which rows it was filled from."""

    space: Space
    token: Token
    positions: dict[str, int]


class VectorStore:
    """Vectors of one model. Threads may share it; other processes' rows are seen at the next question."""

    def __init__(self, meaning: Meaning) -> None:
        self._meaning = meaning
        self._loading = threading.Lock()
        self._spaces: dict[str, _Loaded] = {}

    def space(self, session: Session, *, kind: str) -> Space:
        """Return the vectors of a kind, in step with the table."""
        token = self._token(session, kind)
        with self._loading:
            loaded = self._spaces.setdefault(kind, _Loaded(self._meaning.space(), (0, 0, 0), {}))
            if loaded.token != token:
                self._follow(session, kind, loaded)
                loaded.token = token
            return loaded.space

    def made(self, session: Session) -> int:
        """Return how many things have their vector of this model."""
        rows = select(func.count()).select_from(VectorRow).where(VectorRow.model == self._meaning.model)
        return session.scalar(rows) or 0

    def lacking(self, session: Session, documents: Iterable[SearchDocument], *, limit: int) -> list[SearchDocument]:
        """Return the first of ``documents`` whose present version has no vector of this model."""
        rows = session.execute(
            select(VectorRow.kind, VectorRow.thing_id, VectorRow.version).where(VectorRow.model == self._meaning.model)
        )
        have = {(kind, thing): version for kind, thing, version in rows}
        return list(islice((one for one in documents if have.get((one.kind, one.id), -1) < one.version), limit))

    def vectors_of(self, documents: Sequence[SearchDocument]) -> Mapping[str, bytes]:
        """Embed documents of one kind; what has no word has an empty vector. Raises Unavailable."""
        return {document.id: b"" for document in documents} | document_vectors(self._meaning, documents)

    def write(self, session: Session, documents: Sequence[SearchDocument], vectors: Mapping[str, bytes]) -> None:
        """Put vectors in the place of older ones. A newer version that is there stays."""
        for document in documents:
            place = (VectorRow.kind == document.kind, VectorRow.thing_id == document.id)
            found = session.scalar(select(VectorRow).where(*place).with_for_update())
            if found and found.model == self._meaning.model and found.version > document.version:
                continue
            if found:
                # A new row has a new position, by which other processes notice it.
                session.delete(found)
                session.flush()
            session.add(
                VectorRow(
                    kind=document.kind,
                    thing_id=document.id,
                    version=document.version,
                    model=self._meaning.model,
                    vector=vectors[document.id],
                )
            )

    def remove(self, session: Session, documents: Sequence[SearchDocument]) -> None:
        """Take out the vectors of documents, which then lack theirs."""
        for document in documents:
            self.forget(session, kind=document.kind, thing_id=document.id)

    def forget(self, session: Session, *, kind: str, thing_id: str) -> None:
        """Take out what is no longer public."""
        session.execute(delete(VectorRow).where(VectorRow.kind == kind, VectorRow.thing_id == thing_id))

    def _token(self, session: Session, kind: str) -> Token:
        """Return numbers that change with every row that comes or goes."""
        columns = (func.count(), func.max(VectorRow.position), func.sum(VectorRow.position))
        count, newest, total = session.execute(select(*columns).where(*self._mine(kind))).one()
        return int(count), int(newest or 0), int(total or 0)

    def _follow(self, session: Session, kind: str, loaded: _Loaded) -> None:
        rows = session.execute(select(VectorRow.thing_id, VectorRow.position).where(*self._mine(kind)))
        positions = {row.thing_id: row.position for row in rows}
        loaded.space.remove([key for key in loaded.positions if key not in positions])
        fresh = [position for key, position in positions.items() if loaded.positions.get(key) != position]
        for some in _chunks(fresh):
            found = session.execute(select(VectorRow.thing_id, VectorRow.vector).where(VectorRow.position.in_(some)))
            loaded.space.put({row.thing_id: row.vector for row in found})
        loaded.positions = positions

    def _mine(self, kind: str) -> tuple[ColumnElement[bool], ...]:
        return VectorRow.kind == kind, VectorRow.model == self._meaning.model, func.length(VectorRow.vector) > 0


def _chunks(positions: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    for begin in range(0, len(positions), size):
        yield positions[begin : begin + size]
