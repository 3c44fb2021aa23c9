"""The spaces that are searched, in step with the table of vectors: whole in memory up to a number, above it on demand.

They must notice what other processes write without reading the table at each search: a new vector always has a new
position (``VectorRow``), so the newest positions tell. What was taken out long after it was written is noticed within
AGAIN_SECONDS; until then it is a key that the index does not find.
"""

import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from ipx.core.meaning_ports import Closest, FilledSpace, Meaning, Sentences, Space, Vector
from ipx.matching.models import SentencesRow, VectorRow
from ipx.matching.ranking.passages import made_by

Thing = TypeVar("Thing")
MOST_IN_MEMORY = 100_000
"""Vectors of one kind that are held and compared with each question (150 MB, some 20 ms). Of more, those of the
candidates alone are read and put in order by; nothing is found by its meaning alone then."""
RECENT = 1_000
"""Positions before the newest that are looked at again: transactions do not commit in the order of their positions."""
AGAIN_SECONDS = 300.0
"""After which the table is looked through whole."""
SAMPLE = 5_000
"""Vectors whose mean stands for that of more than are held."""


@dataclass
class _Loaded:
    """What is held of a kind: all vectors and their positions, or where there are too many a sample (``is_sample``).

    ``newest`` and ``recent``: the last position, and how many rows there were from RECENT before it on.
    """

    space: FilledSpace
    positions: dict[str, int] = field(default_factory=dict)
    is_sample: bool = False
    newest: int = 0
    recent: int = 0
    looked_at: float = float("-inf")


