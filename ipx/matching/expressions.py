"""Searches with fields, quotes and operators, read into a tree of conditions. Pure, and bounded in depth and length.

    title:battery AND (org:"City University" OR cpc:H01M) NOT lead

AND may be left out. NOT is closer than AND, AND closer than OR. A field holds for one word, one phrase, or a bracket.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ipx.core.errors import Invalid
from ipx.core.search_tree import AllOf, AnyOf, Node, Phrase, Place, Symbol, Without, Words, cpc_levels, wanted_words

LONGEST = 1_000
"""Characters of an expression."""
MOST_TERMS = 50
"""Words and phrases of an expression."""
DEEPEST = 8
"""Brackets and NOTs inside each other."""
SHOUTED = 6
"""Words from which a text in capitals alone is taken to be a heading, so that its AND is a word."""

_PLACES = {"title": Place.TITLE, "org": Place.ORGANISATION}
_CPC = "cpc"
FIELDS = (*_PLACES, _CPC)
_AND, _OR, _NOT = "AND", "OR", "NOT"
_TOKEN = re.compile(
    rf'\s*(?:(?P<field>(?i:{"|".join(FIELDS)})):|(?P<mark>[()])|"(?P<phrase>[^"]*)"|(?P<word>[^\s()"]+)|(?P<odd>"))'
)
_QUOTES = str.maketrans("“”„‟", '""""')
_SIGNS = re.compile(rf'(?:^|[\s(])(?:(?i:{"|".join(FIELDS)}):\S|(?:{_AND}|{_OR}|{_NOT})(?=[\s(]))|"[^"]+"')


class Fault(StrEnum):
    """What can be wrong with an expression."""

    TOO_LONG = "too-long"
    TOO_MANY = "too-many"
    TOO_DEEP = "too-deep"
    QUOTE = "quote"  # one that is never closed
    OPEN = "open"  # a bracket that is never closed
    CLOSED = "closed"  # a bracket that was never opened
    NOTHING = "nothing"  # a word, a phrase or a bracket is missing here
    SYMBOL = "symbol"  # no CPC symbol


class ExpressionError(Invalid):
    """An expression that cannot be read: what is wrong, and at which character (from 1)."""

    def __init__(self, fault: Fault, at: int) -> None:
        super().__init__(f"The search cannot be read at character {at}: {fault}.", field="q")
        self.fault = fault
        self.at = at


@dataclass(frozen=True)
class Expression:
    """What was asked: the condition, and the words in it that a ranking can score."""

    tree: Node
    words: str


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def is_expression(text: str) -> bool:
    """Tell whether a text uses a field, an operator or quotes; anything else is words alone."""
    text = text.translate(_QUOTES)
    is_heading = text == text.upper() and len(text.split()) > SHOUTED and ":" not in text and '"' not in text
    return not is_heading and bool(_SIGNS.search(text))


def read_expression(text: str) -> Expression:
    """Return what ``text`` demands. Raises ExpressionError."""
    if len(text) > LONGEST:
        raise ExpressionError(Fault.TOO_LONG, LONGEST + 1)
    tokens = _tokens(text.translate(_QUOTES))
    tree = _Reader(tokens, end=len(text) + 1).whole()
    return Expression(tree, " ".join(wanted_words(tree)))


def bare_words(text: str) -> str:
    """Return the words and phrases of any text, without fields, brackets and operators: what an expression that cannot
    be read still asks for.
    """
    found = [match["phrase"] or match["word"] for match in _TOKEN.finditer(text.translate(_QUOTES))]
    return " ".join(words for words in found if words and words not in (_AND, _OR, _NOT))


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    place, terms = 0, 0
    while match := _TOKEN.match(text, place):
        kind = match.lastgroup or ""
        token = _Token(_operator(kind, match[kind]), match[kind], match.start(kind) + 1)
        if kind == "odd":
            raise ExpressionError(Fault.QUOTE, token.at)
        terms += token.kind in ("word", "phrase")
        if terms > MOST_TERMS:
            raise ExpressionError(Fault.TOO_MANY, token.at)
        found.append(token)
        place = match.end()
    return found


def _operator(kind: str, text: str) -> str:
    is_operator = kind == "mark" or (kind == "word" and text in (_AND, _OR, _NOT))
    return text if is_operator else kind


class _Reader:
    """Reads tokens from left to right; each method takes what it understands and leaves the rest."""

    def __init__(self, tokens: Sequence[_Token], *, end: int) -> None:
        self._tokens = [*tokens, _Token("end", "", end)]
        self._next = 0

    def whole(self) -> Node:
        tree = self._any(None, 0)
        if self._kind != "end":
            raise ExpressionError(Fault.CLOSED, self._here.at)
        return tree

    @property
    def _here(self) -> _Token:
        return self._tokens[self._next]

    @property
    def _kind(self) -> str:
        return self._here.kind

    def _take(self) -> _Token:
        token = self._here
        self._next += 1
        return token

    def _any(self, field: str | None, depth: int) -> Node:
        parts = [self._all(field, depth)]
        while self._kind == _OR:
            self._take()
            parts.append(self._all(field, depth))
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self, field: str | None, depth: int) -> Node:
        parts = [self._one(field, depth)]
        while self._kind not in (_OR, ")", "end"):
            if self._kind == _AND:
                self._take()
            parts.append(self._one(field, depth))
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self, field: str | None, depth: int) -> Node:
        token = self._take() if self._kind != "end" else self._here
        if depth > DEEPEST:
            raise ExpressionError(Fault.TOO_DEEP, token.at)
        match token.kind:
            case "NOT":
                return Without(self._one(field, depth + 1))
            case "field":
                return self._one(token.text.lower(), depth + 1)
            case "(":
                return self._bracket(field, depth + 1, token)
            case "word" | "phrase":
                return _leaf(token, field)
        raise ExpressionError(Fault.NOTHING, token.at)

    def _bracket(self, field: str | None, depth: int, opened: _Token) -> Node:
        inner = self._any(field, depth)
        if self._kind != ")":
            raise ExpressionError(Fault.OPEN, opened.at)
        self._take()
        return inner


def _leaf(token: _Token, field: str | None) -> Node:
    if not any(character.isalnum() for character in token.text):
        raise ExpressionError(Fault.NOTHING, token.at)
    if field == _CPC:
        if not cpc_levels(token.text):
            raise ExpressionError(Fault.SYMBOL, token.at)
        return Symbol(token.text)
    place = _PLACES[field] if field else Place.ANYWHERE
    return Phrase(token.text, place) if token.kind == "phrase" else Words(token.text, place)
