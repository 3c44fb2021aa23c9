"""From the evaluators' scores to a ranking. Pure and exact: fractions, never floats."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from ipx.challenges.rules import ALL_WEIGHTS, Criterion


@dataclass(frozen=True)
class Ranked:
    """An entry's place; entries with the same mean share it, and the next place is left out."""

    entry_id: str
    mean: Fraction
    place: int
    votes: int


def weighted(scores: Sequence[int], criteria: Sequence[Criterion]) -> Fraction:
    """Return one evaluator's score of an entry, 0 to 10: the sum of weight times score over 100."""
    total = sum(criterion.weight * score for criterion, score in zip(criteria, scores, strict=True))
    return Fraction(total, ALL_WEIGHTS)


def ranking(scores: Mapping[str, Sequence[Sequence[int]]], criteria: Sequence[Criterion]) -> list[Ranked]:
    """Return the entries from the best on, each by the mean of its evaluators; an entry without a vote has mean 0."""
    means = {entry_id: _mean(votes, criteria) for entry_id, votes in scores.items()}
    ordered = sorted(means, key=lambda entry_id: (-means[entry_id], entry_id))
    return [
        Ranked(
            entry_id,
            means[entry_id],
            1 + sum(mean > means[entry_id] for mean in means.values()),
            len(scores[entry_id]),
        )
        for entry_id in ordered
    ]


def _mean(votes: Sequence[Sequence[int]], criteria: Sequence[Criterion]) -> Fraction:
    if not votes:
        return Fraction(0)
    return sum((weighted(vote, criteria) for vote in votes), Fraction(0)) / len(votes)
