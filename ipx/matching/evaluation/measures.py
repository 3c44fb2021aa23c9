"""Measures of retrieval, as trec_eval computes them, with intervals from the bootstrap. Pure."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

ROUNDS = 1_000
"""Samples of the bootstrap."""
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Measured:
    """A mean over questions, and between which values it lies in ``CONFIDENCE`` of the samples of questions."""

    mean: float
    low: float
    high: float


def ndcg(found: Sequence[str], grades: Mapping[str, int], *, depth: int = 10) -> float:
    """Return the discounted gain of the first ``depth`` over the best possible one; the gain is the grade (linear)."""
    gained = sum(grades.get(name, 0) / math.log2(place + 1) for place, name in enumerate(found[:depth], 1))
    best = sorted(grades.values(), reverse=True)[:depth]
    return gained / sum(grade / math.log2(place + 1) for place, grade in enumerate(best, 1))


def recall(found: Sequence[str], grades: Mapping[str, int], *, depth: int = 100) -> float:
    """Return the share of relevant documents that are among the first ``depth``."""
    return len(set(found[:depth]) & set(grades)) / len(grades)


def reciprocal_rank(found: Sequence[str], grades: Mapping[str, int], *, depth: int = 10) -> float:
    """Return 1 / the place of the first relevant document, 0 when none is among the first ``depth``."""
    return next((1 / place for place, name in enumerate(found[:depth], 1) if name in grades), 0.0)


def interval(values: Sequence[float], *, seed: int = 1) -> Measured:
    """Return the mean and its percentile interval from ROUNDS samples with replacement; the same for the same seed."""
    # Statistics, not secrets: it must come out the same every time.
    drawn = random.Random(seed)  # noqa: S311
    means = sorted(fmean(drawn.choices(values, k=len(values))) for _ in range(ROUNDS))
    tail = round((1 - CONFIDENCE) / 2 * ROUNDS)
    return Measured(fmean(values), means[tail], means[-tail - 1])
