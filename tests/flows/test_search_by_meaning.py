"""Search by meaning: vectors follow the catalogue, order follows meaning, and words remain without the model."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime

import pytest
from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ipx.adapters.minilm import model as minilm
from ipx.adapters.minilm.model import MiniLM
from ipx.catalogue.models import ListingRow
from ipx.catalogue.records import Listing, Source
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS, SearchQuery
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.doctor import examine
from ipx.matching import spaces as spaces_module
from ipx.matching import workflows
from ipx.matching.models import SentencesRow, VectorRow
from ipx.matching.ranking.passages import made_by, question_sentences
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.records import ResultPage
from ipx.matching.rules import Search
from ipx.matching.service import SearchService
from ipx.matching.spaces import Spaces
from ipx.matching.vectors import VectorStore
from ipx.matching.workflows import MatchingWorkflows
from tests.exchanges import DATABASES, empty_postgres, running_exchange
from tests.world import World

SOURCE = Source("meant", "Test records", "https://example.org", "public domain", "From nowhere.")
TEXTS = {
    "meant-right": "A lithium battery for electric cars, in which a full charge is restored fast, in minutes.",
    "meant-wrong": "The drum battery charges into a fast march, so the orchestra ends.",
    "meant-other": "A sail for boats that folds by itself.",
}
QUESTION = Search(kind=LISTINGS, words="Battery that charges fast")


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("meaning")
    if request.param == "sqlite":
        with running_exchange(folder, IPX_MEANING="1") as exchange, World(exchange) as entered:
            yield entered
        return
    with (
        empty_postgres() as url,
        running_exchange(folder, IPX_MEANING="1", IPX_DATABASE_URL=url) as exchange,
        World(exchange) as entered,
    ):
        yield entered


@pytest.fixture(autouse=True)
def _texts(world: World) -> None:
    """Begin each test with the three texts, indexed, each with its vector."""
    world.write(lambda s: s.execute(delete(VectorRow)))
    _import(world, TEXTS)
    _embed(world)


def test_order_follows_meaning_and_what_is_counted_stays(world: World) -> None:
    by_meaning = _found(world)
    assert [found.thing.id for found in by_meaning.found] == ["meant-right", "meant-wrong"]
    assert all("\x02" in found.fragments[0] for found in by_meaning.found)
    world.write(lambda s: s.execute(delete(VectorRow)))
    by_words = _found(world)
    assert [found.thing.id for found in by_words.found] == ["meant-wrong", "meant-right"]
    assert (by_words.total, by_words.facets) == (by_meaning.total, by_meaning.facets)


def test_what_shares_no_word_but_means_the_same_is_found_and_counted(world: World) -> None:
    words = Search(kind=LISTINGS, words="sailboats with folding canvas")
    search = world.service(SearchService)
    page = world.read(lambda s: search.search(s, words, today=world.clock.now().date()))
    assert [found.thing.id for found in page.found] == ["meant-other"]
    assert page.total == 1
    assert sum(count for _, count in page.facets["source"]) == 1
    assert page.found[0].fragments == ()
    world.write(lambda s: s.execute(delete(VectorRow)))
    assert world.read(lambda s: search.search(s, words, today=world.clock.now().date())).total == 0


def test_what_is_found_tells_how_much_of_it_has_the_words(world: World) -> None:
    model = world.exchange.outside.meaning
    index = world.exchange.outside.index
    vectors = world.service(SearchService).vectors
    assert model is not None
    assert vectors is not None
    ranker = Ranker(index=index, meaning=model)

    def ranked(words: str, limit: int = 20) -> tuple[int, int]:
        query = SearchQuery(kind=LISTINGS, limit=limit)
        with world.database.read() as session:
            found = ranker.rank(query, Question(text=words), space=vectors.space(session, kind=LISTINGS))
        assert ranker.rank(query, Question(text=words)).total == found.having_words
        return found.total, found.having_words

    assert ranked(QUESTION.words) == (2, 2)
    assert ranked("sailboats with folding canvas") == (1, 0)
    assert ranked("sailboats with folding canvas", limit=0) == (1, 0)
    assert ranked("") == (3, 3)
    assert ranked("!?") == (0, 0)


def test_words_that_nothing_has_are_put_right_though_something_means_the_same(world: World) -> None:
    search, today = world.service(SearchService), world.clock.now().date()
    asked = Search(kind=LISTINGS, words="sailboats with folding canvas foldss")
    page = world.read(lambda s: search.search(s, asked, today=today))
    assert [found.thing.id for found in page.found] == ["meant-other"]
    assert page.respelt is not None
    assert page.respelt.mended == {"foldss": "folds"}
    as_typed = world.read(lambda s: search.search(s, replace(asked, exact=True), today=today))
    assert as_typed.respelt is None
    assert as_typed.total == 1


def test_scores_for_matches_know_meaning_beside_words(world: World) -> None:
    search = world.service(SearchService)
    question = Question(title="Battery that charges fast")
    space = world.read(lambda s: search.space(s, kind=LISTINGS))
    found = {one.id: one for one in search.scores(kind=LISTINGS, question=question, limit=3, space=space)}
    assert set(found) == set(TEXTS)
    right, wrong, other = (found[key] for key in TEXTS)
    cosines = [one.meaning or 0.0 for one in (right, wrong, other)]
    assert cosines == sorted(cosines, reverse=True)
    assert cosines[0] > 0.5 > cosines[2] > 0
    assert other.words == 0 < min(right.words, wrong.words)
    alone = search.scores(kind=LISTINGS, question=question, limit=3, space=None)
    assert {one.id: one.words for one in alone} == {key: found[key].words for key in ("meant-right", "meant-wrong")}


def test_vectors_follow_what_changes_and_what_is_taken_down(world: World) -> None:
    before = _vectors(world)
    assert set(before) == set(TEXTS)
    _import(world, TEXTS | {"meant-other": "A lithium battery."}, version=2)
    _embed(world)
    after = _vectors(world)
    assert after["meant-other"] != before["meant-other"]
    assert after["meant-right"] == before["meant-right"]
    search = world.service(SearchService)
    assert search.vectors is not None
    flows = _flows(world)
    world.write(lambda s: _take_down(s, "meant-other"))
    flows._embed(LISTINGS, "meant-other")
    assert set(_vectors(world)) == set(TEXTS) - {"meant-other"}
    space = world.read(lambda s: search.vectors.space(s, kind=LISTINGS))  # type: ignore[union-attr]
    assert {key for key, _ in space.nearest(before["meant-other"], limit=9)} == set(TEXTS) - {"meant-other"}


def test_sentences_come_and_go_with_their_vector(world: World) -> None:
    positions = select(VectorRow.position).order_by(VectorRow.position)
    kept = select(SentencesRow.position).order_by(SentencesRow.position)
    everywhere = lambda: world.read(lambda s: (s.scalars(positions).all(), s.scalars(kept).all()))  # noqa: E731
    vectors, sentences = everywhere()
    assert len(vectors) == len(TEXTS)
    assert sentences == vectors
    _import(world, TEXTS | {"meant-other": "A lithium battery. It is charged by the sun in the morning."}, version=2)
    _embed(world)
    replaced, sentences = everywhere()
    assert sentences == replaced != vectors
    world.write(lambda s: _take_down(s, "meant-other"))
    _flows(world)._embed(LISTINGS, "meant-other")
    left, sentences = everywhere()
    assert sentences == left
    assert len(left) == len(TEXTS) - 1


def test_one_sentence_that_answers_brings_a_long_text_before_one_that_is_alike(world: World) -> None:
    boat = "The boat has a sail, a mast and an oar of wood. " * 3
    crew = "The crew of the boat eats bread in the morning. " * 3
    phone = "The battery of a phone is old, and it charges in the night. Fast food is eaten beside it. "
    phone += "An electric socket is in the wall, and a cable for the accumulator lies on the table. " * 2
    _import(world, {"meant-boat": f"{boat}Its battery is one that charges fast. {crew}", "meant-phone": phone})
    _embed(world)
    found = [one.thing.id for one in _found(world).found]
    assert found.index("meant-boat") < found.index("meant-phone"), "as a whole the other is closer"
    with world.database.write() as session:
        for key in ("meant-boat", "meant-phone"):
            _take_down(session, key)


def test_what_lacks_the_words_shows_the_sentence_that_means_them(world: World) -> None:
    about = "The parts are made of tin. "
    _import(world, {"meant-yacht": f"{about}{TEXTS['meant-other']} {about}"})
    _embed(world)
    search = world.service(SearchService)
    asked = Search(kind=LISTINGS, words="folding canvas of a yacht")
    page = world.read(lambda s: search.search(s, asked, today=world.clock.now().date()))
    found = {one.thing.id: one for one in page.found}
    assert found["meant-yacht"].meant == TEXTS["meant-other"]
    assert found["meant-yacht"].fragments == ()
    shown = world.app.test_client().get("/search?q=folding+canvas+of+a+yacht").text
    assert f"“{TEXTS['meant-other']}”" in shown
    with world.database.write() as session:
        _take_down(session, "meant-yacht")


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
        _import(world, TEXTS | {"meant-other": "A lithium battery that charges."}, version=3)
        _embed(world)
        assert _vectors(world) == {}
        page = _found(world)
        assert not page.resting
        assert {found.thing.id for found in page.found} == set(TEXTS)
        assert "not the file that was pinned" in _doctors_line(world)
    assert world.write(lambda s: search.heal_meaning(s, moment="after the trouble"))
    world.settle()
    assert set(_vectors(world)) == set(TEXTS)
    assert not world.write(lambda s: search.heal_meaning(s, moment="later"))
    assert f"3 of {world.read(search.progress)[1]} listings and needs have their vector" in _doctors_line(world)


def test_rounds_go_on_where_they_were_interrupted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "ROUND", 8)
    monkeypatch.setattr(workflows, "BATCH", 3)
    _import(world, {f"meant-{n}": f"Thing number {n}" for n in range(30)})
    flows = _flows(world)
    assert flows._embed_some()
    half = _vectors(world)
    assert len(half) == len(TEXTS) + 8
    # As after a crash: another process goes on, and nothing that is there is made again.
    positions = world.read(lambda s: set(s.scalars(select(VectorRow.position))))
    while _flows(world)._embed_some():
        pass
    assert len(_vectors(world)) == len(TEXTS) + 30
    assert positions <= world.read(lambda s: set(s.scalars(select(VectorRow.position))))
    with world.database.write() as session:
        for n in range(30):
            _take_down(session, f"meant-{n}")


def test_what_is_taken_down_while_a_round_goes_on_gets_no_vector(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workflows, "BATCH", 1)
    _import(world, {f"meant-{n}": f"Thing number {n}" for n in range(3)})
    model = world.exchange.outside.meaning
    assert isinstance(model, MiniLM)
    embed = model.embed

    def taken_down_meanwhile(texts: Sequence[str]) -> list[bytes]:
        with world.database.write() as session:
            for n in range(3):
                _take_down(session, f"meant-{n}")
        return embed(texts)

    monkeypatch.setattr(model, "embed", taken_down_meanwhile)
    _embed(world)
    assert len(set(_vectors(world)) - set(TEXTS)) == 1


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
        said = question_sentences(model, Question(text=QUESTION.words))
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


def _import(world: World, texts: dict[str, str], *, version: int = 1) -> None:
    """Put listings in the place of those of the same ids, as an import does: without an event."""
    listings = [_listing(key, text, version, world.clock.now()) for key, text in texts.items()]
    world.write(lambda s: s.execute(delete(ListingRow).where(ListingRow.id.in_(list(texts)))))
    catalogue = world.service(CatalogueService)
    world.write(lambda s: catalogue.import_listings(s, source=SOURCE, listings=listings))
    with world.database.read() as session:
        world.service(SearchService).rebuild(session)


def _embed(world: World) -> None:
    while _flows(world)._embed_some():
        pass


def _flows(world: World) -> MatchingWorkflows:
    durable: Durable = world.exchange.durable
    return MatchingWorkflows(
        events=Events(), durable=durable, database=world.database, search=world.service(SearchService)
    )


def _take_down(session: Session, key: str) -> None:
    session.execute(delete(ListingRow).where(ListingRow.id == key))


def _found(world: World) -> ResultPage:
    search = world.service(SearchService)
    return world.read(lambda s: search.search(s, QUESTION, today=world.clock.now().date()))


def _vectors(world: World) -> dict[str, bytes]:
    rows = world.read(lambda s: s.execute(select(VectorRow.thing_id, VectorRow.vector)).all())
    return {row.thing_id: row.vector for row in rows}


def _doctors_line(world: World) -> str:
    return next(finding.line for finding in examine(world.exchange) if finding.name == "meaning")


def _listing(key: str, text: str, version: int, published_at: datetime) -> Listing:
    unstated = dict.fromkeys(Listing.__dataclass_fields__)
    given = {
        "id": key,
        "version": version,
        "state": State.PUBLISHED,
        "owner_name": "Somebody real",
        "title": "",
        "summary": text,
        "classes": (),
        "rights": (),
        "takes_offers": False,
        "source": SOURCE,
        "owner_is_demo": False,
    }
    return Listing(**{**unstated, **given, "published_at": published_at})  # type: ignore[arg-type]
