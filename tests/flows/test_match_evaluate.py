"""``ipx match evaluate`` on small judged files, as a user calls it; and that long questions page as they rank."""

import gzip
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from ipx.adapters.minilm.model import MiniLM
from ipx.adapters.minilm.space import MatrixSpace, as_vector
from ipx.core.errors import Invalid
from ipx.core.ports import LISTINGS, SearchQuery
from ipx.match_commands import app
from ipx.matching.ranking.candidates import CANDIDATES
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from tests.adapters.search_probe import ENGINES, listing, opened
from tests.services import address

THEMES = ["perovskite solar cell", "lithium battery anode", "rotor blade noise", "insulin pump sensor"]
FILLER = "The team will develop and test a first version during this phase of the work."
ENGINE_NAMES = ["tantivy", pytest.param("elastic", marks=pytest.mark.real)]


@pytest.fixture(params=ENGINE_NAMES)
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "elastic":
        monkeypatch.setenv("IPX_ELASTICSEARCH_URL", address("IPX_TEST_ELASTICSEARCH_URL"))
    return str(request.param)


def test_needs_find_their_listings_and_listings_their_needs(tmp_path: Path, engine: str) -> None:
    arguments = _judged_needs(tmp_path)
    for direction in ("need-to-listing", "listing-to-need"):
        found = _evaluated(*arguments, "--direction", direction, "--engine", engine)
        assert (found["ndcg@10"], found["recall@100"], found["mrr@10"]) == (1.0, 1.0, 1.0)
        assert (found["questions"], found["documents"]) == (4, 4)
        assert found["queries_per_second"] > 0


def test_meaning_finds_what_words_do_not_put_first(tmp_path: Path, engine: str) -> None:
    texts = {
        "right": "A lithium battery for electric cars, in which a full charge is restored fast, in minutes.",
        "wrong": "The drum battery charges into a fast march, so the orchestra ends.",
    }
    _write(tmp_path / "listings.jsonl", [{"id": key, "text": text} for key, text in texts.items()])
    _write(tmp_path / "needs.jsonl", [{"id": "n", "title": "Battery that charges fast", "text": ""}])
    _judge(tmp_path / "qrels.tsv", [("n", "right", 1)])
    files = [f"--{name}={tmp_path / name}.jsonl" for name in ("needs", "listings")]
    arguments = [*files, f"--qrels={tmp_path / 'qrels.tsv'}", "--engine", engine]
    assert _evaluated(*arguments)["mrr@10"] == 0.5
    hybrid = _evaluated(*arguments, "--mode", "hybrid", "--vectors", str(tmp_path / "kept"))
    assert hybrid["mrr@10"] == 1.0
    assert hybrid["embedding_seconds"] > 0


def test_the_title_of_a_listing_is_not_read(tmp_path: Path) -> None:
    # With titles the right ones would be found; their texts name the next theme.
    arguments = _judged_needs(tmp_path, text_of=lambda n: f"{FILLER} {THEMES[(n + 1) % 4]}", titled=True)
    assert _evaluated(*arguments)["mrr@10"] < 1.0


def test_a_patent_does_not_find_itself(tmp_path: Path, engine: str) -> None:
    rows = [{"id": f"US-{n}-A", "abstract": f"A {theme} with a {theme}."} for n, theme in enumerate(THEMES)]
    rows += [{"id": f"US-{n}-B", "abstract": f"Another {theme}."} for n, theme in enumerate(THEMES)]
    _write(tmp_path / "patents.jsonl.gz", rows)
    _judge(tmp_path / "qrels.tsv", [(f"US-{n}-A", f"US-{n}-B", 2) for n in range(4)])
    found = _evaluated(
        "--patents", str(tmp_path / "patents.jsonl.gz"), "--qrels", str(tmp_path / "qrels.tsv"), "--engine", engine
    )
    assert found["mrr@10"] == 1.0


def test_claims_find_abstracts_in_a_folder_and_people_read_a_table(tmp_path: Path) -> None:
    _write(tmp_path / "corpus.jsonl", [{"id": f"c{n}", "title": t, "text": FILLER} for n, t in enumerate(THEMES)])
    _write(tmp_path / "queries.jsonl", [{"id": f"q{n}", "text": f"A {t} works."} for n, t in enumerate(THEMES)])
    _judge(tmp_path / "qrels.tsv", [(f"q{n}", f"c{(n + 1) % 4}", 1) for n in range(4)])
    printed = CliRunner().invoke(app, ["evaluate", "--scifact", str(tmp_path)])
    assert printed.exit_code == 0, printed.output
    # All judgments are wrong on purpose: what is printed is measured.
    assert "MRR@10       0.0000" in printed.stdout
    assert "4 questions to 4 documents" in printed.stdout


