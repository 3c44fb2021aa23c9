"""Texts cut into what a model of meaning reads at once, and their vectors. Pure but for the model.

A long text as one vector of its beginning would be known by its preamble; the mean of its passages knows all of it. A
few words, though, are most often answered by one sentence of a text, so each is known for itself too.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from ipx.core.meaning_ports import Meaning, Sentences, Vector
from ipx.core.ports import SearchDocument
from ipx.core.search_words import plain
from ipx.matching.ranking.questions import Question

PASSAGE = 90
"""Words of one passage: about the 128 tokens that the model reads."""
REST = 20
"""A last passage of fewer words joins the one before."""
MOST_PASSAGES = 24
"""Of one question: 2,160 words."""
DOCUMENT_PASSAGES = 3
"""Of one document: 270 words."""
MOST_SENTENCES = 8
"""Of one document, from its beginning: most of an abstract. Of a question as many."""
SENTENCE, SHORT_SENTENCE = 60, 6
"""Words at which a sentence is cut, and those below which one joins its neighbour: a heading, an abbreviation."""
RECIPE = "3-passages-8-sentences"
"""What tells vectors that were made by ``meanings_of`` from those of older ways. Change it with every change."""
# Lines end in the middle of sentences where a text was wrapped, so a line alone ends nothing.
_PARAGRAPH_END = re.compile(r"(?<=[.!?;。！？；])\s*\n\s*")
_SENTENCE_END = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；])")


@dataclass(frozen=True)
class Meant:
    """What a document means: as a whole, and sentence by sentence. Both are empty for one without a word."""

    vector: Vector
    sentences: Sentences


@dataclass(frozen=True)
class Sense:
    """What a question means: as a whole, and sentence by sentence where it is short enough for these to count."""

    whole: Vector
    sentences: Sequence[Vector] = ()


def passages(text: str, *, most: int) -> list[str]:
    """Return ``text`` in passages of PASSAGE words, at most ``most``; [] for a blank text."""
    words = plain(text).split()
    ends = list(range(PASSAGE, len(words), PASSAGE))
    if ends and len(words) - ends[-1] < REST:
        ends.pop()
    begins = [0, *ends]
    cut = [" ".join(words[begin:end]) for begin, end in zip(begins, [*ends, len(words)], strict=True)]
    return [passage for passage in cut if passage][:most]


def sentences(text: str, *, most: int) -> list[str]:
    """Return the sentences of ``text``, at most ``most``, none longer than SENTENCE words; [] for a blank text."""
    cut = [words for paragraph in _PARAGRAPH_END.split(text) for words in _of_paragraph(plain(paragraph))]
    return [" ".join(words) for words in cut[:most]]


def _of_paragraph(text: str) -> list[list[str]]:
    cut: list[list[str]] = []
    for words in (part.split() for part in _SENTENCE_END.split(text)):
        for begin in range(0, len(words), SENTENCE):
            _append(cut, words[begin : begin + SENTENCE])
    return cut


def _append(cut: list[list[str]], words: list[str]) -> None:
    is_short = cut and min(len(words), len(cut[-1])) < SHORT_SENTENCE
    if is_short and len(words) + len(cut[-1]) <= SENTENCE:
        cut[-1] += words
    else:
        cut.append(words)


def sense_of(meaning: Meaning, question: Question, *, by_sentence: bool) -> Sense | None:
    """Return what a question means. Half of the whole is its title, and title with objective, or where it has none the
    beginning of its text; half the mean of its text's passages. None for a blank one."""
    title = plain(question.title).strip()
    headed = _run_on((title, plain(question.objective).strip()))
    heads = [text for text in (title, headed) if text]
    cut = passages(question.text, most=MOST_PASSAGES)
    parts = (plain(part).strip() for _, part in question.parts())
    said = sentences(_run_on(parts), most=MOST_SENTENCES) if by_sentence else []
    vectors = _embedded(meaning, [*heads, *cut, *said])
    if not vectors:
        return None
    whole = _half_and_half(meaning, [vectors[text] for text in heads or cut[:1]], [vectors[text] for text in cut])
    return Sense(whole, [vectors[text] for text in said])


def document_sentences(document: SearchDocument) -> list[str]:
    """Return the sentences of a document that are embedded: its title and its texts, as far as they are read."""
    return sentences(_whole(document), most=MOST_SENTENCES)


def meanings_of(meaning: Meaning, documents: Sequence[SearchDocument]) -> dict[str, Meant]:
    """Return what documents mean by their ids. The vector is the beginning and the mean of all passages, the one as
    much as the other; a text says first what it is about. One without any word is left out."""
    parts = {one.id: (passages(_whole(one), most=DOCUMENT_PASSAGES), document_sentences(one)) for one in documents}
    vectors = _embedded(meaning, (text for each in parts.values() for some in each for text in some))
    return {
        key: _meant(meaning, [vectors[text] for text in cut], [vectors[text] for text in said])
        for key, (cut, said) in parts.items()
        if cut
    }


def _meant(meaning: Meaning, cut: Sequence[Vector], said: Sequence[Vector]) -> Meant:
    return Meant(_half_and_half(meaning, cut[:1], cut), meaning.sentences(said))


def _embedded(meaning: Meaning, texts: Iterable[str]) -> Mapping[str, Vector]:
    """Return the vector of each text: of one that comes twice, as a question of one sentence does, embedded once."""
    once = list(dict.fromkeys(texts))
    return dict(zip(once, meaning.embed(once), strict=True))


def _whole(document: SearchDocument) -> str:
    return _run_on((document.title, document.summary, document.text))


def _run_on(texts: Iterable[str]) -> str:
    return ". ".join(text for text in texts if text.strip())


def _half_and_half(meaning: Meaning, heads: Sequence[Vector], cut: Sequence[Vector]) -> Vector:
    """Return ``heads``, and the mean of the passages with as much weight as all of them; without passages the heads."""
    weighed = [(1.0, vector) for vector in heads]
    if cut:
        weighed.append((float(len(heads)), meaning.mean([(1.0, vector) for vector in cut])))
    return meaning.mean(weighed)


def made_by(meaning: Meaning) -> str:
    """Return what vectors of documents depend on: the model, and what is made of its vectors here."""
    return f"{meaning.model}/{RECIPE}"
