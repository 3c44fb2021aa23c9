"""Meaning as numbers: what a model makes of a text, and how close two texts are. Nothing here needs a model."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

Vector = bytes
"""A vector of unit length: 16-bit floats, little endian, as many as the model has dimensions."""
Sentences = bytes
"""The vectors of a text's sentences, one after the other: of each its direction alone, as many 8-bit integers as the
model has dimensions."""


class Closest(NamedTuple):
    """How close the sentences of a text come to what is asked.

    ``cosine``: the mean, over the vectors asked, of that of the closest sentence. ``place``: which sentence, from 0,
    comes closest to any of them.
    """

    cosine: float
    place: int


class Space(Protocol):
    """Vectors by key, to compare with."""

    def nearest(self, vector: Vector, *, limit: int) -> Sequence[tuple[str, float]]:
        """Return the keys closest to ``vector`` with their cosine, closest first."""

    def cosines(self, vector: Vector, keys: Sequence[str], *, centred: bool = False) -> Mapping[str, float]:
        """Return the cosine of each of ``keys`` that is there.

        ``centred``: seen from the middle of all that is there, so that what all have in common tells nothing. Only
        cosines that are not centred mean the same in another space.
        """

    def crowding(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Return how crowded it is around each of ``keys`` that is there: the mean of its centred cosines to the
        nearest fiftieth of a sample, drawn towards 0 where little is there."""

    def closest(self, asked: Sequence[Vector], keys: Sequence[str]) -> Mapping[str, Closest]:
        """Return for each of ``keys`` whose sentences are there how close they come to what is ``asked``."""


class FilledSpace(Space, Protocol):
    """Vectors by key, in memory. Threads may share it."""

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Add or replace."""

    def put_sentences(self, sentences: Mapping[str, Sentences]) -> None:
        """Add or replace the sentences of some; what is taken out loses them."""

    def remove(self, keys: Sequence[str]) -> None:
        """Take out what is there of ``keys``."""

    def cosines_of(self, vector: Vector, others: Mapping[str, Vector], *, centred: bool = False) -> Mapping[str, float]:
        """Return the cosine of each of ``others``, which need not be there; ``centred`` as in ``cosines``."""

    def crowding_of(self, others: Mapping[str, Vector]) -> Mapping[str, float]:
        """Return how crowded it is here around each of ``others``, which need not be there."""

    def closest_of(self, asked: Sequence[Vector], others: Mapping[str, Sentences]) -> Mapping[str, Closest]:
        """Return what ``closest`` does, for sentences that need not be there."""


class Meaning(Protocol):
    """A model of sentences that works offline. The same text always gives the same vector."""

    @property
    def model(self) -> str:
        """Return what tells its vectors from those of another model: name and hash."""

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return one vector for each text; what is longer than the model reads is cut (128 tokens, some 90 words).

        Raises Unavailable when the model's file is missing or is not the one that was pinned.
        """

    def mean(self, vectors: Sequence[tuple[float, Vector]]) -> Vector:
        """Return the weighted mean of one or more vectors, of unit length again."""

    def sentences(self, vectors: Sequence[Vector]) -> Sentences:
        """Return vectors as they are kept for ``Space.closest``."""

    def space(self) -> FilledSpace:
        """Return an empty space for its vectors."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""
