"""What somebody who is still typing may mean: titles, organisations and classes of what is public, and nothing else.

All of it is asked of the index, which holds public documents alone; an anonymous need has no organisation there.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session

from ipx.catalogue.service import CatalogueService
from ipx.core.ports import LISTINGS, SearchIndex, SearchQuery
from ipx.core.search_tree import AnyOf, Begun, Place, Symbol
from ipx.core.search_words import CPC
from ipx.matching.class_names import classes_named

SHORTEST, LONGEST = 2, 100
"""Characters that are typed before anything is suggested, and after which nothing is any more."""
TITLES, ORGANISATIONS, CLASSES = 5, 3, 4
"""Suggestions of each sort at most."""
NAMED = 30
"""Classes that are called so, of which it is asked whether anything belongs to them."""


class Sort(StrEnum):
    """What a suggestion is."""

    TITLE = "title"
    ORGANISATION = "organisation"
    CLASS = "class"


@dataclass(frozen=True)
class Suggestion:
    """One suggestion: its words, and of a title the id of the listing or need."""

    sort: Sort
    text: str
    id: str | None = None


class Suggestions:
    """Completes what is typed."""

    def __init__(self, *, index: SearchIndex, catalogue: CatalogueService) -> None:
        self._index = index
        self._catalogue = catalogue

    def complete(self, session: Session, *, kind: str, text: str) -> list[Suggestion]:
        """Return what begins as ``text`` does: at most a dozen, [] for a text too short or long. Raises Unavailable."""
        text = text.strip()
        if not SHORTEST <= len(text) <= LONGEST:
            return []
        classes = self._all_classes(text) if kind == LISTINGS else ()
        return [*classes, *self._organisations(kind, text), *self._titles(session, kind, text)]

    def _titles(self, session: Session, kind: str, text: str) -> Iterator[Suggestion]:
        begun = SearchQuery(kind=kind, tree=Begun(text), limit=TITLES, newest_first=True, with_fragments=False)
        ids = [hit.id for hit in self._index.search(begun).hits]
        found = self._catalogue.listings if kind == LISTINGS else self._catalogue.needs
        for thing in found(session, ids=ids):
            yield Suggestion(Sort.TITLE, thing.title, thing.id)

    def _organisations(self, kind: str, text: str) -> Iterator[Suggestion]:
        begun = Begun(text, Place.ORGANISATION)
        query = SearchQuery(kind=kind, tree=begun, limit=0, count_facets=("organisation",), with_fragments=False)
        for name, _ in self._index.search(query).facets["organisation"][:ORGANISATIONS]:
            yield Suggestion(Sort.ORGANISATION, name)

    def _all_classes(self, text: str) -> Sequence[Suggestion]:
        """Return classes by their symbols, then by their names."""
        by_symbol = list(self._classes(text))
        known = {one.text for one in by_symbol}
        return [*by_symbol, *(one for one in self._named_classes(text) if one.text not in known)][:CLASSES]

    def _named_classes(self, text: str) -> Iterator[Suggestion]:
        """Yield the first classes that are called so, where something public belongs to them.

        One question counts them all, so one that is not among the hundred largest there is left out.
        """
        named = classes_named(text)[:NAMED]
        if not named:
            return
        any_of_them = AnyOf([Symbol(symbol) for symbol in named])
        query = SearchQuery(kind=LISTINGS, tree=any_of_them, limit=0, count_facets=(CPC,), with_fragments=False)
        counted = dict(self._index.search(query).facets[CPC])
        yield from (Suggestion(Sort.CLASS, symbol) for symbol in named if symbol in counted)

    def _classes(self, text: str) -> Iterator[Suggestion]:
        """Yield CPC symbols that begin with the last word, when it looks like the beginning of one: H0, H01M."""
        last = text.rsplit(maxsplit=1)[-1].upper()
        if not (last[:1].isalpha() and last[1:2].isdigit()):
            return
        wider = last[: 4 if len(last) > 3 else 3 if len(last) > 2 else 1]
        query = SearchQuery(kind=LISTINGS, tree=Symbol(wider), limit=0, count_facets=(CPC,), with_fragments=False)
        counted = self._index.search(query).facets[CPC]
        for symbol in sorted(symbol for symbol, _ in counted if symbol.startswith(last))[:CLASSES]:
            yield Suggestion(Sort.CLASS, symbol)
