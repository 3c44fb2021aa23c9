"""What a search may demand beyond words that score: a tree of conditions, the same for every engine. Pure.

A tree only lets through or keeps out; it never scores. It must never hold what an engine would read as syntax.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

# Sections A to H and Y; then class, subclass, main group and subgroup, each only below the one before.
_SYMBOL = re.compile(r"[A-HY]([0-9]{2}([A-Z]([0-9]{1,4}(/[0-9]{2,6})?)?)?)?")


class Place(StrEnum):
    """Where words are looked for."""

    ANYWHERE = "anywhere"
    TITLE = "title"
    ORGANISATION = "organisation"


@dataclass(frozen=True)
class Words:
    """All words of ``text`` at a place, in any order and form (endings do not matter)."""

    text: str
    place: Place = Place.ANYWHERE


@dataclass(frozen=True)
class Phrase:
    """The words of ``text`` one after the other at a place; anywhere: within one text of the document."""

    text: str
    place: Place = Place.ANYWHERE


@dataclass(frozen=True)
class Begun:
    """All words of ``text``, the last one perhaps only begun, as they are written (endings matter)."""

    text: str
    place: Place = Place.TITLE


@dataclass(frozen=True)
class Near:
    """One word or one that differs from it in at most ``edits`` letters (1 or 2); the first letter is right."""

    word: str
    edits: int


@dataclass(frozen=True)
class Symbol:
    """A CPC symbol (section, class, subclass, main group or subgroup) or one below it, as ``cpc_levels`` writes it."""

    symbol: str


@dataclass(frozen=True)
class AllOf:
    """Every part."""

    parts: Sequence["Node"]


@dataclass(frozen=True)
class AnyOf:
    """At least one part."""

    parts: Sequence["Node"]


@dataclass(frozen=True)
class Without:
    """Everything that the part does not let through."""

    part: "Node"


Leaf = Words | Phrase | Begun | Near | Symbol
Node = Leaf | AllOf | AnyOf | Without


def wanted_words(node: Node) -> Iterator[str]:
    """Yield the texts that documents should hold at large or in their title: what a ranking can score."""
    if isinstance(node, Words | Phrase) and node.place is not Place.ORGANISATION:
        yield node.text
    elif isinstance(node, AllOf | AnyOf):
        for part in node.parts:
            yield from wanted_words(part)


def cpc_levels(symbol: str) -> tuple[str, ...]:
    """Return a CPC symbol's levels, the widest first: H, H01, H01M, H01M10, H01M10/05; () for what is none."""
    clean = "".join(symbol.split()).upper()
    if not _SYMBOL.fullmatch(clean):
        return ()
    group = clean.partition("/")[0]
    levels = [group[:1], group[:3], group[:4], group, clean]
    return tuple(dict.fromkeys(levels))
