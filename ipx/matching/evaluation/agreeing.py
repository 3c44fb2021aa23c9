"""How far two engines agree: what part of their first ten is the same, question by question."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ipx.core.ports import SearchIndex, SearchQuery
from ipx.matching.evaluation.files import Task
from ipx.matching.ranking.ranker import Ranker

DEPTH = 10


@dataclass(frozen=True)
class Agreement:
    """Shares of common results, from 0 to 1, one for each question that either engine finds anything for."""

    shares: Sequence[float]

    @property
    def median(self) -> float:
        """Return the share that half of the questions reach."""
        return median(self.shares)

    def record(self) -> dict[str, object]:
        """Return the figures as JSON."""
        low = sum(share < GOAL for share in self.shares) / len(self.shares)
        mean = sum(self.shares) / len(self.shares)
        return {
            "median_overlap@10": round(self.median, 3),
            "mean_overlap@10": round(mean, 3),
            "below_goal": round(low, 3),
            "questions": len(self.shares),
        }


GOAL = 0.7
"""Median overlap that is asked of the two engines."""


def agreement(task: Task, *, one: SearchIndex, other: SearchIndex) -> Agreement:
    """Fill both indices, which must be empty, and ask both by words, as users ask. Raises Unavailable."""
    for index in (one, other):
        index.rebuild(iter(task.documents))
    pairs = [(_first(one, task, name), _first(other, task, name)) for name in task.questions]
    return Agreement([share for here, there in pairs if (share := overlap(here, there)) is not None])


def overlap(one: Sequence[str], other: Sequence[str]) -> float | None:
    """Return the common part of two lists of results, over the longer one; None where both are empty."""
    longest = max(len(one), len(other))
    return len(set(one) & set(other)) / longest if longest else None


def _first(index: SearchIndex, task: Task, name: str) -> list[str]:
    query = SearchQuery(kind=task.kind, limit=DEPTH, with_fragments=False)
    return [hit.id for hit in Ranker(index=index).rank(query, task.questions[name]).hits]
