"""Vectors follow the catalogue, processes see what others wrote, and words remain without the model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from sqlalchemy import delete, func, select

from ipx import server
from ipx.adapters.minilm import model as minilm
from ipx.adapters.minilm.model import MiniLM
from ipx.core.ports import LISTINGS, SearchQuery
from ipx.matching import spaces as spaces_module
from ipx.matching import workflows
from ipx.matching.models import SentencesRow, VectorRow
from ipx.matching.ranking.passages import made_by, sense_of
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.service import SearchService
from ipx.matching.spaces import Spaces
from ipx.matching.vectors import VectorStore
from tests.exchanges import DATABASES
from tests.meant_world import (
    QUESTION,
    TEXTS,
    begin_anew,
    brought_in,
    doctors_line,
    embed,
    flows_of,
    found_of,
    meant_world,
    take_down,
    vectors_in,
)
from tests.world import World


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with meant_world(request, tmp_path_factory.mktemp("meaning")) as entered:
        yield entered


@pytest.fixture(autouse=True)
def _texts(world: World) -> None:
    begin_anew(world)


def test_vectors_follow_what_changes_and_what_is_taken_down(world: World) -> None:
    before = vectors_in(world)
    assert set(before) == set(TEXTS)
    brought_in(world, TEXTS | {"meant-other": "A lithium battery."}, version=2)
    embed(world)
    after = vectors_in(world)
    assert after["meant-other"] != before["meant-other"]
    assert after["meant-right"] == before["meant-right"]
    search = world.service(SearchService)
    assert search.vectors is not None
    flows = flows_of(world)
    world.write(lambda s: take_down(s, "meant-other"))
    flows._embed(LISTINGS, "meant-other")
    assert set(vectors_in(world)) == set(TEXTS) - {"meant-other"}
    space = world.read(lambda s: search.vectors.space(s, kind=LISTINGS))  # type: ignore[union-attr]
    assert {key for key, _ in space.nearest(before["meant-other"], limit=9)} == set(TEXTS) - {"meant-other"}


def test_sentences_come_and_go_with_their_vector(world: World) -> None:
    positions = select(VectorRow.position).order_by(VectorRow.position)
    kept = select(SentencesRow.position).order_by(SentencesRow.position)
    everywhere = lambda: world.read(lambda s: (s.scalars(positions).all(), s.scalars(kept).all()))  # noqa: E731
    vectors, sentences = everywhere()
    assert len(vectors) == len(TEXTS)
    assert sentences == vectors
    brought_in(world, TEXTS | {"meant-other": "A lithium battery. It is charged by the sun in the morning."}, version=2)
    embed(world)
    replaced, sentences = everywhere()
    assert sentences == replaced != vectors
    world.write(lambda s: take_down(s, "meant-other"))
    flows_of(world)._embed(LISTINGS, "meant-other")
    left, sentences = everywhere()
    assert sentences == left
    assert len(left) == len(TEXTS) - 1


def test_an_older_version_that_comes_late_does_not_win(world: World) -> None:
    search = world.service(SearchService)
    vectors = search.vectors
    assert vectors is not None
    document = world.read(lambda s: search.document(s, LISTINGS, "meant-right"))
    assert document is not None
    newer, older = replace(document, version=9, text="new"), replace(document, version=8, text="old")
    for one in (newer, older):
        made = vectors.meanings_of([one])
        with world.database.write() as session:
            vectors.write(session, [one], made)
    row = world.read(lambda s: s.scalar(select(VectorRow.version).where(VectorRow.thing_id == "meant-right")))
    assert row == 9


def test_without_the_model_words_answer_and_later_the_vectors_are_made(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    search = world.service(SearchService)
    model = world.exchange.outside.meaning
    assert isinstance(model, MiniLM)
    with monkeypatch.context() as broken:
        broken.setattr(minilm, "MODEL_SHA256", "0" * 64)
        vars(model).pop("_loaded", None)
        brought_in(world, TEXTS | {"meant-other": "A lithium battery that charges."}, version=3)
        embed(world)
        assert vectors_in(world) == {}
        page = found_of(world)
        assert not page.resting
        assert {found.thing.id for found in page.found} == set(TEXTS)
        assert "not the file that was pinned" in doctors_line(world)
    assert world.write(lambda s: search.heal_meaning(s, moment="after the trouble"))
    world.settle()
    assert set(vectors_in(world)) == set(TEXTS)
    assert not world.write(lambda s: search.heal_meaning(s, moment="later"))
    assert f"3 of {world.read(search.progress)[1]} listings and needs have their vector" in doctors_line(world)


def test_a_server_that_starts_loads_what_the_first_search_would_wait_for(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    model = world.exchange.outside.meaning
    assert isinstance(model, MiniLM)
    vars(model).pop("_loaded", None)
    server._warm(world.exchange)
    assert "_loaded" in vars(model)
    with monkeypatch.context() as loaded:
        loaded.setattr(Spaces, "_looked_through", lambda *given: pytest.fail("the vectors are in memory already"))
        assert [one.thing.id for one in found_of(world).found] == ["meant-right", "meant-wrong"]
    with monkeypatch.context() as broken:
        broken.setattr(minilm, "MODEL_SHA256", "0" * 64)
        vars(model).pop("_loaded", None)
        server._warm(world.exchange)
    assert "not the file that was pinned" in caplog.text, "it starts all the same"


def test_rounds_go_on_where_they_were_interrupted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "ROUND", 8)
    monkeypatch.setattr(workflows, "BATCH", 3)
    brought_in(world, {f"meant-{n}": f"Thing number {n}" for n in range(30)})
    flows = flows_of(world)
    assert flows._embed_some()
    half = vectors_in(world)
    assert len(half) == len(TEXTS) + 8
    # As after a crash: another process goes on, and nothing that is there is made again.
    positions = world.read(lambda s: set(s.scalars(select(VectorRow.position))))
    while flows_of(world)._embed_some():
        pass
    assert len(vectors_in(world)) == len(TEXTS) + 30
    assert positions <= world.read(lambda s: set(s.scalars(select(VectorRow.position))))
    with world.database.write() as session:
        for n in range(30):
            take_down(session, f"meant-{n}")


def test_what_is_taken_down_while_a_round_goes_on_gets_no_vector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "BATCH", 1)
    brought_in(world, {f"meant-{n}": f"Thing number {n}" for n in range(3)})
    model = world.exchange.outside.meaning
    assert isinstance(model, MiniLM)
    honest = model.embed

    def taken_down_meanwhile(texts: Sequence[str]) -> list[bytes]:
        with world.database.write() as session:
            for n in range(3):
                take_down(session, f"meant-{n}")
        return honest(texts)

    monkeypatch.setattr(model, "embed", taken_down_meanwhile)
    embed(world)
    assert len(set(vectors_in(world)) - set(TEXTS)) == 1


def test_another_process_sees_what_was_written_and_forgotten(world: World) -> None:
    model = MiniLM(threads=1)
    here, there = VectorStore(model), VectorStore(model)
    search = world.service(SearchService)
    asked = model.embed(["boats with sails"])[0]
    document = world.read(lambda s: search.document(s, LISTINGS, "meant-other"))
    assert document is not None
    nearest = lambda: world.read(lambda s: there.space(s, kind=LISTINGS)).nearest(asked, limit=1)[0][0]  # noqa: E731
    assert nearest() == "meant-other"
    world.write(lambda s: here.forget(s, kind=LISTINGS, thing_id="meant-other"))
    assert nearest() != "meant-other"
    made = here.meanings_of([document])
    world.write(lambda s: here.write(s, [document], made))
    assert nearest() == "meant-other"


def test_above_a_number_of_vectors_those_of_the_candidates_alone_put_in_order(world: World) -> None:
    model, search = MiniLM(threads=1), world.service(SearchService)
    all_of_them, asked_for = VectorStore(model), VectorStore(model, most_in_memory=len(TEXTS) - 1)
    asked = model.embed(["boats with sails"])[0]
    with world.database.read() as session:
        whole, some = (store.space(session, kind=LISTINGS) for store in (all_of_them, asked_for))
        assert some.nearest(asked, limit=3) == ()
        for centred in (False, True):
            expected = whole.cosines(asked, [*TEXTS, "not there"], centred=centred)
            assert some.cosines(asked, [*TEXTS, "not there"], centred=centred) == pytest.approx(expected)
        assert some.crowding([*TEXTS, "not there"]).keys() == whole.crowding([*TEXTS, "not there"]).keys()
        sense = sense_of(model, Question(text=QUESTION.words), by_sentence=True)
        assert sense is not None
        said = sense.sentences
        closest = whole.closest(said, [*TEXTS, "not there"])
        assert set(closest) == set(TEXTS)
        assert some.closest(said, [*TEXTS, "not there"]) == closest
        query = SearchQuery(kind=LISTINGS)
        ranker = Ranker(index=world.exchange.outside.index, meaning=model)
        ranked = [ranker.rank(query, Question(text=QUESTION.words), space=space).hits for space in (whole, some)]
        assert [hit.id for hit in ranked[0]] == [hit.id for hit in ranked[1]] == ["meant-right", "meant-wrong"]
    document = world.read(lambda s: search.document(s, LISTINGS, "meant-other"))
    assert document is not None
    world.write(lambda s: asked_for.forget(s, kind=LISTINGS, thing_id="meant-other"))
    with world.database.read() as session:
        assert "meant-other" not in asked_for.space(session, kind=LISTINGS).cosines(asked, list(TEXTS))


def test_a_vector_that_is_committed_after_newer_ones_is_noticed(world: World) -> None:
    model = MiniLM(threads=1)
    spaces = Spaces(model)
    vector, made = model.embed(["late"])[0], made_by(model)
    world.read(lambda s: spaces.space(s, kind=LISTINGS))
    newest = world.read(lambda s: s.scalar(select(func.max(VectorRow.position)))) or 0
    for position in (newest + 5, newest + 2):
        row = VectorRow(
            position=position, kind=LISTINGS, thing_id=f"late-{position}", version=1, model=made, vector=vector
        )
        world.write(lambda s, row=row: s.add(row))  # type: ignore[misc]
        found = world.read(lambda s: spaces.space(s, kind=LISTINGS)).nearest(vector, limit=2)
        assert f"late-{position}" in {key for key, _ in found}


def test_what_was_taken_out_long_after_it_was_written_is_noticed_by_the_next_look(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces_module, "RECENT", 1)
    model = MiniLM(threads=1)
    at_once, later = Spaces(model, again=0.0), Spaces(model)
    asked = model.embed(["boats with sails"])[0]
    keys = lambda spaces: {  # noqa: E731
        key for key, _ in world.read(lambda s: spaces.space(s, kind=LISTINGS)).nearest(asked, limit=3)
    }
    assert keys(at_once) == keys(later) == set(TEXTS)
    oldest = world.read(lambda s: s.scalar(select(VectorRow.thing_id).order_by(VectorRow.position).limit(1)))
    world.write(lambda s: s.execute(delete(VectorRow).where(VectorRow.thing_id == oldest)))
    assert keys(at_once) == keys(later) - {oldest}
