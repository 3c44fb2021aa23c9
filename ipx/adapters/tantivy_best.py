"""The best hits of a long question, where nobody asks how many there are in all.

It must never give other hits than the whole query would. Two words of a question are required, and tantivy is five
times slower where a number is. What scores more than any single word can has two words, so where the last of the page
does, nothing has to be required.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tantivy

from ipx.adapters.tantivy_generation import ANALYSER, SCHEMA
from ipx.core.ports import SearchQuery
from ipx.core.search_words import WEIGHTS, WHOLE, is_by_score, page_window, query_words

FEW_WORDS = 5
"""Up to which the whole query is as fast."""
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
    words = query_words(query) if is_by_score(query) else {}
    may_stop = not (query.with_total or query.presence) and query.tree is None
    if not may_stop or len(words) <= FEW_WORDS or not size:
        return None
    tokens = {word: ANALYSER.analyze(word) for word in words}
    found = searcher.search(_any_word(words, tokens, filters), limit=offset + size, count=False).hits
    alone = max(_most(searcher, words[word], some) for word, some in tokens.items())
    if found and found[-1][0] <= alone:
        return None
    return Best(found[offset:], len(found))


def _any_word(
    words: Mapping[str, float], tokens: Mapping[str, Sequence[str]], filters: Mapping[str, tantivy.Query]
) -> tantivy.Query:
    """Return what passes the filters and has any of the words, scored as the whole query scores it."""
    parts = [(_MUST, unscored(part)) for part in filters.values()]
    for field, share in WEIGHTS.items():
        held = [
            (_SHOULD, tantivy.Query.boost_query(tokens_query(field, some), words[word] * share))
            for word, some in tokens.items()
            if some
        ]
        # What stands in another field stands in the whole text too.
        parts.append((_MUST if field == WHOLE else _SHOULD, tantivy.Query.boolean_query(held)))
    return tantivy.Query.boolean_query(parts)


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
