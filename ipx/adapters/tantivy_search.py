"""How a query is answered by tantivy: words, filters and ranges, a page of hits, counts and fragments.

It must never write, and never give the words of a person to tantivy's query parser.
"""

from collections.abc import Mapping, Sequence

import tantivy

from ipx.adapters.tantivy_best import Best, best_without_total, tokens_query, unscored
from ipx.adapters.tantivy_generation import ANALYSER, FACET_MARK, SCHEMA, total
from ipx.adapters.tantivy_tree import condition
from ipx.core.ports import SearchAnswer, SearchHit, SearchQuery, WordCounts
from ipx.core.search_words import (
    FRAGMENT_LENGTH,
    MATCH_END,
    MATCH_START,
    MAX_COUNTS,
    REMOVED,
    WEIGHTS,
    WHOLE,
    is_blank,
    is_by_score,
    page_window,
    query_words,
    words_required,
)

FRAGMENT_FIELDS = ("summary", "text")
# Many more than are shown, so that the counts of the largest are exact although segments are counted apart.
_COUNTED, _COUNTED_IN_SEGMENT = 10 * MAX_COUNTS, 100 * MAX_COUNTS

_MUST, _SHOULD = tantivy.Occur.Must, tantivy.Occur.Should


def answer(index: tantivy.Index, searcher: tantivy.Searcher, query: SearchQuery) -> SearchAnswer:
    """Answer ``query``, whose names and values are checked, from one view of the index."""
    matching = _matching(query)
    filters = _filters(index, query)
    found = best_without_total(searcher, query, filters) or _best(searcher, query, matching, filters)
    shown = _anywhere(query) if query.with_fragments else None
    fragments = _fragments(searcher, shown, [address for _, address in found.page])
    hits = [
        _hit(searcher.doc(address), float(key) if is_by_score(query) else 0.0, texts)
        for (key, address), texts in zip(found.page, fragments, strict=True)
    ]
    return SearchAnswer(hits=hits, total=found.total, facets=_counts(searcher, query, matching, filters))


def _best(
    searcher: tantivy.Searcher,
    query: SearchQuery,
    matching: tantivy.Query | None,
    filters: Mapping[str, tantivy.Query],
) -> Best:
    """Score everything that is found, and count it."""
    offset, size = page_window(query)
    found = searcher.search(
        _all_of(matching, filters),
        limit=max(size, 1),
        offset=offset if size else 0,
        order_by_field=None if is_by_score(query) else "newest",
    )
    return Best(found.hits[:size], total(found))


def counted(searcher: tantivy.Searcher, words: Sequence[str]) -> WordCounts:
    """Return in how many documents each word stands."""
    documents = searcher.num_docs - searcher.doc_freq("kind", REMOVED)
    return WordCounts(documents, {word: _holding(searcher, word) for word in words})


def _holding(searcher: tantivy.Searcher, word: str) -> int:
    tokens = ANALYSER.analyze(word)
    if len(tokens) == 1:
        # From the dictionary: no list of documents is read.
        return int(searcher.doc_freq(WHOLE, tokens[0]))
    return total(searcher.search(tokens_query(WHOLE, tokens), limit=1)) if tokens else 0


def _hit(document: tantivy.Document, score: float, fragments: list[str]) -> SearchHit:
    key = str(document.get_first("key")).partition(":")[2]
    return SearchHit(id=key, score=score, fragments=fragments, length=int(document.get_first("length") or 0))


def _matching(query: SearchQuery) -> tantivy.Query | None:
    """Return what is found before filters, None where that is everything."""
    words = words_query(query)
    if words is None or not query.also_ids:
        return words
    return tantivy.Query.boolean_query([(_SHOULD, words), (_SHOULD, unscored(_named(query.kind, query.also_ids)))])


def words_query(query: SearchQuery) -> tantivy.Query | None:
    """Return the scored part of a query: None for a blank text, nothing found for one without a word."""
    if is_blank(query):
        return None
    words = query_words(query)
    if not words:
        return tantivy.Query.empty_query()
    said = _presence if query.presence else _boosted
    scored = [(_SHOULD, said(word, weight)) for word, weight in words.items()]
    if query.tree is not None:
        # Scored where they stand, required nowhere: what must be there the tree says.
        return tantivy.Query.boolean_query([(_MUST, unscored(tantivy.Query.all_query())), *scored])
    return tantivy.Query.boolean_query(scored, words_required(len(words)))


def _anywhere(query: SearchQuery) -> tantivy.Query | None:
    """Return a query of the same words in the fields that fragments are cut from; it is never searched."""
    tokens = {token for word in query_words(query) for token in ANALYSER.analyze(word)}
    terms = [tantivy.Query.term_query(SCHEMA, name, token) for name in FRAGMENT_FIELDS for token in sorted(tokens)]
    return tantivy.Query.boolean_query([(_SHOULD, term) for term in terms]) if terms else None


