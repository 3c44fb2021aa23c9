"""Search by meaning: order follows meaning, what lacks the words is found too, and one sentence may answer."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import delete

from ipx.core.ports import LISTINGS, SearchQuery
from ipx.matching.models import VectorRow
from ipx.matching.ranking.questions import Question
from ipx.matching.ranking.ranker import Ranker
from ipx.matching.rules import Search
from ipx.matching.service import SearchService
from tests.exchanges import DATABASES
from tests.meant_world import QUESTION, TEXTS, begin_anew, brought_in, embed, found_of, meant_world, take_down
from tests.world import World


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with meant_world(request, tmp_path_factory.mktemp("meaning")) as entered:
        yield entered


@pytest.fixture(autouse=True)
def _texts(world: World) -> None:
    begin_anew(world)


def test_order_follows_meaning_and_what_is_counted_stays(world: World) -> None:
    by_meaning = found_of(world)
    assert [found.thing.id for found in by_meaning.found] == ["meant-right", "meant-wrong"]
    assert all("\x02" in found.fragments[0] for found in by_meaning.found)
    world.write(lambda s: s.execute(delete(VectorRow)))
    by_words = found_of(world)
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


def test_one_sentence_that_answers_brings_a_long_text_before_one_that_is_alike(world: World) -> None:
    boat = "The boat has a sail, a mast and an oar of wood. " * 3
    crew = "The crew of the boat eats bread in the morning. " * 3
    phone = "The battery of a phone is old, and it charges in the night. Fast food is eaten beside it. "
    phone += "An electric socket is in the wall, and a cable for the accumulator lies on the table. " * 2
    brought_in(world, {"meant-boat": f"{boat}Its battery is one that charges fast. {crew}", "meant-phone": phone})
    embed(world)
    found = [one.thing.id for one in found_of(world).found]
    assert found.index("meant-boat") < found.index("meant-phone"), "as a whole the other is closer"
    with world.database.write() as session:
        for key in ("meant-boat", "meant-phone"):
            take_down(session, key)


def test_one_sentence_is_enough_to_be_found_without_the_words(world: World) -> None:
    about = "The boat has a sail, a mast and an oar of wood. " * 5
    said = "Taking glued battery packs apart by induction."
    brought_in(world, {"meant-glue": f"{about}{said}", "meant-boats": about})
    embed(world)
    search = world.service(SearchService)
    for newest_first in (False, True):
        asked = Search(kind=LISTINGS, words="disassembling traction batteries", newest_first=newest_first)
        page = world.read(lambda s, asked=asked: search.search(s, asked, today=world.clock.now().date()))  # type: ignore[misc]
        assert [(one.thing.id, one.meant) for one in page.found] == [("meant-glue", said)]
    with world.database.write() as session:
        for key in ("meant-glue", "meant-boats"):
            take_down(session, key)


def test_what_lacks_the_words_shows_the_sentence_that_means_them(world: World) -> None:
    about = "The parts are made of tin. "
    brought_in(world, {"meant-yacht": f"{about}{TEXTS['meant-other']} {about}"})
    embed(world)
    search = world.service(SearchService)
    asked = Search(kind=LISTINGS, words="folding canvas of a yacht")
    page = world.read(lambda s: search.search(s, asked, today=world.clock.now().date()))
    found = {one.thing.id: one for one in page.found}
    assert found["meant-yacht"].meant == TEXTS["meant-other"]
    assert found["meant-yacht"].fragments == ()
    shown = world.app.test_client().get("/search?q=folding+canvas+of+a+yacht").text
    assert f"“{TEXTS['meant-other']}”" in shown
    with world.database.write() as session:
        take_down(session, "meant-yacht")