@pytest.mark.parametrize(
    ("needs", "qrels", "words"),
    [
        ("not json\n", None, "needs.jsonl, line 1"),
        ('{"id": 5}\n', None, "an object with an id is expected"),
        (None, "need_id\tlisting_id\tgrade\nn0\tt0\n", "qrels.tsv, line 2"),
        (None, "need_id\tlisting_id\tgrade\nn9\tt0\t1\n", "'n9', which is in no file"),
        (None, "need_id\tlisting_id\tgrade\n", "Nothing is judged"),
    ],
)
def test_unreadable_files_are_named_by_the_line(
    tmp_path: Path, needs: str | None, qrels: str | None, words: str
) -> None:
    arguments = _judged_needs(tmp_path)
    if needs is not None:
        (tmp_path / "needs.jsonl").write_text(needs)
    if qrels is not None:
        (tmp_path / "qrels.tsv").write_text(qrels)
    refused = CliRunner().invoke(app, ["evaluate", *arguments])
    assert isinstance(refused.exception, Invalid)
    assert words in refused.exception.message


def test_files_of_two_tasks_at_once_are_refused(tmp_path: Path) -> None:
    refused = CliRunner().invoke(app, ["evaluate", *_judged_needs(tmp_path), "--scifact", str(tmp_path)])
    assert isinstance(refused.exception, Invalid)


@pytest.mark.parametrize("by_meaning", [False, True])
@pytest.mark.parametrize("name", ENGINES)
def test_a_long_question_pages_without_gap_or_repetition_beyond_the_candidates(
    tmp_path: Path, name: str, *, by_meaning: bool
) -> None:
    question = Question(title="Rotor blade", text=" ".join(f"word{n}" for n in range(60)) + " rotor blade noise")
    texts = [f"rotor blade word{n % 60} " + "other " * (n % 90) for n in range(CANDIDATES + 50)]
    meaning, space = MiniLM(threads=1), MatrixSpace()
    # Vectors by chance, of every second one: order is not what is asked here.
    space.put({f"t{n}": as_vector(np.random.default_rng(n).normal(size=384)) for n in range(0, len(texts), 2)})
    with opened(name, tmp_path) as index:
        index.put([listing(f"t{n}", text=text) for n, text in enumerate(texts)])
        ranker = Ranker(index=index, meaning=meaning if by_meaning else None)
        pages = [
            ranker.rank(SearchQuery(kind=LISTINGS, offset=offset, limit=35), question, space=space)
            for offset in range(0, len(texts), 35)
        ]
        assert sorted(hit.id for page in pages for hit in page.hits) == sorted(f"t{n}" for n in range(len(texts)))
        assert {page.total for page in pages} == {len(texts)}
        assert all("\x02rotor\x03" in hit.fragments[0] for page in pages for hit in page.hits)
        whole = ranker.rank(SearchQuery(kind=LISTINGS, limit=CANDIDATES, with_fragments=False), question, space=space)
        assert [hit.id for hit in whole.hits] == [hit.id for page in pages for hit in page.hits][:CANDIDATES]
        scores = [hit.score for hit in whole.hits]
        assert scores == sorted(scores, reverse=True)


def _evaluated(*arguments: str) -> Mapping[str, Any]:
    ran = CliRunner().invoke(app, ["evaluate", *arguments, "--json"])
    assert ran.exit_code == 0, ran.output
    found: Mapping[str, Any] = json.loads(ran.stdout)
    return found


def _judged_needs(folder: Path, *, text_of: Any = lambda n: f"{FILLER} {THEMES[n]}", titled: bool = False) -> list[str]:
    _write(
        folder / "needs.jsonl",
        [
            {"id": f"n{n}", "title": theme, "objective": None, "text": f"{FILLER} Wanted: {theme}."}
            for n, theme in enumerate(THEMES)
        ],
    )
    _write(
        folder / "listings.jsonl",
        [{"id": f"t{n}", "title": THEMES[n] if titled else "", "text": text_of(n)} for n in range(4)],
    )
    _judge(folder / "qrels.tsv", [(f"n{n}", f"t{n}", 1) for n in range(4)])
    files = {"--needs": "needs.jsonl", "--listings": "listings.jsonl", "--qrels": "qrels.tsv"}
    return [part for option, file in files.items() for part in (option, str(folder / file))]


def _write(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(row) + "\n" for row in rows)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())


def _judge(file: Path, pairs: Sequence[tuple[str, str, int]]) -> None:
    lines = [f"{question}\t{document}\t{grade}\tby-hand" for question, document, grade in pairs]
    file.write_text("\n".join(["query_id\tdoc_id\tgrade\tmethod", *lines]) + "\n")
