"""Fields of use as sets. Codes say how far a field goes, and a text explains them; a text alone equals itself only.

A tree of codes has ever more leaves than anybody names: a place is exhausted only by an exclusion of itself or of a
place above it. Codes of different schemes are never compared.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from ipx.licences.algebra.codes import Node, symbol_of
from ipx.licences.algebra.truth import Truth, truth_of


@dataclass(frozen=True)
class Code:
    """One class that belongs to the field, or is cut out of it."""

    scheme: str
    code: str
    include: bool = True


@dataclass(frozen=True)
class Field:
    """``include``: what belongs (empty: all, or what the text says); ``exclude``: what surely does not.

    ``doubtful``: groups of which some unnamed part does not belong, because a subgroup compares as its group.
    ``text``: the agreed words, normalised; ``words``: as they were written, for people.
    """

    text: str = ""
    include: frozenset[Node] = frozenset()
    exclude: frozenset[Node] = frozenset()
    doubtful: frozenset[Node] = frozenset()
    words: str = field(default="", compare=False)

    @property
    def is_everything(self) -> bool:
        """Tell whether every field belongs that is not cut out."""
        return not self.text and not self.include

    @property
    def is_text(self) -> bool:
        """Tell whether only words say what belongs."""
        return bool(self.text) and not self.include

    @property
    def is_whole(self) -> bool:
        """Tell whether nothing is cut out."""
        return not self.exclude and not self.doubtful

    def lacks(self, node: Node) -> bool:
        """Tell whether a place is cut out as a whole."""
        return any(cut.covers(node) for cut in self.exclude)

    def doubts(self, node: Node) -> bool:
        """Tell whether a place may be cut out: its group is doubtful, or cuts of another scheme may hit it."""
        return node in self.doubtful or any(cut.scheme != node.scheme for cut in self.exclude | self.doubtful)


EVERYTHING = Field()


def field_of(*, text: str | None = None, codes: Sequence[Code] = ()) -> Field:
    """Return the set that a text and codes name."""
    include, exclude, doubtful = set[Node](), set[Node](), set[Node]()
    for code in codes:
        symbol = symbol_of(code.scheme, code.code)
        if code.include:
            include.update(symbol.nodes)
        else:
            (doubtful if symbol.is_partial else exclude).update(symbol.nodes)
    parts = (frozenset(include), frozenset(exclude), frozenset(doubtful))
    return Field(normalised(text or ""), *parts, words=(text or "").strip())


def normalised(text: str) -> str:
    """Return a text as it compares: Unicode NFKC, case folded, single blanks, no full stop at its end."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return " ".join(folded.split()).rstrip(" .;")


@lru_cache(maxsize=65_536)
def fields_meet(one: Field, other: Field) -> tuple[Truth, frozenset[Node]]:
    """Tell whether both share something, and which places of the schemes (none named: all that both may share)."""
    if one.is_everything and other.is_everything:
        return Truth.YES, frozenset()
    if one.is_text and other.is_text:
        return _texts_meet(one, other), frozenset()
    if one.include and other.include:
        return _codes_meet(one, other)
    coded, rest = (one, other) if one.include else (other, one)
    if coded.include and rest.is_everything:
        return _judged(coded.include, (one, other))
    if coded.include:
        return _text_meets_codes(rest, coded)
    text, all_but = (one, other) if one.is_text else (other, one)
    return truth_of(surely=_is_inside(text, all_but), possibly=True), frozenset()


def fields_within(one: Field, other: Field) -> Truth:
    """Tell whether the first is a subset of the second."""
    if other in (EVERYTHING, one):
        return Truth.YES
    if one.is_everything:
        return _everything_within(one, other)
    if one.is_text or other.is_text:
        return _text_within(one, other)
    return _codes_within(one, other)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _is_inside(one: Field, other: Field) -> bool:
    """Tell whether the first is the second with more cut out, and so a part of it that is not empty."""
    return other.exclude | other.doubtful <= one.exclude and not other.doubtful


def _texts_meet(one: Field, other: Field) -> Truth:
    same = one.text == other.text and (_is_inside(one, other) or _is_inside(other, one) or one == other)
    return truth_of(surely=same, possibly=True)


def _text_meets_codes(text: Field, coded: Field) -> tuple[Truth, frozenset[Node]]:
    left = frozenset(node for node in coded.include if not coded.lacks(node) and not text.lacks(node))
    if not left:
        return Truth.NO, frozenset()
    same = text.text == coded.text and text.is_whole
    return truth_of(surely=same, possibly=True), left


def _codes_meet(one: Field, other: Field) -> tuple[Truth, frozenset[Node]]:
    shared = {deeper for a in one.include for b in other.include if (deeper := _deeper(a, b)) is not None}
    answer, places = _judged(shared, (one, other))
    is_open = _has_other_schemes(one, other) or (bool(one.text) and one.text == other.text)
    if answer is Truth.NO and is_open and _something(one) and _something(other):
        return Truth.UNDECIDED, frozenset()
    return answer, places


def _something(some: Field) -> bool:
    return any(not some.lacks(node) for node in some.include)


def _has_other_schemes(one: Field, other: Field) -> bool:
    schemes = {node.scheme for node in one.include if not one.lacks(node)}
    others = {node.scheme for node in other.include if not other.lacks(node)}
    return len(schemes | others) > 1


def _judged(places: Iterable[Node], fields: Sequence[Field]) -> tuple[Truth, frozenset[Node]]:
    """Return what is left of places after the cuts of both fields: surely some, perhaps some, or nothing."""
    left = [node for node in places if not any(some.lacks(node) for some in fields)]
    sure = frozenset(node for node in left if not any(some.doubts(node) for some in fields))
    return truth_of(surely=bool(sure), possibly=bool(left)), sure or frozenset(left)


def _deeper(one: Node, other: Node) -> Node | None:
    if one.covers(other):
        return other
    return one if other.covers(one) else None


def _everything_within(one: Field, other: Field) -> Truth:
    if other.is_text:
        return Truth.UNDECIDED
    if other.include or any(not one.lacks(cut) for cut in other.exclude):
        return Truth.NO
    return truth_of(surely=all(one.lacks(cut) for cut in other.doubtful), possibly=True)


def _text_within(one: Field, other: Field) -> Truth:
    if one.is_text and other.is_text and one.text == other.text and _is_inside(one, other):
        return Truth.YES
    if one.is_text and other.is_everything and _is_inside(one, other):
        return Truth.YES
    return Truth.UNDECIDED


def _codes_within(one: Field, other: Field) -> Truth:
    """Codes in codes, or in all but some codes."""
    answers = {_node_within(node, one, other) for node in one.include if not one.lacks(node)}
    if Truth.NO in answers:
        return Truth.NO
    return Truth.UNDECIDED if Truth.UNDECIDED in answers else Truth.YES


def _node_within(node: Node, one: Field, other: Field) -> Truth:
    if not other.is_everything and not any(home.covers(node) for home in other.include):
        is_open = any(home.scheme != node.scheme for home in other.include) or one.doubts(node)
        return Truth.UNDECIDED if is_open else Truth.NO
    cuts = [cut for cut in other.exclude if cut.covers(node) or node.covers(cut)]
    if any(not one.lacks(cut) for cut in cuts):
        return Truth.UNDECIDED if one.doubts(node) else Truth.NO
    is_doubtful = any(node.covers(cut) for cut in other.doubtful) or other.doubts(node)
    return Truth.UNDECIDED if is_doubtful else Truth.YES
