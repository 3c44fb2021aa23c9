"""The model of sentences, its space of vectors, and what is embedded of a text."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.minilm import model as minilm
from ipx.adapters.minilm.model import MiniLM
from ipx.adapters.minilm.space import DIMENSIONS, PRIOR, MatrixSpace, as_numbers, as_sentences, as_vector
from ipx.core.errors import Unavailable
from ipx.matching.evaluation.keeping import KeptMeaning
from ipx.matching.ranking.passages import (
    MOST_PASSAGES,
    SENTENCE,
    SHORT_SENTENCE,
    document_sentences,
    meanings_of,
    passages,
    sense_of,
    sentences,
)
from ipx.matching.ranking.questions import Question
from tests.adapters.search_probe import listing

SENTENCES = ["A battery that charges fast.", "Quick recharging of an accumulator.", "A song about the sea."]


@pytest.fixture(scope="module")
def model() -> MiniLM:
    return MiniLM(threads=1)


def test_like_meanings_are_close_and_vectors_have_length_one(model: MiniLM) -> None:
    fast, quick, song = (as_numbers(vector) for vector in model.embed(SENTENCES))
    assert float(fast @ quick) > 0.5 > 0.2 > float(fast @ song)
    assert all(abs(float(one @ one) - 1) < 0.01 for one in (fast, quick, song))


def test_a_text_has_the_same_vector_alone_and_among_others(model: MiniLM) -> None:
    together = model.embed([*SENTENCES, "word " * 500, ""])
    for text, vector in zip(SENTENCES, together, strict=False):
        assert float(as_numbers(vector) @ as_numbers(model.embed([text])[0])) > 0.99
    assert {len(vector) for vector in together} == {2 * DIMENSIONS}


def test_another_file_than_the_pinned_one_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "MODEL_SHA256", "0" * 64)
    with pytest.raises(Unavailable, match="not the file that was pinned"):
        MiniLM().embed(["word"])


def test_without_its_packages_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(minilm, "PACKAGES", ("a_package_that_is_not_there",))
    with pytest.raises(Unavailable, match=r"pip install 'ipx\[meaning\]'"):
        MiniLM().check()


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 10_000)), max_size=60), st.data())
def test_a_space_finds_what_was_put_last_and_nothing_that_was_removed(
    puts: Sequence[tuple[int, int]], data: st.DataObject
) -> None:
    space, kept = MatrixSpace(), {}
    for key, seed in puts:
        if data.draw(st.booleans()):
            space.put({f"k{key}": _vector(seed)})
            kept[f"k{key}"] = _vector(seed)
        else:
            space.remove([f"k{key}", "unknown"])
            kept.pop(f"k{key}", None)
    asked = _vector(1)
    by_hand = {key: float(as_numbers(vector) @ as_numbers(asked)) for key, vector in kept.items()}
    assert space.cosines(asked, [*kept, "unknown"]) == pytest.approx(by_hand, abs=1e-4)
    rows = [as_numbers(vector) for vector in kept.values()]
    middle = sum(rows, np.zeros(DIMENSIONS)) / (len(rows) + PRIOR)
    centred = {key: _angle(as_numbers(vector) - middle, as_numbers(asked) - middle) for key, vector in kept.items()}
    assert space.cosines(asked, [*kept, "unknown"], centred=True) == pytest.approx(centred, abs=1e-4)
    nearest = space.nearest(asked, limit=5)
    assert [cosine for _, cosine in nearest] == pytest.approx(sorted(by_hand.values(), reverse=True)[:5], abs=1e-4)


def test_a_space_grows_beyond_its_first_rows() -> None:
    space = MatrixSpace()
    vectors = {f"k{n}": _vector(n) for n in range(2_500)}
    space.put(vectors)
    assert all(space.nearest(vectors[key], limit=1)[0][0] == key for key in ("k0", "k1023", "k1024", "k2499"))


@given(st.integers(0, 400), st.integers(1, 30))
def test_passages_hold_every_word_once_in_order(count: int, most: int) -> None:
    words = [f"w{n}" for n in range(count)]
    cut = passages(" ".join(words), most=most)
    assert len(cut) <= most
    if len(cut) < most:
        assert " ".join(cut).split() == words
    assert all(1 <= len(passage.split()) < 110 for passage in cut)


def test_all_of_a_long_question_is_known_and_a_blank_one_has_no_vector(model: MiniLM) -> None:
    assert sense_of(model, Question(text="  \x00 "), by_sentence=True) is None
    preamble = "This topic asks for proposals of small firms. " * 12
    text = preamble + "Wanted is an implantable insulin pump. " * 12
    long = sense_of(model, Question(title="A topic of a call", text=text), by_sentence=False)
    meant = meanings_of(
        model,
        [listing("pump", text="An insulin pump."), listing("sail", text="A boat."), listing("-", title="")],
    )
    assert set(meant) == {"pump", "sail"}
    assert long is not None
    pump, sail = (float(as_numbers(long.whole) @ as_numbers(meant[key].vector)) for key in ("pump", "sail"))
    assert pump > sail
    assert MOST_PASSAGES * 90 > 2_000


@given(st.lists(st.tuples(st.integers(1, 150), st.sampled_from([". ", "! ", "; ", ", ", "\n"])), max_size=9))
def test_sentences_hold_every_word_once_in_order(parts: list[tuple[int, str]]) -> None:
    text = "".join(" ".join(f"w{n}" for n in range(count)) + end for count, end in parts)
    cut = sentences(text, most=10_000)
    assert " ".join(cut).split() == text.split()
    assert all(1 <= len(sentence.split()) <= SENTENCE for sentence in cut)
    assert sentences(text, most=2) == cut[:2]


def test_sentences_end_where_they_end_and_short_ones_join_their_neighbours() -> None:
    first, second = "A pump moves ions through a membrane.", "It is made of tin and glass!"
    assert sentences(f"{first} {second}", most=9) == [first, second]
    assert sentences(f"Summary. {first} See Fig. 2. {second}", most=9) == [f"Summary. {first} See Fig. 2.", second]
    assert sentences("这是一个水泵。它用锡制成。", most=9) == ["这是一个水泵。 它用锡制成。"]
    assert sentences(f"{first}\nFig. 2", most=9) == [first, "Fig. 2"], "what begins a paragraph joins no other"
    assert sentences("A pump moves ions\nthrough a membrane.", most=9) == [first]
    assert len(sentences("word " * (SENTENCE + SHORT_SENTENCE), most=9)) == 2
    assert sentences(" \x00 ", most=9) == []


def test_closest_is_the_sentence_that_says_it_wherever_it_stands(model: MiniLM) -> None:
    about = "The device has a housing of steel and two screws. " * 5
    documents = [
        listing("says", title="", text=f"{about} An implant releases insulin when sugar in the blood is high. {about}"),
        listing("never", title="", text=about),
        listing("blank", title=""),
    ]
    meant = meanings_of(model, documents)
    space = model.space()
    space.put({key: one.vector for key, one in meant.items()})
    space.put_sentences({key: one.sentences for key, one in meant.items()})
    sense = sense_of(model, Question(text="insulin pump for diabetics"), by_sentence=True)
    assert sense is not None
    asked = sense.sentences
    found = space.closest(asked, ["says", "never", "blank", "unknown"])
    assert set(found) == {"says", "never"}
    whole = space.cosines(asked[0], ["says", "never"])
    assert found["says"].cosine > found["never"].cosine + 0.2
    assert found["says"].cosine > whole["says"], "the whole text is about a housing"
    said = document_sentences(documents[0])
    assert said[found["says"].place].startswith("An implant releases insulin")
    exact = max(float(as_numbers(one) @ as_numbers(asked[0])) for one in model.embed(said))
    assert abs(found["says"].cosine - exact) < 0.01, "eight bits are enough"
    assert space.closest([], ["says"]) == {} == space.closest(asked, [])
    assert space.closest_of(asked, {"says": meant["says"].sentences, "blank": b""}) == {"says": found["says"]}


def test_a_question_of_several_sentences_comes_as_close_as_they_do_on_average() -> None:
    one, other, third = np.eye(DIMENSIONS)[:3]
    space = MatrixSpace()
    space.put_sentences({"both": as_sentences([as_vector(one), as_vector(other), as_vector(third)])})
    space.put_sentences({"first": as_sentences([as_vector(one)])})
    asked = [as_vector(one), as_vector(other)]
    found = space.closest(asked, ["both", "first"])
    assert {key: round(one.cosine, 2) for key, one in found.items()} == {"both": 1.0, "first": 0.5}
    space.put({"first": as_vector(third)})
    assert "first" not in space.closest(asked, ["both", "first"]), "the sentences of another text"
    space.remove(["both"])
    assert space.closest(asked, ["both"]) == {}


def test_kept_vectors_are_read_again_and_half_a_row_is_thrown_away(model: MiniLM, tmp_path: Path) -> None:
    first = KeptMeaning(model, tmp_path).embed(SENTENCES)
    file = next(tmp_path.glob("*.vectors"))
    size = file.stat().st_size
    file.write_bytes(file.read_bytes() + b"half a row")
    again = KeptMeaning(_Forbidden(model), tmp_path)
    assert again.embed(SENTENCES) == first
    assert file.stat().st_size == size


def test_what_all_have_in_common_tells_nothing_once_the_middle_is_taken_off() -> None:
    common, own = np.eye(DIMENSIONS)[0], np.eye(DIMENSIONS)[1:]
    space = MatrixSpace()
    space.put({f"k{n}": as_vector(3 * common + own[n % 300]) for n in range(20_000)})
    asked = as_vector(3 * common + own[7])
    assert space.cosines(asked, ["k8"])["k8"] > 0.85
    centred = space.cosines(asked, ["k7", "k8"], centred=True)
    assert centred["k7"] > 0.95
    assert abs(centred["k8"]) < 0.1


def _angle(one: "np.ndarray[Any, Any]", other: "np.ndarray[Any, Any]") -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


class _Forbidden(MiniLM):
    """A model that may be asked for its size and nothing else."""

    def __init__(self, model: MiniLM) -> None:
        super().__init__()
        self._one = model.embed(["size"])

    def embed(self, texts: Sequence[str]) -> list[bytes]:
        assert list(texts) == ["size"]
        return self._one


def test_it_is_crowded_around_what_is_close_to_many_and_nothing_crowds_itself() -> None:
    own = np.eye(DIMENSIONS)
    space = MatrixSpace()
    space.put({f"swarm{n}": as_vector(4 * own[0] + own[2 + n % 300]) for n in range(400)})
    space.put({f"other{n}": _vector(n) for n in range(1_200)})
    space.put({"alone": as_vector(-own[1])})
    crowding = space.crowding(["swarm7", "alone", "unknown"])
    assert set(crowding) == {"swarm7", "alone"}
    assert crowding["swarm7"] > 0.5 > crowding["alone"]
    alike = space.crowding_of({"a": as_vector(4 * own[0] + own[9]), "b": as_vector(-own[1])})
    assert list(alike.values()) == pytest.approx(list(crowding.values()), abs=1e-4)


def test_where_little_is_there_nothing_is_crowded() -> None:
    space = MatrixSpace()
    assert space.crowding(["a"]) == {}
    assert space.crowding_of({"a": _vector(1)}) == {}
    space.put({"a": _vector(1), "b": _vector(1), "c": _vector(2)})
    assert all(abs(value) < 0.02 for value in space.crowding(["a", "b", "c"]).values())


def _vector(seed: int) -> bytes:
    import numpy as np

    return as_vector(np.random.default_rng(seed).normal(size=DIMENSIONS))
