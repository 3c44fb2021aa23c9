"""How text becomes words for search, and what an index may hold: the same for every engine.

It must never know an engine, and never fail on the words of a query: they are words, not syntax.
"""

import re
import unicodedata
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ipx.core.errors import Invalid
from ipx.core.ports import IndexEntry, SearchDocument, SearchQuery
from ipx.core.search_tree import Place

MAX_QUERY = 10_000
"""Characters of a query that are read; the rest is ignored."""
MAX_WORDS = 200
"""Different words of a query that are searched: the first ones."""
MAX_WORD = 100
"""Characters of one word of a query."""
MAX_TEXT = 200_000
"""Characters of each text of a document that are indexed: beyond lies what nobody reads in a listing."""
MAX_VALUE = 256
"""Bytes of an id (Elasticsearch takes 512 with the kind); characters of a facet value, the rest of which is cut."""
MAX_CHOICES = 1_000
"""Values of one facet that a query may choose."""
MAX_WINDOW = 10_000
"""Hits that can be paged through (Elasticsearch's ``max_result_window``)."""
MAX_COUNTS = 100
"""Values of one facet that are counted: the most frequent ones."""

TEXTS = ("title", "summary", "text")
HEADS, ORGANISATION = "heads", "organisation"
"""Fields of words as they are written, without stemming: of the title, and of the facet ``organisation``."""
WHOLE = "whole"
"""The field of all texts of a document together. Scored each for itself, a word of the title would outweigh all others,
and a word's rarity would be that in titles: nDCG@10 of SciFact's claims fell from .71 to .65."""
FIELD_OF = {Place.ANYWHERE: WHOLE, Place.TITLE: "title", Place.ORGANISATION: ORGANISATION}
"""Where an engine looks for whole words at a place of a condition."""
BEGUN_IN = {Place.ANYWHERE: (HEADS, ORGANISATION), Place.TITLE: (HEADS,), Place.ORGANISATION: (ORGANISATION,)}
"""Where it looks for a word that is only begun, which has no stem."""
WEIGHTS: Mapping[str, float] = {WHOLE: 1.0, "title": 0.3}
"""Fields that are searched; a word's score is the weighted sum of its BM25 in each."""
MATCH_START, MATCH_END = "\x02", "\x03"
CPC = "cpc"
"""The facet that has each CPC symbol with all levels above it."""
REMOVED = "-"
"""The kind under which removals are kept: no document can have it."""
FRAGMENT_LENGTH = 160
"""Characters of a fragment, about."""

# Left out of a query that has other words. Lucene's list; the index itself keeps every word.
STOP_WORDS = frozenset(
    re.findall(
        "[a-z]+",
        "a an and are as at be but by for if in into is it no not of on or such that the their then there these "
        "they this to was will with",
    )
)

