"""Vectors in one matrix: every question is compared with all of them, which 100,000 take some 20 ms."""

import threading
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipx.core.meaning_ports import Vector

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

    def put(self, vectors: Mapping[str, Vector]) -> None:
        """Add or replace."""
        with self._turn:
            for key, vector in vectors.items():
                row = self._rows.setdefault(key, len(self._keys))
                if row == len(self._keys):
                    self._keys.append(key)
                    self._grow()
                self._sum -= self._matrix[row]
                self._matrix[row] = as_numbers(vector)
                self._sum += self._matrix[row]

    def remove(self, keys: Sequence[str]) -> None:
        """Take out."""
        with self._turn:
            for key in keys:
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
