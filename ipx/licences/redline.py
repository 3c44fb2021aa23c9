"""Two versions of terms laid side by side as a lawyer's redline: clause by clause, sentence by sentence, word by word.

What is compared are the sentences in the reader's language, so a person sees words, not codes; every change of the
terms changes their words (``wording``), so nothing can change unseen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.clauses import TITLES, clauses_of
from ipx.licences.wording.sentences import Sentence

# A word, a sign, or one Chinese character; blanks go with what stands after them.
_WORD = re.compile(r"\s*(?:[\u3400-\u9fff]|[^\W\u3400-\u9fff]+(?:[.,]\d+)*|[^\w\s])|\s+")

# Comparing takes up to the product of both numbers of words; beyond this a text is struck out whole.
_MOST_PAIRS = 90_000


class Change(StrEnum):
    """What happened to a piece of text."""

    KEPT = "kept"
    INSERTED = "inserted"
    DELETED = "deleted"


@dataclass(frozen=True)
class Piece:
    """Words that share a fate."""

    change: Change
    text: str


@dataclass(frozen=True)
class Line:
    """One sentence of a redline, in pieces; ``path`` is the field that it is about."""

    path: str
    pieces: tuple[Piece, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether anything in it differs."""
        return any(piece.change is not Change.KEPT for piece in self.pieces)


@dataclass(frozen=True)
class RedlinedClause:
    """One clause of both versions."""

    name: str
    title: str
    lines: tuple[Line, ...]

    @property
    def is_changed(self) -> bool:
        """Tell whether any sentence in it differs."""
        return any(line.is_changed for line in self.lines)


def redline(old: LicenceTerms, new: LicenceTerms) -> tuple[RedlinedClause, ...]:
    """Return every clause that either version has, in the order of the schema."""
    before = {clause.name: clause.sentences for clause in clauses_of(old)}
    after = {clause.name: clause.sentences for clause in clauses_of(new)}
    return tuple(
        RedlinedClause(name, str(title), tuple(_lines(before.get(name, ()), after.get(name, ()))))
        for name, title in TITLES.items()
        if name in before or name in after
    )


def _lines(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterator[Line]:
    texts = [sentence.text for sentence in old], [sentence.text for sentence in new]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, *texts, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from (Line(sentence.path, (Piece(Change.KEPT, sentence.text),)) for sentence in new[j1:j2])
        else:
            yield from _replaced(old[i1:i2], new[j1:j2])


def _replaced(old: Sequence[Sentence], new: Sequence[Sentence]) -> Iterator[Line]:
    """Pair the sentences about the same field; the others went out or came in whole."""
    left = {sentence.path: sentence for sentence in old}
    kept = {sentence.path for sentence in new}
    yield from (Line(s.path, (Piece(Change.DELETED, s.text),)) for s in old if s.path not in kept)
    for sentence in new:
        before = left.get(sentence.path)
        pieces = words_of_change(before.text, sentence.text) if before else (Piece(Change.INSERTED, sentence.text),)
        yield Line(sentence.path, pieces)


def words_of_change(old: str, new: str) -> tuple[Piece, ...]:
    """Return the pieces from one text to the other: kept and deleted ones make the old, kept and inserted the new."""
    before, after = _WORD.findall(old), _WORD.findall(new)
    if len(before) * len(after) > _MOST_PAIRS:
        return Piece(Change.DELETED, old), Piece(Change.INSERTED, new)
    pieces: list[Piece] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(Piece(Change.KEPT, "".join(after[j1:j2])))
            continue
        if i2 > i1:
            pieces.append(Piece(Change.DELETED, "".join(before[i1:i2])))
        if j2 > j1:
            pieces.append(Piece(Change.INSERTED, "".join(after[j1:j2])))
    return tuple(pieces)