class Spaces:
    """The spaces of one model. Threads may share it; a space is good for as long as the session that it came with."""

    def __init__(self, meaning: Meaning, *, most: int = MOST_IN_MEMORY, again: float = AGAIN_SECONDS) -> None:
        """``most`` vectors of a kind are held; the table is looked through whole after ``again`` seconds."""
        self._meaning = meaning
        self._made_by = made_by(meaning)
        self._most = most
        self._again = again
        self._turn = threading.Lock()
        self._loaded: dict[str, _Loaded] = {}

    def space(self, session: Session, *, kind: str) -> Space:
        """Return the vectors of a kind, in step with the table."""
        with self._turn:
            loaded = self._loaded.setdefault(kind, _Loaded(self._meaning.space()))
            if time.monotonic() - loaded.looked_at >= self._again:
                loaded = self._loaded[kind] = self._looked_through(session, kind, loaded)
            elif not loaded.is_sample and (newest := self._news(session, loaded)) is not None:
                self._follow(session, kind, loaded, newest)
            asked = _AskedSpace if loaded.is_sample else _HeldSpace
            return asked(session, self._mine(kind), loaded.space)

    def mine(self) -> ColumnElement[bool]:
        """Return the condition of rows that are of this model, and made as they are made now."""
        return VectorRow.model == self._made_by

    def _looked_through(self, session: Session, kind: str, loaded: _Loaded) -> _Loaded:
        count = session.scalar(select(func.count()).select_from(VectorRow).where(*self._mine(kind))) or 0
        if count > self._most:
            return self._sampled(session, kind, count)
        if loaded.is_sample:
            loaded = _Loaded(self._meaning.space())
        loaded.newest = 0
        self._follow(session, kind, loaded, session.scalar(select(func.max(VectorRow.position))) or 0)
        loaded.looked_at = time.monotonic()
        return loaded

    def _sampled(self, session: Session, kind: str, count: int) -> _Loaded:
        """Hold every n-th vector."""
        sample = _Loaded(self._meaning.space(), is_sample=True, looked_at=time.monotonic())
        every = max(count // SAMPLE, 1)
        chosen = select(VectorRow.position).where(*self._mine(kind), VectorRow.position % every == 0)
        for vectors in _vectors_at(session, session.scalars(chosen.limit(2 * SAMPLE)).all()):
            sample.space.put(vectors)
        return sample

    def _news(self, session: Session, loaded: _Loaded) -> int | None:
        """Return the newest position when anything was written since, or was taken out of the newest; else None."""
        newest, recent = self._newest(session, loaded.newest)
        return None if (newest, recent) == (loaded.newest, loaded.recent) else newest

    def _newest(self, session: Session, known: int) -> tuple[int, int]:
        columns = (func.max(VectorRow.position), func.count())
        newest, recent = session.execute(select(*columns).where(VectorRow.position > known - RECENT)).one()
        return int(newest or 0), int(recent)

    def _follow(self, session: Session, kind: str, loaded: _Loaded, newest: int) -> None:
        """Put in and take out what changed after the last known position, and up to RECENT before it."""
        floor = loaded.newest - RECENT
        # Counted before they are read: what comes between the two is read now and noticed again.
        loaded.recent = self._newest(session, newest)[1]
        loaded.newest = newest
        columns = (VectorRow.thing_id, VectorRow.position)
        rows = session.execute(select(*columns).where(*self._mine(kind), VectorRow.position > floor))
        positions = {row.thing_id: row.position for row in rows}
        known = loaded.positions.items() if floor < 0 else [one for one in loaded.positions.items() if one[1] > floor]
        gone = [key for key, _ in known if key not in positions]
        fresh = [position for key, position in positions.items() if loaded.positions.get(key) != position]
        loaded.space.remove(gone)
        for key in gone:
            del loaded.positions[key]
        for vectors in _vectors_at(session, fresh):
            loaded.space.put(vectors)
        loaded.positions |= positions

    def _mine(self, kind: str) -> tuple[ColumnElement[bool], ...]:
        return VectorRow.kind == kind, self.mine(), func.length(VectorRow.vector) > 0


class _HeldSpace:
    """Port Space over vectors that are all in memory; sentences are read from the table for the keys that are asked
    for."""

    def __init__(self, session: Session, mine: tuple[ColumnElement[bool], ...], held: FilledSpace) -> None:
        self._session = session
        self._mine = mine
        self._held = held

    def nearest(self, vector: Vector, *, limit: int) -> Sequence[tuple[str, float]]:
        """Compare with all."""
        return self._held.nearest(vector, limit=limit)

    def cosines(self, vector: Vector, keys: Sequence[str], *, centred: bool = False) -> Mapping[str, float]:
        """Compare with some."""
        return self._held.cosines(vector, keys, centred=centred)

    def crowding(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Tell how crowded it is around some."""
        return self._held.crowding(keys)

    def closest(self, asked: Sequence[Vector], keys: Sequence[str]) -> Mapping[str, Closest]:
        """Compare with the sentences of some, which are read."""
        columns = (VectorRow.thing_id, SentencesRow.sentences)
        joined = select(*columns).join(SentencesRow, SentencesRow.position == VectorRow.position).where(*self._mine)
        found: dict[str, Sentences] = {}
        for some in _chunks(keys if asked else ()):
            rows = self._session.execute(joined.where(VectorRow.thing_id.in_(some)))
            found |= {row.thing_id: row.sentences for row in rows}
        return self._held.closest_of(asked, found)


class _AskedSpace(_HeldSpace):
    """Port Space where a sample is held: vectors too are read for the keys that are asked for; no more than these are
    compared."""

    def __init__(self, session: Session, mine: tuple[ColumnElement[bool], ...], held: FilledSpace) -> None:
        super().__init__(session, mine, held)
        self._known: dict[str, Vector] = {}

    def nearest(self, vector: Vector, *, limit: int) -> Sequence[tuple[str, float]]:
        """Return nothing: all would have to be compared."""
        return ()

    def cosines(self, vector: Vector, keys: Sequence[str], *, centred: bool = False) -> Mapping[str, float]:
        """Compare with some; ``centred``: seen from the middle of the sample."""
        return self._held.cosines_of(vector, self._read(keys), centred=centred)

    def crowding(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Tell how crowded the sample is around some."""
        return self._held.crowding_of(self._read(keys))

    def _read(self, keys: Sequence[str]) -> Mapping[str, Vector]:
        """Return the vectors of keys that have one; each is read once."""
        columns = (VectorRow.thing_id, VectorRow.vector)
        for some in _chunks(key for key in keys if key not in self._known):
            rows = self._session.execute(select(*columns).where(*self._mine, VectorRow.thing_id.in_(some)))
            self._known |= {row.thing_id: row.vector for row in rows}
        return {key: self._known[key] for key in keys if key in self._known}


def _vectors_at(session: Session, positions: Iterable[int]) -> Iterator[dict[str, Vector]]:
    for some in _chunks(positions):
        rows = session.execute(select(VectorRow.thing_id, VectorRow.vector).where(VectorRow.position.in_(some)))
        yield {row.thing_id: row.vector for row in rows}


def _chunks(things: Iterable[Thing], size: int = 500) -> Iterator[list[Thing]]:
    left = iter(things)
    while some := list(islice(left, size)):
        yield some
