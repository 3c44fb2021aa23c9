"""Plays a task: fills an index, asks every judged question on the way users' questions take, measures what comes."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipx.core.meaning_ports import Meaning, Space
from ipx.core.ports import SearchIndex, SearchQuery
from ipx.matching.evaluation.files import Task
from ipx.matching.evaluation.measures import Measured, interval, ndcg, recall, reciprocal_rank
from ipx.matching.ranking.passages import meanings_of
from ipx.matching.ranking.ranker import Ranker

DEPTH = 100
ROUND = 1_000
"""Documents that are embedded at once."""


@dataclass(frozen=True)
class Evaluation:
    """What a task gave; times in seconds."""

    questions: int
    documents: int
    ndcg: Measured
    recall: Measured
    reciprocal_rank: Measured
    index_seconds: float
    embedding_seconds: float
    query_seconds: float

    def record(self) -> dict[str, object]:
        """Return the figures as JSON: means under the measures' names, intervals beside them."""
        measures = {"ndcg@10": self.ndcg, "recall@100": self.recall, "mrr@10": self.reciprocal_rank}
        return {
            **{name: round(measured.mean, 4) for name, measured in measures.items()},
            "intervals": {name: [round(m.low, 4), round(m.high, 4)] for name, m in measures.items()},
            "questions": self.questions,
            "documents": self.documents,
            "queries_per_second": round(self.questions / self.query_seconds, 1),
            "index_seconds": round(self.index_seconds, 2),
            "embedding_seconds": round(self.embedding_seconds, 2),
        }


def evaluate(
    task: Task, *, index: SearchIndex, meaning: Meaning | None = None, say: Callable[[str], None] = lambda _: None
) -> Evaluation:
    """Fill ``index``, which must be empty, and ask; with ``meaning`` by both. Raises Unavailable, Invalid."""
    say(f"indexing {len(task.documents):,} documents")
    began = time.perf_counter()
    index.rebuild(iter(task.documents))
    indexed = time.perf_counter()
    space = None if meaning is None else _filled(meaning, task, say)
    embedded = time.perf_counter()
    say(f"asking {len(task.questions):,} questions")
    ranker = Ranker(index=index, meaning=meaning)
    found = {name: _asked(ranker, task, name, space) for name in task.questions}
    asked = time.perf_counter()
    pairs = [(found[name], grades) for name, grades in task.judgments.items()]
    return Evaluation(
        questions=len(task.questions),
        documents=len(task.documents),
        ndcg=interval([ndcg(ids, grades) for ids, grades in pairs]),
        recall=interval([recall(ids, grades) for ids, grades in pairs]),
        reciprocal_rank=interval([reciprocal_rank(ids, grades) for ids, grades in pairs]),
        index_seconds=indexed - began,
        embedding_seconds=embedded - indexed,
        query_seconds=asked - embedded,
    )


def _filled(meaning: Meaning, task: Task, say: Callable[[str], None]) -> Space:
    space = meaning.space()
    for begin in range(0, len(task.documents), ROUND):
        say(f"embedding {begin:,} of {len(task.documents):,} documents")
        meant = meanings_of(meaning, task.documents[begin : begin + ROUND])
        space.put({key: one.vector for key, one in meant.items()})
        space.put_sentences({key: one.sentences for key, one in meant.items()})
    return space


def _asked(ranker: Ranker, task: Task, name: str, space: Space | None) -> Sequence[str]:
    spare = 1 if task.without_itself else 0
    query = SearchQuery(kind=task.kind, limit=DEPTH + spare, with_fragments=False)
    ids = [hit.id for hit in ranker.rank(query, task.questions[name], space=space).hits]
    return [one for one in ids if not (task.without_itself and one == name)][:DEPTH]
