"""Vectors in one matrix: every question is compared with all of them, which 100,000 take some 20 ms."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipx.core.meaning_ports import Closest, Sentences, Vector

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.float32]

DIMENSIONS = 384
_FIRST = 1_024
PRIOR = 200
"""Vectors of no direction that the mean of a space is taken with: a handful has no middle worth the name."""
SAMPLE, NEAREST = 1_000, 0.02
"""Vectors that stand for all where it is asked how crowded it is, and the part of them that counts as near."""
_SAME = 0.9999
"""From this cosine on two vectors are one text, most often the very document; it does not crowd itself."""


def as_vector(numbers: "Numbers | Any") -> Vector:
    """Return numbers as a vector of unit length."""
    import numpy as np

    unit = numbers / max(float(np.linalg.norm(numbers)), 1e-12)
    return bytes(unit.astype("<f2").tobytes())


def as_numbers(vector: Vector) -> "Numbers":
    """Return the numbers of a vector."""
    import numpy as np

    return np.frombuffer(vector, dtype="<f2").astype(np.float32)


def as_sentences(vectors: Sequence[Vector]) -> Sentences:
    """Return the directions of vectors as 8-bit integers, the largest number of each as 127."""
    import numpy as np

    if not vectors:
        return b""
    rows = np.array([as_numbers(vector) for vector in vectors])
    largest = np.maximum(np.abs(rows).max(axis=1, keepdims=True), 1e-12)
    return bytes(np.rint(rows * (127 / largest)).astype(np.int8).tobytes())


def _units(rows: "NDArray[np.floating[Any]]") -> "NDArray[np.floating[Any]]":
    import numpy as np

    units: NDArray[np.floating[Any]] = rows / np.maximum(np.linalg.norm(rows, axis=-1, keepdims=True), 1e-12)
    return units


class MatrixSpace:
    """Port FilledSpace: rows of a matrix that doubles when full; the last row fills the place of one taken out."""

    def __init__(self) -> None:
        import numpy as np

        self._turn = threading.RLock()
        self._matrix: Numbers = np.zeros((_FIRST, DIMENSIONS), dtype=np.float32)
        self._sum: NDArray[np.float64] = np.zeros(DIMENSIONS)
        self._keys: list[str] = []
        self._rows: dict[str, int] = {}
        self._sentences: dict[str, Sentences] = {}

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Add or replace."""
        with self._turn:
            for key, vector in vectors.items():
                self._sentences.pop(key, None)
                row = self._rows.setdefault(key, len(self._keys))
                if row == len(self._keys):
                    self._keys.append(key)
                    self._grow()
                self._sum -= self._matrix[row]
                self._matrix[row] = as_numbers(vector)
                self._sum += self._matrix[row]

    def put_sentences(self, sentences: Mapping[str, Sentences]) -> None:
        """Add or replace the sentences of some."""
        with self._turn:
            self._sentences |= sentences

    def remove(self, keys: Sequence[str]) -> None:
        """Take out."""
        with self._turn:
            for key in keys:
                self._sentences.pop(key, None)
                if (row := self._rows.pop(key, None)) is None:
                    continue
                self._sum -= self._matrix[row]
                last = self._keys.pop()
                if last != key:
                    self._keys[row], self._rows[last] = last, row
                    self._matrix[row] = self._matrix[len(self._keys)]
                self._matrix[len(self._keys)] = 0

    def nearest(self, vector: Vector, *, limit: int) -> Sequence[tuple[str, float]]:
        """Compare with all; equal ones in the order of their keys."""
        import numpy as np

        with self._turn:
            count = len(self._keys)
            cosines = self._matrix[:count] @ as_numbers(vector)
            best = np.argpartition(-cosines, limit)[:limit] if limit < count else np.arange(count)
            pairs = [(self._keys[row], float(cosines[row])) for row in best]
        return sorted(pairs, key=lambda pair: (-pair[1], pair[0]))

    def cosines(self, vector: Vector, keys: Sequence[str], *, centred: bool = False) -> Mapping[str, float]:
        """Compare with some; ``centred``: after the mean of all was taken off both sides."""
        with self._turn:
            known, rows = self._held(keys)
            middle = self._middle(centred=centred)
        return _compared(vector, known, rows, middle)

    def cosines_of(self, vector: Vector, others: Mapping[str, Vector], *, centred: bool = False) -> Mapping[str, float]:
        """Compare with vectors that are given; ``centred``: after the mean of those that are here was taken off."""
        with self._turn:
            middle = self._middle(centred=centred)
        return _compared(vector, list(others), _matrix_of(others), middle)

    def crowding(self, keys: Sequence[str]) -> Mapping[str, float]:
        """Tell of some how crowded it is around them."""
        with self._turn:
            known, rows = self._held(keys)
        return self._crowding(known, rows)

    def crowding_of(self, others: Mapping[str, Vector]) -> Mapping[str, float]:
        """Tell of vectors that are given how crowded it is here around them."""
        return self._crowding(list(others), _matrix_of(others))

    def closest(self, asked: Sequence[Vector], keys: Sequence[str]) -> Mapping[str, Closest]:
        """Compare what is asked with the sentences of some."""
        with self._turn:
            held = {key: self._sentences[key] for key in keys if key in self._sentences}
        return self.closest_of(asked, held)

    def closest_of(self, asked: Sequence[Vector], others: Mapping[str, Sentences]) -> Mapping[str, Closest]:
        """Compare what is asked with sentences that are given."""
        import numpy as np

        said = {key: some for key, some in others.items() if some}
        if not (asked and said):
            return {}
        rows = np.frombuffer(b"".join(said.values()), dtype=np.int8).reshape(-1, DIMENSIONS).astype(np.float32)
        cosines = _units(rows) @ np.array([as_numbers(vector) for vector in asked]).T
        ends = np.cumsum([len(some) // DIMENSIONS for some in said.values()])
        each = np.split(cosines, ends[:-1])
        return {key: _closest(some) for key, some in zip(said, each, strict=True)}

    def _held(self, keys: Sequence[str]) -> "tuple[list[str], Numbers]":
        """Return those of ``keys`` that are here, and a copy of their rows."""
        known = [key for key in keys if key in self._rows]
        return known, self._matrix[[self._rows[key] for key in known]]

    def _crowding(self, keys: Sequence[str], rows: "Numbers") -> Mapping[str, float]:
        import numpy as np

        with self._turn:
            count = len(self._keys)
            sample = self._matrix[: count : max(count // SAMPLE, 1)].copy()
            middle = self._middle(centred=True)
        if not (keys and count):
            return {}
        near = _units(rows - middle) @ _units(sample - middle).T
        near[near > _SAME] = 0
        most = max(int(len(sample) * NEAREST), 1)
        means = np.partition(near, -most, axis=1)[:, -most:].mean(axis=1) * count / (count + PRIOR)
        return {key: float(mean) for key, mean in zip(keys, means, strict=True)}

    def _middle(self, *, centred: bool) -> "NDArray[np.float64]":
        import numpy as np

        return self._sum / (len(self._keys) + PRIOR) if centred else np.zeros(DIMENSIONS)

    def _grow(self) -> None:
        import numpy as np

        if len(self._keys) > len(self._matrix):
            self._matrix = np.concatenate([self._matrix, np.zeros_like(self._matrix)])


def _closest(cosines: "NDArray[np.floating[Any]]") -> Closest:
    """Return what the cosines of a text's sentences (rows) with what is asked (columns) say."""
    return Closest(float(cosines.max(axis=0).mean()), int(cosines.max(axis=1).argmax()))


def _matrix_of(vectors: Mapping[str, Vector]) -> "Numbers":
    import numpy as np

    return np.array([as_numbers(vector) for vector in vectors.values()], dtype=np.float32)


def _compared(
    vector: Vector, keys: Sequence[str], rows: "Numbers", middle: "NDArray[np.float64]"
) -> Mapping[str, float]:
    if not keys:
        return {}
    found = _units(rows - middle) @ _units(as_numbers(vector) - middle)
    return {key: float(cosine) for key, cosine in zip(keys, found, strict=True)}
