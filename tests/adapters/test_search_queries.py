"""How every search index answers: words of any kind, filters, counts, pages, fragments.

Tantivy always, Elasticsearch where IPX_TEST_ELASTICSEARCH_URL names one.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ipx.core.errors import Invalid
from ipx.core.ports import LISTINGS, SearchQuery
from ipx.core.search_words import MAX_TEXT, read_words, words_required
from tests.adapters.search_probe import ENGINES, Index, found, listing, opened, shelf


@pytest.fixture(params=ENGINES)
def index(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Index]:
    with opened(request.param, tmp_path) as index:
        yield index


def test_words_are_counted_as_they_are_found(index: Index) -> None:
    texts = ["a battery of cells", "batteries", "a sail", "新型电池管理", "a state-of-the-art sail"]
    index.put([listing(f"t{n}", text=text) for n, text in enumerate(texts)])
    index.remove(LISTINGS, "t1", 2)
    index.put([listing("t0", version=3, title="battery", text="battery battery")])
    index.rebuild(listing(f"t{n}", version=5, title="", text=text) for n, text in enumerate(texts) if n != 1)
    counts = index.count_words(["battery", "sail", "电池", "nothing", "·"])
    assert counts.documents == 4
    assert counts.holding == {"battery": 1, "sail": 2, "电池": 1, "nothing": 0, "·": 0}


def test_words_of_an_empty_index_are_nowhere(index: Index) -> None:
    counts = index.count_words(["battery"])
    assert (counts.documents, counts.holding) == (0, {"battery": 0})


def test_presence_counts_each_word_once_by_its_weight_wherever_and_however_often_it_stands(index: Index) -> None:
    filler = "Other words " * 40
    index.put(
        [
            listing("both", title="", text="a rotor and a blade " + filler),
            listing("often", title="Rotor", text="rotor rotors rotor hub"),
            listing("twice", title="Blade", text="blade of a hub, " * 9),
            listing("none", title="", text=filler),
        ]
    )
    weights = {"rotor": 0.5, "blade": 0.3, "hub": 0.1}
    hits = index.search(SearchQuery(kind=LISTINGS, weights=weights, presence=True)).hits
    scores = {hit.id: hit.score for hit in hits}
    assert scores == pytest.approx({"both": 0.8, "often": 0.6, "twice": 0.4})
    assert [hit.id for hit in hits] == ["both", "often", "twice"]


# ── words ─────────────────────────────────────────────────────────────────────────────────────────


def test_words_are_found_in_every_field_and_the_title_counts_most(index: Index) -> None:
    filler = "Some other words stand in this place. "
    index.put(
        [
            listing("text", title="First", summary=filler, text="About perovskite cells. " + filler),
            listing("summary", title="Second", summary="About perovskite cells. " + filler, text=filler),
            listing("title", title="Perovskite cells", summary=filler, text=filler),
            listing("none", title="Third", summary=filler, text=filler),
        ]
    )
    assert found(index, "perovskite")[0] == "title"
    assert sorted(found(index, "perovskite")) == ["summary", "text", "title"]
    scores = [hit.score for hit in index.search(SearchQuery(kind=LISTINGS, words="perovskite")).hits]
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("BATTERY", "several batteries"),
        ("generators", "a generating set"),
        ("Angstrom", "some Ångström wide"),
        ("Ångström", "some angstrom wide"),
        ("naïve", "the nai\u0308ve method"),
        ("Newton", "Newton’s cradle"),
        ("state-of-the-art", "state of the art"),
        ("lithium ion", "a lithium-ion cell"),
        ("graphene", "made of graphene.The next step"),
        ("key", "ABSTRACT:A key challenge"),
        ("2,000", "over 2,000 cycles"),
        ("5.5", "at 5.5 volts"),
        ("电池", "新型电池管理系统"),
        ("батарея", "Новая батарея для сетей"),
        ("हिन्दी", "यह हिन्दी है"),
        ("the of", "the best of all"),
        ("resume", "re\u00adsume the work"),
    ],
)
def test_forms_and_scripts_of_a_word(index: Index, words: str, text: str) -> None:
    index.put([listing("a", text=text), listing("b", text="entirely different")])
    assert found(index, words) == ["a"]


def test_both_of_two_words_are_required_and_two_of_more(index: Index) -> None:
    index.put([listing("both", text="magnetic bearing"), listing("one", text="magnetic field")])
    assert found(index, "magnetic bearing") == ["both"]
    assert found(index, "the magnetic bearing") == ["both"]
    assert found(index, "magnetic bearing turbine") == ["both"]
    assert found(index, "magnetic turbine compressor nozzle") == []
    assert [words_required(count) for count in (1, 2, 3, 100)] == [1, 2, 2, 2]


HOSTILE = [
    '"', '"unclosed', "'", "\\", "((((((", "a AND", "OR", "NOT NOT", "+-!", "title:", "title:[1 TO", "/.*/", "a^", "*",
    "?", "~2", "{!x}", "field:(a OR", "\x00", "\x02pump\x03", "\ud800", "🔋🔋", "\u202epmup", "%s%n", "<script>", "_",
    "__", "a" * 10_000, "pump " * 2_000, "(" * 10_000, "a.b," * 2_500, "\u0301" * 500, "'" * 5_000, "🔋" * 2_500,
    " ".join(f"word{number}" for number in range(1_100)),
    "".join(chr(point) for point in range(0x21, 0x2FFF)),
]  # fmt: skip


@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_any_text_is_a_query(index: Index, words: str) -> None:
    index.put([listing("a", title="Pump", text="A pump. " * 50)])
    begun = time.monotonic()
    answer = index.search(SearchQuery(kind=LISTINGS, words=words, count_facets=["status"]))
    assert answer.total in (0, 1)
    assert time.monotonic() - begun < 5


def test_operators_are_words_only(index: Index) -> None:
    index.put([listing("a", text="steel pump"), listing("b", text="copper pipe")])
    assert found(index, '"pump" steel') == ["a"]
    assert found(index, "-steel pump") == ["a"]
    assert found(index, "title:pump") == []
    assert found(index, "pum*") == []


def test_a_text_without_any_word_finds_nothing_and_a_blank_one_everything(index: Index) -> None:
    index.put([listing("a", title="Pump")])
    assert found(index, "!?") == []
    assert found(index, " \t\n ") == ["a"]


def test_words_are_read_to_a_limit() -> None:
    assert read_words("Pump pump PUMP") == ("pump",)
    assert len(read_words(" ".join(f"w{n}" for n in range(1_000)))) == 200
    assert read_words("x" * 20_000) == ("x" * 100,)
    assert read_words("The pump of the year") == ("pump", "year")


# ── texts that are hard ───────────────────────────────────────────────────────────────────────────


def test_hostile_texts_can_be_stored(index: Index) -> None:
    texts = ["\x00\x02\x03pump", "\ud800pump", "pump" * 20_000, "pump " * 60_000, "🔋 pump\u202e", ""]
    index.put([listing(f"n{i}", title=text, summary=text, text=text) for i, text in enumerate(texts)])
    assert index.search(SearchQuery(kind=LISTINGS)).total == len(texts)
    answer = index.search(SearchQuery(kind=LISTINGS, words="pump"))
    assert {hit.id for hit in answer.hits} == {"n0", "n1", "n3", "n4"}
    for hit in answer.hits:
        for fragment in hit.fragments:
            assert fragment.count("\x02") == fragment.count("\x03") > 0


def test_a_text_is_read_to_a_limit(index: Index) -> None:
    index.put([listing("a", text="filler " * (MAX_TEXT // 7 + 1) + " beyond")])
    assert found(index, "filler") == ["a"]
    assert found(index, "beyond") == []


@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31T10:00:00Z", "true", "12", "a\x1fb", "é=/ü", "x" * 300])
def test_a_facet_value_is_any_short_text(index: Index, value: str) -> None:
    index.put(
        [listing("a", facets={"source": [value, value]}), listing("b", facets={"source": ["other"], "empty": []})]
    )
    assert found(index, facets={"source": [value]}) == ["a"]
    assert found(index, facets={"source": [value, "other"], "empty": []}, count_facets=["empty"])
    counts = index.search(SearchQuery(kind=LISTINGS, count_facets=["source"])).facets["source"]
    assert len(counts) == 2


# ── filters, counts, order, pages ─────────────────────────────────────────────────────────────────


def test_facets_are_any_within_and_all_together(index: Index) -> None:
    index.put(shelf())
    query = SearchQuery(kind=LISTINGS, facets={"source": ["s0", "s1"], "classes": ["c1"], "status": ["open"]}, limit=60)
    expected = {n for n in range(50) if n % 3 in (0, 1) and n % 4 == 1}
    answer = index.search(query)
    assert {int(hit.id[1:]) for hit in answer.hits} == expected
    assert answer.total == len(expected)
    assert found(index, facets={"source": ["absent"]}) == []
    assert found(index, facets={"unknown": ["x"]}) == []
    assert len(found(index, facets={"source": []}, limit=100)) == 60


def test_a_facet_is_counted_under_all_filters_but_its_own(index: Index) -> None:
    index.put(shelf())
    answer = index.search(
        SearchQuery(
            kind=LISTINGS,
            words="pressure",
            facets={"source": ["s0"]},
            at_least={"trl": 5},
            count_facets=["source", "classes", "status", "unknown"],
        )
    )
    matching = [n for n in range(60) if n % 2 and n % 9 + 1 >= 5]
    here = [n for n in matching if n % 3 == 0]
    assert dict(answer.facets["source"]) == {f"s{s}": sum(n % 3 == s for n in matching) for s in range(3)}
    assert dict(answer.facets["classes"]) == {
        "all": len(here), "c1": sum(n % 4 == 1 for n in here), "c3": sum(n % 4 == 3 for n in here)
    }  # fmt: skip
    assert answer.facets["classes"][0] == ("all", len(here))
    assert dict(answer.facets["status"]).get("open") == sum(n < 50 for n in here)
    assert list(answer.facets["unknown"]) == []
    assert answer.total == len(here)


def test_counts_come_largest_first_and_ties_by_value(index: Index) -> None:
    index.put([listing(f"a{n}", facets={"classes": [f"v{n % 150:03}", "common"]}) for n in range(300)])
    counts = index.search(SearchQuery(kind=LISTINGS, count_facets=["classes"])).facets["classes"]
    assert list(counts) == [("common", 300), *((f"v{n:03}", 2) for n in range(99))]


def test_ranges_include_their_ends(index: Index) -> None:
    index.put([*shelf(), listing("bare", title="No numbers")])
    trl = {n for n in range(60) if 3 <= n % 9 + 1 <= 4}
    assert {int(i[1:]) for i in found(index, at_least={"trl": 3}, at_most={"trl": 4}, limit=60)} == trl
    assert found(index, at_most={"upfront": -59}) == ["n59"]
    assert found(index, at_least={"upfront": 0}) == ["n0"]
    assert found(index, at_least={"absent": 0}) == []
    assert found(index, at_least={"published": 2**62}) == []


def test_pages_join_without_gap_or_overlap(index: Index) -> None:
    index.put(shelf())
    for parts in ({"words": "device"}, {"words": ""}, {"words": "device", "newest_first": True}):
        pages = [found(index, offset=offset, limit=7, **parts) for offset in range(0, 63, 7)]
        assert [len(page) for page in pages] == [7] * 8 + [4]
        assert len({found_id for page in pages for found_id in page}) == 60


@pytest.mark.parametrize(("offset", "limit"), [(0, 0), (60, 10), (10_000, 10), (10**12, 10**12), (-5, 0), (0, -1)])
def test_a_page_beyond_the_hits_is_empty_and_the_total_stays(index: Index, offset: int, limit: int) -> None:
    index.put(shelf())
    answer = index.search(SearchQuery(kind=LISTINGS, words="device", offset=offset, limit=limit))
    assert (len(answer.hits), answer.total) == (0, 60)


def test_newest_first_and_without_words_too(index: Index) -> None:
    index.put(shelf())
    newest = [f"n{n}" for n in range(59, 49, -1)]
    assert found(index, "device", newest_first=True, limit=10) == newest
    assert found(index, limit=10) == newest


@pytest.mark.parametrize("parts", [{"facets": {"a.b": ["x"]}}, {"count_facets": ["x]"]}, {"at_least": {"trl": 2**70}}])
def test_a_name_that_no_filter_has_is_invalid(index: Index, parts: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        found(index, **parts)


# ── fragments ─────────────────────────────────────────────────────────────────────────────────────


def test_fragments_mark_the_words_in_plain_text(index: Index) -> None:
    text = "Erster Satz über Größe — <b>not</b> markup. " * 10 + "The naïve battery stores heat. " + "Last words. " * 40
    index.put([listing("a", title="Battery", summary="Batteries für alle.", text=text)])
    fragments = index.search(SearchQuery(kind=LISTINGS, words="battery naive")).hits[0].fragments
    assert any(fragment.startswith("\x02Batteries\x03 für alle") for fragment in fragments)
    assert any("\x02naïve\x03 \x02battery\x03 stores heat" in fragment for fragment in fragments)
    assert all(len(fragment) < 400 for fragment in fragments)


def test_fragments_do_not_escape_and_cannot_be_forged(index: Index) -> None:
    index.put([listing("a", text="A \x02forged\x03 mark & <b>bold</b> pump")])
    (fragment,) = index.search(SearchQuery(kind=LISTINGS, words="pump")).hits[0].fragments
    assert "\x02pump\x03" in fragment
    assert "& <b>bold</b>" in fragment
    assert fragment.count("\x02") == 1


def test_no_words_no_fragments(index: Index) -> None:
    index.put([listing("a", title="Pump only in the title", text="Other text")])
    assert [list(hit.fragments) for hit in index.search(SearchQuery(kind=LISTINGS)).hits] == [[]]
    assert [list(hit.fragments) for hit in index.search(SearchQuery(kind=LISTINGS, words="pump")).hits] == [[]]


# ── weighted words, named documents ───────────────────────────────────────────────────────────────


def test_weights_stand_for_the_words_and_move_the_order(index: Index) -> None:
    index.put([listing("rotor", text="a rotor and a hub"), listing("blade", text="a blade and a hub")])
    for heavy, light in (("rotor", "blade"), ("blade", "rotor")):
        weights = {"hub": 1.0, heavy: 5.0, light: 1.0}
        assert found(index, "anything else", weights=weights) == [heavy, light]
    hits = index.search(SearchQuery(kind=LISTINGS, weights={"rotor": 1.0, "hub": 1.0})).hits
    assert [hit.fragments for hit in hits] == [["a \x02rotor\x03 and a \x02hub\x03"]]


def test_only_named_documents_or_all_but_them(index: Index) -> None:
    index.put([*shelf(), listing("n1", kind="need", title="Device")])
    assert sorted(found(index, "device", ids=["n1", "n3", "unknown"])) == ["n1", "n3"]
    assert found(index, ids=["n1", "n3"]) == ["n3", "n1"]
    assert found(index, "device", ids=["n1"], facets={"status": ["closed"]}) == []
    query = SearchQuery(kind=LISTINGS, ids=["n1", "n3", "n4"], limit=0, count_facets=["source"])
    counted = index.search(query)
    assert (counted.total, list(counted.hits)) == (3, [])
    assert dict(counted.facets["source"]) == {"s0": 1, "s1": 2}
    rest = found(index, "device", except_ids=[f"n{n}" for n in range(57)], limit=60)
    assert sorted(rest) == ["n57", "n58", "n59"]
    with pytest.raises(Invalid):
        found(index, "device", ids=[f"n{n}" for n in range(10_001)])


def test_named_documents_are_found_though_they_lack_the_words(index: Index) -> None:
    index.put([*shelf(), listing("pump", title="Pump"), listing("n1", kind="need", title="Pump")])
    also = ["n3", "n1", "unknown", "pump"]
    assert found(index, "pump", also_ids=also, newest_first=True) == ["n3", "n1", "pump"]
    by_score = index.search(SearchQuery(kind=LISTINGS, words="pump", also_ids=also, with_total=False))
    assert by_score.hits[0].id == "pump"
    assert {hit.id: hit.score > 0 for hit in by_score.hits} == {"pump": True, "n3": False, "n1": False}
    status = {
        name: value for value in ("open", "closed") for name in found(index, facets={"status": [value]}, limit=60)
    }
    chosen = index.search(SearchQuery(kind=LISTINGS, words="pump", also_ids=also, count_facets=["status"]))
    assert sum(count for _, count in chosen.facets["status"]) == 2
    for value in ("open", "closed"):
        kept = found(index, "pump", also_ids=also, facets={"status": [value]}, newest_first=True)
        assert kept == [name for name in ("n3", "n1") if status.get(name) == value]
    assert found(index, "pump", also_ids=also, except_ids=["n3"], ids=["n1", "n3"]) == ["n1"]
    assert len(found(index, also_ids=["n1"], limit=100)) == 61, "without words everything is found"
    assert found(index, "...", also_ids=["n1"]) == ["n1"]
    with pytest.raises(Invalid):
        found(index, "device", also_ids=[f"n{n}" for n in range(10_001)])


def test_a_hit_tells_the_number_of_its_words_and_fragments_only_where_asked(index: Index) -> None:
    index.put([listing("a", title="One two", summary="three", text="four, five-six rotor.")])
    hit = index.search(SearchQuery(kind=LISTINGS, words="rotor", with_fragments=False)).hits[0]
    assert (hit.length, hit.fragments) == (7, [])


def test_hundreds_of_weighted_words_are_answered(index: Index) -> None:
    index.put([listing("a", text="state of the art rotor-blade"), listing("b", text="nothing of it")])
    weights = {f"word-{n}-of-many": 1.0 for n in range(320)} | {"rotor-blade": 2.0, "state-of-the-art": 1.0}
    assert found(index, weights=weights) == ["a"]
