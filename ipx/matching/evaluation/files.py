"""Judged data as files: needs, listings and patents as JSON Lines (plain or .gz), judgments as tables with tabs.

Of a need ``title``, ``objective`` and ``text`` are read, of a listing ``text`` alone: its title repeats the title of
the need that it answers, and would give the judgment away.
"""

import gzip
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ipx.core.errors import Invalid
from ipx.core.ports import LISTINGS, NEEDS, SearchDocument
from ipx.matching.ranking.questions import Question

Judgments = Mapping[str, Mapping[str, int]]
"""Question → document → grade, 1 or more."""


@dataclass(frozen=True)
class Task:
    """Questions, what is searched, and what should be found. A question never finds itself (``without_itself``)."""

    kind: str
    documents: Sequence[SearchDocument]
    questions: Mapping[str, Question]
    judgments: Judgments = field(repr=False)
    without_itself: bool = False


def needs_to_listings(needs: Path, listings: Path, judged: Path) -> Task:
    """Return the task of finding listings for needs. Raises Invalid for unreadable files."""
    documents = [_document(LISTINGS, row, text=_text(row, "text")) for row in rows_of(listings)]
    questions = {_id(row): _question_of(row) for row in rows_of(needs)}
    return _task(LISTINGS, documents, questions, judgments_of(judged))


def listings_to_needs(needs: Path, listings: Path, judged: Path) -> Task:
    """Return the same turned round: finding needs for a listing."""
    documents = [
        _document(NEEDS, row, title=_text(row, "title"), text=_text(row, "text") or _text(row, "objective"))
        for row in rows_of(needs)
    ]
    questions = {_id(row): Question(text=_text(row, "text")) for row in rows_of(listings)}
    return _task(NEEDS, documents, questions, _turned(judgments_of(judged)))


def patents(file: Path, judged: Path) -> Task:
    """Return the task of finding related patents by a patent's abstract."""
    rows = list(rows_of(file))
    documents = [_document(LISTINGS, row, text=_text(row, "abstract")) for row in rows]
    questions = {_id(row): Question(text=_text(row, "abstract")) for row in rows}
    return _task(LISTINGS, documents, questions, judgments_of(judged), without_itself=True)


def scifact(folder: Path) -> Task:
    """Return the task of finding abstracts for claims; ``folder`` has corpus, queries (.jsonl or .gz) and qrels.tsv."""
    documents = [
        _document(LISTINGS, row, title=_text(row, "title"), text=_text(row, "text"))
        for row in rows_of(_lines_in(folder, "corpus"))
    ]
    questions = {_id(row): Question(text=_text(row, "text")) for row in rows_of(_lines_in(folder, "queries"))}
    return _task(LISTINGS, documents, questions, judgments_of(folder / "qrels.tsv"))


def rows_of(file: Path) -> Iterator[Mapping[str, Any]]:
    """Yield the objects of a file of JSON Lines, compressed or not. Raises Invalid, naming the line."""
    number = 0
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if line.strip():
                    yield _object(file, number, line)
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise Invalid(f"{file.name} cannot be read after line {number}: {error}", field="file") from error


def judgments_of(file: Path) -> Judgments:
    """Read question, document and grade, separated by tabs, below a line of headings. Raises Invalid.

    Grades of 0 and less say that a document is not relevant, and are left out.
    """
    found: dict[str, dict[str, int]] = {}
    try:
        lines = file.read_text(encoding="utf-8").splitlines()[1:]
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(f"{file.name} cannot be read: {error}", field="qrels") from error
    for number, line in enumerate(lines, 2):
        cells = line.split("\t")
        if len(cells) < 3 or not cells[2].strip().lstrip("-").isdigit():
            raise Invalid(f"{file.name}, line {number}: question, document and grade are expected.", field="qrels")
        if int(cells[2]) > 0:
            found.setdefault(cells[0], {})[cells[1]] = int(cells[2])
    return found


def _task(
    kind: str,
    documents: Sequence[SearchDocument],
    questions: Mapping[str, Question],
    judgments: Judgments,
    *,
    without_itself: bool = False,
) -> Task:
    """Keep the questions that are judged. Raises Invalid when a judged one, or any at all, is missing."""
    missing = next((name for name in judgments if name not in questions), None)
    if missing is not None or not judgments:
        raise Invalid(f"The judgments name {missing!r}, which is in no file." if missing else "Nothing is judged.")
    asked = {name: questions[name] for name in judgments}
    return Task(kind, documents, asked, judgments, without_itself=without_itself)


def _turned(judgments: Judgments) -> Judgments:
    turned: dict[str, dict[str, int]] = {}
    for question, grades in judgments.items():
        for document, grade in grades.items():
            turned.setdefault(document, {})[question] = grade
    return turned


def _document(kind: str, row: Mapping[str, Any], *, text: str, title: str = "") -> SearchDocument:
    return SearchDocument(id=_id(row), kind=kind, version=1, title=title, summary="", text=text)


def _question_of(row: Mapping[str, Any]) -> Question:
    return Question(title=_text(row, "title"), objective=_text(row, "objective"), text=_text(row, "text"))


def _lines_in(folder: Path, name: str) -> Path:
    plain = folder / f"{name}.jsonl"
    return plain if plain.exists() else folder / f"{name}.jsonl.gz"


def _object(file: Path, number: int, line: str) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except ValueError as error:
        raise Invalid(f"{file.name}, line {number}: {error}", field="file") from error
    if not isinstance(row, dict) or not isinstance(row.get("id"), str):
        raise Invalid(f"{file.name}, line {number}: an object with an id is expected.", field="file")
    return row


def _id(row: Mapping[str, Any]) -> str:
    return str(row["id"])


def _text(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name) or "")