def _boosted(word: str, weight: float) -> tantivy.Query:
    return tantivy.Query.boost_query(_word(word), weight)


def _presence(word: str, weight: float) -> tantivy.Query:
    tokens = ANALYSER.analyze(word)
    return (
        tantivy.Query.const_score_query(tokens_query(WHOLE, tokens), weight) if tokens else tantivy.Query.empty_query()
    )


def _word(word: str) -> tantivy.Query:
    """Find documents with all tokens of the word in one field; the score is the sum over the fields."""
    tokens = ANALYSER.analyze(word)
    if not tokens:
        return tantivy.Query.empty_query()
    return tantivy.Query.boolean_query(
        [(_SHOULD, tantivy.Query.boost_query(tokens_query(field, tokens), weight)) for field, weight in WEIGHTS.items()]
    )


def _filters(index: tantivy.Index, query: SearchQuery) -> Mapping[str, tantivy.Query]:
    """Return the filters by name: each facet under its own, the rest under names that no facet can have."""
    filters = {".kind": tantivy.Query.term_query(SCHEMA, "kind", query.kind)}
    for name, values in query.facets.items():
        filters[name] = tantivy.Query.term_set_query(SCHEMA, f"facets.{name}", [FACET_MARK + v for v in values])
    for name in {*query.at_least, *query.at_most}:
        low, high = query.at_least.get(name, "*"), query.at_most.get(name, "*")
        # Only the parser makes a range over a JSON path; it sees a checked name and two numbers.
        filters[f".{name}"] = index.parse_query(f"numbers.{name}:[{low} TO {high}]", ["key"])
    if query.tree is not None:
        filters[".tree"] = condition(query.tree)
    if query.ids:
        filters[".ids"] = _named(query.kind, query.ids)
    if query.except_ids:
        others = [(_MUST, tantivy.Query.all_query()), (tantivy.Occur.MustNot, _named(query.kind, query.except_ids))]
        filters[".except_ids"] = tantivy.Query.boolean_query(others)
    return filters


def _named(kind: str, ids: Sequence[str]) -> tantivy.Query:
    return tantivy.Query.term_set_query(SCHEMA, "key", [f"{kind}:{name}" for name in ids])


def _all_of(matching: tantivy.Query | None, filters: Mapping[str, tantivy.Query], but: str = "") -> tantivy.Query:
    parts = [unscored(part) for name, part in filters.items() if name != but]
    return tantivy.Query.boolean_query([(_MUST, part) for part in [*parts, *([matching] if matching else [])]])


def _counts(
    searcher: tantivy.Searcher,
    query: SearchQuery,
    matching: tantivy.Query | None,
    filters: Mapping[str, tantivy.Query],
) -> dict[str, list[tuple[str, int]]]:
    """Count each asked facet under all filters except its own, so that another choice can be seen."""
    unfiltered = [name for name in query.count_facets if name not in query.facets]
    rounds = [(unfiltered, ""), *(([name], name) for name in query.count_facets if name in query.facets)]
    counts: dict[str, list[tuple[str, int]]] = {}
    for names, but in rounds:
        terms = {"size": _COUNTED, "segment_size": _COUNTED_IN_SEGMENT}
        asked = {name: {"terms": {"field": f"facets.{name}", **terms}} for name in names}
        found = searcher.aggregate(_all_of(matching, filters, but=but), asked) if asked else {}
        for name in names:
            pairs = [(str(b["key"]).removeprefix(FACET_MARK), int(b["doc_count"])) for b in found[name]["buckets"]]
            counts[name] = sorted(pairs, key=lambda pair: (-pair[1], pair[0]))[:MAX_COUNTS]
    return counts


def _fragments(
    searcher: tantivy.Searcher, words: tantivy.Query | None, addresses: Sequence[tantivy.DocAddress]
) -> list[list[str]]:
    if words is None or not addresses:
        return [[] for _ in addresses]
    generators = []
    for field in FRAGMENT_FIELDS:
        generator = tantivy.SnippetGenerator.create(searcher, words, SCHEMA, field)
        generator.set_max_num_chars(FRAGMENT_LENGTH)
        generators.append(generator)
    found: list[list[str]] = []
    for document in (searcher.doc(address) for address in addresses):
        snippets = (generator.snippet_from_doc(document) for generator in generators)
        found.append([_marked(snippet) for snippet in snippets if snippet.highlighted()])
    return found


def _marked(snippet: tantivy.Snippet) -> str:
    """Put the marks around the matches; tantivy counts in bytes of UTF-8."""
    text, marked, end = snippet.fragment().encode(), b"", 0
    for match in snippet.highlighted():
        marked += text[end : match.start] + MATCH_START.encode() + text[match.start : match.end] + MATCH_END.encode()
        end = match.end
    return (marked + text[end:]).decode().strip()
