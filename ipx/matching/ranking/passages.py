"""Texts cut into what a model of meaning reads at once, and their vectors. Pure but for the model.

A long text as one vector of its beginning would be known by its preamble; the mean of its passages knows all of it.
"""

from collections.abc import Sequence

from ipx.core.meaning_ports import Meaning, Vector
from ipx.core.ports import SearchDocument
from ipx.core.search_words import plain
from ipx.matching.ranking.questions import Question

PASSAGE = 90
"""Words of one passage: about the 128 tokens that the model reads."""
REST = 20
"""A last passage of fewer words joins the one before."""
MOST_PASSAGES = 24
"""Of one question: 2,160 words."""
DOCUMENT_PASSAGES = 4
"""Of one document: 360 words."""
RECIPE = "4-passages"
"""What tells vectors that were made by ``document_vectors`` from those of older ways. Change it with every change."""


def passages(text: str, *, most: int) -> list[str]:
    """Return ``text`` in passages of PASSAGE words, at most ``most``; [] for a blank text."""
    words = plain(text).split()
    ends = list(range(PASSAGE, len(words), PASSAGE))
    if ends and len(words) - ends[-1] < REST:
        ends.pop()
    begins = [0, *ends]
    cut = [" ".join(words[begin:end]) for begin, end in zip(begins, [*ends, len(words)], strict=True)]
    return [passage for passage in cut if passage][:most]


def question_vector(meaning: Meaning, question: Question) -> Vector | None:
    """Return what a question means: half of it its title, and title with objective, or where it has none the beginning
    of its text; half the mean of its text's passages. None for a blank one."""
    title = plain(question.title).strip()
    headed = ". ".join(part for part in (title, plain(question.objective).strip()) if part)
    heads = [text for text in (title, headed) if text]
    vectors = meaning.embed([*heads, *passages(question.text, most=MOST_PASSAGES)])
    if not vectors:
        return None
    return _half_and_half(meaning, vectors[: max(len(heads), 1)], vectors[len(heads) :])


def document_passages(document: SearchDocument) -> list[str]:
    """Return what of a document is embedded: its title and its texts, as far as they are read."""
    texts = (document.title, document.summary, document.text)
    return passages(". ".join(text for text in texts if text.strip()), most=DOCUMENT_PASSAGES)


def document_vectors(meaning: Meaning, documents: Sequence[SearchDocument]) -> dict[str, Vector]:
    """Return the vectors of documents by their ids: the beginning and the mean of all passages, the one as much as the
    other; a text says first what it is about. One without any word has none."""
    cut = {document.id: document_passages(document) for document in documents}
    vectors = iter(meaning.embed([passage for parts in cut.values() for passage in parts]))
    return {key: _document_vector(meaning, [next(vectors) for _ in parts]) for key, parts in cut.items() if parts}


def _document_vector(meaning: Meaning, cut: Sequence[Vector]) -> Vector:
    return _half_and_half(meaning, cut[:1], cut)


def _half_and_half(meaning: Meaning, heads: Sequence[Vector], cut: Sequence[Vector]) -> Vector:
    """Return ``heads``, and the mean of the passages with as much weight as all of them; without passages the heads."""
    weighed = [(1.0, vector) for vector in heads]
    if cut:
        weighed.append((float(len(heads)), meaning.mean([(1.0, vector) for vector in cut])))
    return meaning.mean(weighed)


def made_by(meaning: Meaning) -> str:
    """Return what vectors of documents depend on: the model, and what is made of its vectors here."""
    return f"{meaning.model}/{RECIPE}"
