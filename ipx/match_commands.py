"""The commands ``ipx match …``: how good the ranking is, on judged data given as files."""

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Invalid
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.core.meaning_ports import Meaning
    from ipx.matching.evaluation.files import Task
    from ipx.matching.evaluation.running import Evaluation

app = typer.Typer(help="How needs and technologies are matched.", no_args_is_help=True)
ENOUGH = "Give --needs, --listings and --qrels; or --patents and --qrels; or --scifact."


class Direction(StrEnum):
    """What is looked for by what."""

    NEED_TO_LISTING = "need-to-listing"
    LISTING_TO_NEED = "listing-to-need"


class Engine(StrEnum):
    """The search engines."""

    TANTIVY = "tantivy"
    ELASTIC = "elastic"


class Mode(StrEnum):
    """What decides the order."""

    LEXICAL = "lexical"
    HYBRID = "hybrid"


@app.callback()
def match() -> None:
    """Keep ``evaluate`` a word of its own, though it is the only one so far."""


@app.command(epilog="Example: ipx match evaluate --needs needs.jsonl.gz --listings listings.jsonl.gz --qrels qrels.tsv")
def evaluate(
    *,
    needs: Annotated[Path | None, typer.Option(help="JSON Lines of id, title, objective, text; may be .gz.")] = None,
    listings: Annotated[Path | None, typer.Option(help="JSON Lines of id, text; may be .gz.")] = None,
    patents: Annotated[Path | None, typer.Option(help="JSON Lines of id, abstract; may be .gz.")] = None,
    scifact: Annotated[Path | None, typer.Option(help="Folder with corpus, queries and qrels.tsv.")] = None,
    qrels: Annotated[Path | None, typer.Option(help="Table of question, document, grade, with a heading.")] = None,
    direction: Annotated[Direction, typer.Option(help="Which of the two is asked for.")] = Direction.NEED_TO_LISTING,
    engine: Annotated[Engine, typer.Option(help="elastic needs IPX_ELASTICSEARCH_URL.")] = Engine.TANTIVY,
    mode: Annotated[Mode, typer.Option(help="Words alone, or words and meaning.")] = Mode.LEXICAL,
    vectors: Annotated[Path | None, typer.Option(help="Folder that keeps vectors between two runs.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Index judged data, ask every judged question as users ask, and print nDCG@10, recall@100 and MRR@10.

    The index is one of its own and gone afterwards. Exit code: 0 measured; 2 unreadable, or the server is away.
    """
    from ipx.matching.evaluation.running import evaluate as play
    from ipx.outside import index_to_measure

    task = _task(needs, listings, patents, scifact, qrels, direction)
    meaning = _meaning(vectors) if mode is Mode.HYBRID else None
    with index_to_measure(read_settings(os.environ), engine=engine) as index:
        found = play(task, index=index, meaning=meaning, say=lambda line: typer.echo(f"… {line}", err=True))
    typer.echo(json.dumps(found.record(), indent=2) if as_json else "\n".join(_lines(found)))


def _meaning(folder: Path | None) -> "Meaning":
    """Return the model, which keeps its vectors in ``folder``. Raises Unavailable when it is not installed."""
    from ipx.matching.evaluation.keeping import KeptMeaning
    from ipx.outside import model_of_meaning

    model = model_of_meaning()
    return model if folder is None else KeptMeaning(model, folder)


def _task(
    needs: Path | None,
    listings: Path | None,
    patents: Path | None,
    scifact: Path | None,
    qrels: Path | None,
    direction: Direction,
) -> "Task":
    from ipx.matching.evaluation import files

    if scifact and not (needs or listings or patents or qrels):
        return files.scifact(scifact)
    if patents and qrels and not (needs or listings or scifact):
        return files.patents(patents, qrels)
    if needs and listings and qrels and not (patents or scifact):
        turned = direction is Direction.LISTING_TO_NEED
        return (files.listings_to_needs if turned else files.needs_to_listings)(needs, listings, qrels)
    raise Invalid(ENOUGH)


def _lines(found: "Evaluation") -> list[str]:
    measures = [("nDCG@10", found.ndcg), ("recall@100", found.recall), ("MRR@10", found.reciprocal_rank)]
    return [
        *(f"{name:12} {one.mean:.4f}   95 % of samples in {one.low:.4f} to {one.high:.4f}" for name, one in measures),
        f"{found.questions:,} questions to {found.documents:,} documents",
        f"{found.questions / found.query_seconds:,.1f} questions a second; indexed in {found.index_seconds:.1f} s",
    ]
