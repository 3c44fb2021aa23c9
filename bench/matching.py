"""How good the ranking is, on judged files that lie outside of the repository: ``IPX_BENCH_JUDGED`` names their folder.

Its layout: sbir-match/{needs,listings}.jsonl.gz and qrels.tsv, us-patents/patents.jsonl.gz and qrels.tsv, scifact/.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from ipx.core.meaning_ports import Meaning
from ipx.matching.evaluation import files
from ipx.matching.evaluation.agreeing import GOAL, agreement
from ipx.matching.evaluation.files import Task
from ipx.matching.evaluation.keeping import KeptMeaning
from ipx.matching.evaluation.running import Evaluation, evaluate
from ipx.outside import index_to_measure, model_of_meaning
from ipx.settings import read_settings

Row = tuple[str, str, str]
ENGINES = ("tantivy", "elastic")


def rows_of_matching(folder: Path, say: Callable[[str], None]) -> list[Row]:
    """Return a row for each judged set that is there, engine and mode; none where ``IPX_BENCH_JUDGED`` is not set.

    ``folder`` keeps the vectors meanwhile, so that both engines rank by the same. Elasticsearch is measured where
    ``IPX_ELASTICSEARCH_URL`` names a server.
    """
    judged = os.environ.get("IPX_BENCH_JUDGED")
    if not judged:
        return []
    meaning = KeptMeaning(model_of_meaning(), folder)
    engines = ENGINES if os.environ.get("IPX_ELASTICSEARCH_URL") else ENGINES[:1]
    rows = []
    for name, task in _tasks(Path(judged)):
        for engine in engines:
            for mode, model in (("words", None), ("words and meaning", meaning)):
                say(f"ranking: {name}, {engine}, {mode}")
                rows.append(_row(f"{name}, {engine}, {mode}", _measure(task, engine, model)))
        if len(engines) > 1:
            say(f"ranking: {name}, both engines")
            rows.append(_agreement(name, task))
    return rows


def _tasks(folder: Path) -> Iterator[tuple[str, Task]]:
    sbir, patents, scifact = folder / "sbir-match", folder / "us-patents", folder / "scifact"
    if sbir.is_dir():
        three = (sbir / "needs.jsonl.gz", sbir / "listings.jsonl.gz", sbir / "qrels.tsv")
        yield "needs to listings", files.needs_to_listings(*three)
        yield "listings to needs", files.listings_to_needs(*three)
    if patents.is_dir():
        yield "related patents", files.patents(patents / "patents.jsonl.gz", patents / "qrels.tsv")
    if scifact.is_dir():
        yield "SciFact's claims", files.scifact(scifact)


def _measure(task: Task, engine: str, meaning: Meaning | None) -> Evaluation:
    with index_to_measure(read_settings(os.environ), engine=engine) as index:
        return evaluate(task, index=index, meaning=meaning)


def _agreement(name: str, task: Task) -> Row:
    """Return how much of their first ten both engines have in common, by words."""
    settings = read_settings(os.environ)
    with index_to_measure(settings, engine=ENGINES[0]) as one, index_to_measure(settings, engine=ENGINES[1]) as other:
        found = agreement(task, one=one, other=other)
    shares = found.shares
    figures = f"mean {sum(shares) / len(shares):.3f} of {len(shares):,} questions; goal {GOAL}"
    return f"{name}, first ten of both engines", f"{found.median:.2f}", figures


def _row(what: str, found: Evaluation) -> Row:
    ndcg = found.ndcg
    others = f"recall@100 {found.recall.mean:.3f}, MRR@10 {found.reciprocal_rank.mean:.3f}"
    speed = f"{found.questions / found.query_seconds:.0f} queries/s"
    return what, f"nDCG@10 {ndcg.mean:.3f}", f"95 % in {ndcg.low:.3f} to {ndcg.high:.3f}; {others}; {speed}"
