"""The best hits of a question, where nobody asks how many there are in all.

It must never give other hits than the whole query would. Two words of a question are required, and tantivy scores
everything where a number is, or a filter: of a plain union of words it looks only at what may come among the best.
So the best of the union are taken. Of few words they are asked by their keys which of them have two words; of many,
what scores more than any single word can has two. Where too few pass, the whole query is asked.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import tantivy

from ipx.adapters.tantivy_generation import ANALYSER, SCHEMA
from ipx.core.ports import SearchQuery
from ipx.core.search_words import WEIGHTS, WHOLE, is_by_score, page_window, query_words

FEW_WORDS = 5
"""Up to which every pair of words is named (ten pairs of five)."""
SPARE = 5
"""Hits that are taken beyond the page: for what is of another kind, or has one of the words alone."""
MOST_OF_A_WORD = 2.2
"""What tantivy's BM25 can at most give for a word, times its rarity: k1 + 1."""
DELETED = 4
"""Of documents that count in the rarity of words, one in so many is at least there: the others were replaced."""

_MUST, _SHOULD = tantivy.Occur.Must, tantivy.Occur.Should


@dataclass(frozen=True)
class Best:
    """The hits of a page (score, or the field that orders them, and address), and how many are known of in all."""

    page: Sequence[tuple[float, tantivy.DocAddress]]
    total: int


def best_without_total(
    searcher: tantivy.Searcher, query: SearchQuery, filters: Mapping[str, tantivy.Query]
) -> Best | None:
    """Return the page of a query that asks for no total; None where only the whole query can tell."""
    offset, size = page_window(query)
    is_plain = query.tree is None and not (query.presence or query.also_ids)
    if query.with_total or not (is_plain and size and is_by_score(query)):
        return None
    words = query_words(query)
    tokens = {word: some for word in words if (some := ANALYSER.analyze(word))}
    if not tokens:
        return None
    if len(tokens) <= FEW_WORDS:
        return _best_of_few(searcher, query, tokens, filters) if len(tokens) == len(words) else None
    found = searcher.search(_any_word(words, tokens, filters), limit=offset + size, count=False).hits
    alone = max(_most(searcher, words[word], some) for word, some in tokens.items())
    if found and found[-1][0] <= alone:
        return None
    return Best(found[offset:], len(found))


def _best_of_few(
    searcher: tantivy.Searcher,
    query: SearchQuery,
    tokens: Mapping[str, Sequence[str]],
    filters: Mapping[str, tantivy.Query],
) -> Best | None:
    offset, size = page_window(query)
    if len(filters) > 1:  # more than the kind: most of the best of all would not pass
        return None
    held = _held(query_words(query), tokens)
    union = tantivy.Query.boolean_query([one for some in held.values() for one in some])
    found = searcher.search(union, limit=offset + size + SPARE, count=False).hits
    passing = _passing(searcher, [address for _, address in found], _two_of(list(tokens.values())), filters)
    best = [(score, address) for score, address in found if (address.segment_ord, address.doc) in passing]
    if len(best) < offset + size and len(found) == offset + size + SPARE:
        return None
    return Best(best[offset : offset + size], len(best))


def _passing(
    searcher: tantivy.Searcher,
    addresses: Sequence[tantivy.DocAddress],
    two: tantivy.Query,
    filters: Mapping[str, tantivy.Query],
) -> set[tuple[int, int]]:
    """Return which of some documents have two of the words and pass the filters."""
    keys = [str(searcher.doc(address).get_first("key")) for address in addresses]
    if not keys:
        return set()
    named = tantivy.Query.term_set_query(SCHEMA, "key", keys)
    asked = tantivy.Query.boolean_query([(_MUST, unscored(part)) for part in (named, two, *filters.values())])
    hits = searcher.search(asked, limit=len(keys), count=False).hits
    return {(address.segment_ord, address.doc) for _, address in hits}


def _two_of(words: Sequence[Sequence[str]]) -> tantivy.Query:
    """Return what has two of the words, or the only one. What stands in any field stands in the whole text."""
    held = [tokens_query(WHOLE, tokens) for tokens in words]
    if len(held) == 1:
        return held[0]
    pairs = [tantivy.Query.boolean_query([(_MUST, one), (_MUST, other)]) for one, other in combinations(held, 2)]
    return tantivy.Query.boolean_query([(_SHOULD, pair) for pair in pairs])


def _any_word(
    words: Mapping[str, float], tokens: Mapping[str, Sequence[str]], filters: Mapping[str, tantivy.Query]
) -> tantivy.Query:
    """Return what passes the filters and has any of the words, scored as the whole query scores it."""
    parts = [(_MUST, unscored(part)) for part in filters.values()]
    for field, held in _held(words, tokens).items():
        # What stands in another field stands in the whole text too.
        parts.append((_MUST if field == WHOLE else _SHOULD, tantivy.Query.boolean_query(held)))
    return tantivy.Query.boolean_query(parts)


def _held(
    words: Mapping[str, float], tokens: Mapping[str, Sequence[str]]
) -> Mapping[str, Sequence[tuple[tantivy.Occur, tantivy.Query]]]:
    """Return for each field what holds each word there, scored as the whole query scores it."""
    return {
        field: [
            (_SHOULD, tantivy.Query.boost_query(tokens_query(field, some), words[word] * share))
            for word, some in tokens.items()
        ]
        for field, share in WEIGHTS.items()
    }


def _most(searcher: tantivy.Searcher, weight: float, tokens: Sequence[str]) -> float:
    """Return more than a document can score by one word, over all fields."""
    documents = DELETED * searcher.num_docs
    shares = (
        share * math.log1p((documents - held + 0.5) / (held + 0.5))
        for field, share in WEIGHTS.items()
        for held in (searcher.doc_freq(field, token) for token in tokens)
        if held
    )
    return weight * MOST_OF_A_WORD * sum(shares)


def tokens_query(field: str, tokens: Sequence[str]) -> tantivy.Query:
    """Return what has all tokens of a word in one field."""
    terms = [tantivy.Query.term_query(SCHEMA, field, token, "freq") for token in tokens]
    return terms[0] if len(terms) == 1 else tantivy.Query.boolean_query([(_MUST, term) for term in terms])


def unscored(query: tantivy.Query) -> tantivy.Query:
    """Return a query that finds the same and adds nothing to a score."""
    return tantivy.Query.const_score_query(query, 0.0)