# Control characters become spaces, so nothing can forge MATCH_START; what is invisible, turns the
# reading direction or cannot be encoded in UTF-8 disappears.
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b]+")
_INVISIBLE = re.compile(r"[\u00ad\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
# Scraped texts lack spaces ("SystemsOBJECTIVE:The", "of ions.The next"), and engines would read one word.
_LOST_SPACE = re.compile(r"(?<=[^\W\d_]:)(?=[^\W\d_])|(?<=[a-z]\.)(?=[A-Z][a-z])")
# \w lacks the marks that are part of a word in decomposed, Hebrew, Arabic, Indic and Thai writing.
_LETTERS = r"[\w\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0900-\u109f]+"
_WORD = re.compile(rf"{_LETTERS}(?:[.,;·'’]{_LETTERS})*")
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


@dataclass(frozen=True)
class Entry:
    """What an index keeps under a key: a document, or only the fact that it was removed.

    ``rank`` orders what is known of a key: by version, and at the same version a removal is the last word.
    """

    key: str
    rank: int
    document: SearchDocument | None

    @classmethod
    def of(cls, document: SearchDocument) -> "Entry":
        """Return the entry of a cleaned ``document``. Raises Invalid when an index could not hold it."""
        return cls(_key(document.kind, document.id), 2 * _checked_version(document.version), _cleaned(document))

    @classmethod
    def removal(cls, kind: str, id: str, version: int) -> "Entry":
        """Return the mark that stays where a document was, so that an older one cannot come back."""
        return cls(_key(kind, id), 2 * _checked_version(version) + 1, None)


def entry_found(key: str, rank: int) -> IndexEntry:
    """Return what an index says of a document under ``key`` (the contrary of ``Entry.of``)."""
    kind, _, rest = key.partition(":")
    return IndexEntry(kind=kind, id=rest, version=rank // 2)


def plain(text: str) -> str:
    """Return ``text`` composed (NFC), without control or invisible characters, lost spaces put back."""
    composed = unicodedata.normalize("NFC", _INVISIBLE.sub("", _CONTROLS.sub(" ", text)))
    return _LOST_SPACE.sub(" ", composed)


def spoken_words(text: str) -> list[str]:
    """Return all words of a text in lower case, in order, as often as they stand in it."""
    return [word for word in _WORD.findall(plain(text).lower()) if word.strip("_")]


def read_words(text: str) -> tuple[str, ...]:
    """Return the different words of a query in lower case, in order; () when there is none in it."""
    words = dict.fromkeys(word[:MAX_WORD] for word in spoken_words(text[:MAX_QUERY]))
    telling = [word for word in words if word not in STOP_WORDS]
    return tuple((telling or list(words))[:MAX_WORDS])


def query_words(query: SearchQuery) -> Mapping[str, float]:
    """Return the words that a query searches, each with what its score is multiplied by."""
    return query.weights or dict.fromkeys(read_words(query.words), 1.0)


def is_blank(query: SearchQuery) -> bool:
    """Tell whether a query has no words at all, and so finds everything."""
    return not (query.words.strip() or query.weights)


def is_by_score(query: SearchQuery) -> bool:
    """Tell whether the best come first, not the newest."""
    return not is_blank(query) and not query.newest_first


def organisation_text(document: SearchDocument) -> str:
    """Return the names in the facet ``organisation``, to find them by their words."""
    return "\n".join(document.facets.get("organisation", ()))


def words_required(count: int) -> int:
    """Return how many of ``count`` words a hit must have: both of two, and two of more.

    Two typed words are both meant; asking for more of a longer text loses relevant listings
    (docs/decisions/0006 has the figures).
    """
    return min(count, 2)


def text_length(document: SearchDocument) -> int:
    """Return the number of words in all texts of a document: what a long one is told from a short one by."""
    return len(_WORD.findall(whole_text(document)))


def whole_text(document: SearchDocument) -> str:
    """Return all texts of a document, one after the other."""
    return "\n".join(getattr(document, field) for field in TEXTS)


def page_window(query: SearchQuery) -> tuple[int, int]:
    """Return (offset, number) of the hits to fetch, the number 0 beyond MAX_WINDOW."""
    offset = max(query.offset, 0)
    return offset, max(min(query.limit, MAX_WINDOW - offset), 0)


def newest_order(document: SearchDocument) -> int:
    """Return a signed 64-bit number to sort by: ``published`` (seconds; 0 when absent), ties by the id.

    The 20 low bits spread documents of the same second, so that pages do not overlap on any engine.
    """
    published = max(min(document.numbers.get("published", 0), 2**42), -(2**42))
    return (published << 20) | (zlib.crc32(document.id.encode()) & 0xFFFFF)


def checked_filters(query: SearchQuery) -> SearchQuery:
    """Return ``query`` with clean facet values. Raises Invalid for a name or number that no document can have."""
    for name in (query.kind, *query.facets, *query.at_least, *query.at_most, *query.count_facets):
        _checked_name(name)
    for name, number in (*query.at_least.items(), *query.at_most.items()):
        _checked_number(name, number)
    if any(len(values) > MAX_CHOICES for values in query.facets.values()):
        raise Invalid(f"At most {MAX_CHOICES} values can be chosen in one filter.", field="facets")
    if max(map(len, (query.ids, query.except_ids, query.also_ids))) > MAX_WINDOW:
        raise Invalid(f"At most {MAX_WINDOW} documents can be named in one search.", field="ids")
    chosen = {name: _cleaned_values(values) for name, values in query.facets.items() if values}
    return replace(query, facets=chosen)


def _cleaned(document: SearchDocument) -> SearchDocument:
    for name, number in document.numbers.items():
        _checked_number(_checked_name(name), number)
    return replace(
        document,
        title=plain(document.title[:MAX_TEXT]),
        summary=plain(document.summary[:MAX_TEXT]),
        text=plain(document.text[:MAX_TEXT]),
        facets={_checked_name(name): _cleaned_values(values) for name, values in document.facets.items()},
    )


def _cleaned_values(values: Sequence[str]) -> list[str]:
    # Cut, not refused: a value that a person typed must not stop a rebuild of everything.
    return list(dict.fromkeys(plain(value)[:MAX_VALUE] for value in values))


def _key(kind: str, id: str) -> str:
    if not 0 < len(id.encode("utf-8", "replace")) <= MAX_VALUE or id != plain(id):
        raise Invalid(f"An id in the index has 1 to {MAX_VALUE} bytes of plain text.", field="id")
    return f"{_checked_name(kind)}:{id}"


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise Invalid(f"{name[:40]!r} is not a name to filter by: a-z, 0-9 and _, at most 40.", field="name")
    return name


def _checked_number(name: str, number: int) -> None:
    if not -(2**63) <= number < 2**63:
        raise Invalid("A number to filter by fits into 64 bits.", field=name)


def _checked_version(version: int) -> int:
    if not 0 <= version < 2**61:
        raise Invalid("A version is a number from 0 up.", field="version")
    return version
