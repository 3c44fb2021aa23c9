"""What is said to Elasticsearch: settings, mapping, documents, queries; and how its hits are read.

It must never talk to a server, and never use what only some licences have (scripts, reindex, ranking plug-ins).
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ipx.adapters.elastic_tree import condition
from ipx.core.ports import SearchAnswer, SearchDocument, SearchHit, SearchQuery, WordCounts
from ipx.core.search_words import (
    FRAGMENT_LENGTH,
    HEADS,
    MATCH_END,
    MATCH_START,
    MAX_COUNTS,
    ORGANISATION,
    REMOVED,
    TEXTS,
    WEIGHTS,
    WHOLE,
    Entry,
    is_blank,
    is_by_score,
    newest_order,
    organisation_text,
    page_window,
    query_words,
    text_length,
    words_required,
)

LAYOUT = 4
"""Raise it when the mapping or the analyser changes: older indices are then rebuilt."""
FRAGMENT_FIELDS = ("summary", "text")

# One shard: counts of facets and word statistics are then exact, and it is good for some 10 million listings.
SETTINGS: Mapping[str, Any] = {
    "number_of_shards": 1,
    "auto_expand_replicas": "0-1",
    "analysis": {
        "filter": {"english_stemmer": {"type": "stemmer", "language": "porter2"}},
        "analyzer": {
            "words": {
                "type": "custom",
                "tokenizer": "standard",
                "filter": ["lowercase", "asciifolding", "english_stemmer"],
            },
            "plain": {"type": "custom", "tokenizer": "standard", "filter": ["lowercase", "asciifolding"]},
        },
    },
}


def mapping(*, complete: bool) -> dict[str, Any]:
    """Return the mapping: strict, but any facet is a keyword and any number a long.

    ``complete`` is False for an index that single puts began; a rebuild makes it True.
    """
    return {
        "dynamic": "strict",
        "date_detection": False,
        "_meta": {"layout": LAYOUT, "complete": complete},
        "dynamic_templates": [
            {"facets": {"path_match": "facets.*", "mapping": {"type": "keyword"}}},
            {"numbers": {"path_match": "numbers.*", "mapping": {"type": "long"}}},
        ],
        "properties": {
            "kind": {"type": "keyword"},
            "newest": {"type": "long"},
            "length": {"type": "integer", "index": False},
            **{field: {"type": "text", "analyzer": "words", "copy_to": WHOLE} for field in TEXTS},
            WHOLE: {"type": "text", "analyzer": "words"},
            **{field: {"type": "text", "analyzer": "plain"} for field in (HEADS, ORGANISATION)},
            "facets": {"type": "object", "dynamic": True},
            "numbers": {"type": "object", "dynamic": True},
        },
    }


def action(entry: Entry, target: str) -> dict[str, Any]:
    """Return one action of a bulk request: Elasticsearch itself refuses what is older than what it has."""
    return {
        "_op_type": "index",
        "_index": target,
        "_id": entry.key,
        "version": entry.rank,
        "version_type": "external_gte",
        "_source": {"kind": REMOVED} if entry.document is None else _source(entry.document),
    }


def request(query: SearchQuery) -> dict[str, Any]:
    """Return the arguments of a search for ``query``, whose names and values are checked."""
    offset, size = page_window(query)
    filters = [{"term": {"kind": query.kind}}, *_ranges(query), *([_named(query, query.ids)] if query.ids else [])]
    filters += [condition(query.tree)] if query.tree is not None else []
    others = [_named(query, query.except_ids)] if query.except_ids else []
    body: dict[str, Any] = {
        "query": {"bool": {"must": _matching(query), "filter": filters, "must_not": others}},
        # Hits only: counts of a facet are taken under all filters but its own.
        "post_filter": {"bool": {"filter": list(_facet_filters(query).values())}},
        "aggs": {name: _count(query, name) for name in query.count_facets},
        "sort": [{"_score": "desc"}, {"newest": "desc"}] if is_by_score(query) else [{"newest": "desc"}],
        "from_": offset if size else 0,
        "size": size,
        "source": False,
        "docvalue_fields": ["length"],
        "track_total_hits": query.with_total,
    }
    return body | ({"highlight": _HIGHLIGHT} if query.with_fragments and not is_blank(query) else {})


def answer(response: Mapping[str, Any], query: SearchQuery) -> SearchAnswer:
    """Return what the server's ``response`` to ``query`` means."""
    hits = [
        SearchHit(
            id=hit["_id"].partition(":")[2],
            score=0.0 if is_blank(query) else float(hit["_score"] or 0.0),
            fragments=_fragments(hit.get("highlight", {})),
            length=int(hit["fields"]["length"][0]),
        )
        for hit in response["hits"]["hits"]
    ]
    facets = {
        name: [(str(bucket["key"]), int(bucket["doc_count"])) for bucket in _buckets(response, name)]
        for name in query.count_facets
    }
    total = int(response["hits"]["total"]["value"]) if query.with_total else page_window(query)[0] + len(hits)
    return SearchAnswer(hits=hits, total=total, facets=facets)


def counting(words: Sequence[str]) -> dict[str, Any]:
    """Return the arguments of a search that counts in how many documents each word stands."""
    held = [{"match": {WHOLE: {"query": word, "operator": "and"}}} for word in words]
    return {
        "query": {"bool": {"must_not": [{"term": {"kind": REMOVED}}]}},
        "aggs": {"words": {"filters": {"filters": held}}},
        "size": 0,
        "track_total_hits": True,
    }


def counted(response: Mapping[str, Any], words: Sequence[str]) -> WordCounts:
    """Return what the server's ``response`` to ``counting(words)`` means."""
    buckets = response["aggregations"]["words"]["buckets"]
    holding = {word: int(bucket["doc_count"]) for word, bucket in zip(words, buckets, strict=True)}
    return WordCounts(int(response["hits"]["total"]["value"]), holding)


# One fragment a field, as tantivy gives. The server trims control characters off its fragments, so other
# characters that no cleaned text has (invisible plus and separator) stand for our marks on the way.
_WIRE_START, _WIRE_END = "\u2064", "\u2063"
_FROM_WIRE = str.maketrans({_WIRE_START: MATCH_START, _WIRE_END: MATCH_END})
_HIGHLIGHT: Mapping[str, Any] = {
    "type": "unified",
    "pre_tags": [_WIRE_START],
    "post_tags": [_WIRE_END],
    "fragment_size": FRAGMENT_LENGTH,
    "number_of_fragments": 1,
    "require_field_match": False,
    "fields": {field: {} for field in FRAGMENT_FIELDS},
}


def _fragments(highlight: Mapping[str, Any]) -> list[str]:
    return [text.translate(_FROM_WIRE).strip() for field in FRAGMENT_FIELDS for text in highlight.get(field, ())]


def _source(document: SearchDocument) -> dict[str, Any]:
    return {
        "kind": document.kind,
        "newest": newest_order(document),
        "length": text_length(document),
        **{field: getattr(document, field) for field in TEXTS},
        HEADS: document.title,
        ORGANISATION: organisation_text(document),
        "facets": dict(document.facets),
        "numbers": dict(document.numbers),
    }


def _matching(query: SearchQuery) -> list[dict[str, Any]]:
    """Return what is found before filters, [] where that is everything."""
    words = _words(query)
    if not (words and query.also_ids):
        return words
    also = {"constant_score": {"filter": _named(query, query.also_ids), "boost": 0}}
    return [{"bool": {"should": [*words, also], "minimum_should_match": 1}}]


def _words(query: SearchQuery) -> list[dict[str, Any]]:
    if is_blank(query):
        return []
    words = query_words(query)
    if not words:
        return [{"match_none": {}}]
    said = _presence if query.presence else _boosted
    should = [said(word, weight) for word, weight in words.items()]
    if query.tree is not None:
        # Scored where they stand, required nowhere: what must be there the tree says.
        return [{"bool": {"must": [{"match_all": {"boost": 0}}], "should": should}}]
    return [{"bool": {"should": should, "minimum_should_match": words_required(len(words))}}]


def _boosted(word: str, weight: float) -> dict[str, Any]:
    kind = {"fields": [f"{field}^{share}" for field, share in WEIGHTS.items()], "type": "most_fields"}
    return {"multi_match": {"query": word, "operator": "and", "boost": weight, **kind}}


def _presence(word: str, weight: float) -> dict[str, Any]:
    return {"constant_score": {"filter": {"match": {WHOLE: {"query": word, "operator": "and"}}}, "boost": weight}}


def _named(query: SearchQuery, ids: Sequence[str]) -> dict[str, Any]:
    return {"ids": {"values": [f"{query.kind}:{name}" for name in ids]}}


def _ranges(query: SearchQuery) -> list[dict[str, Any]]:
    limits: dict[str, dict[str, int]] = {}
    for name, low in query.at_least.items():
        limits.setdefault(name, {})["gte"] = low
    for name, high in query.at_most.items():
        limits.setdefault(name, {})["lte"] = high
    return [{"range": {f"numbers.{name}": limit}} for name, limit in limits.items()]


def _facet_filters(query: SearchQuery) -> dict[str, dict[str, Any]]:
    return {name: {"terms": {f"facets.{name}": list(values)}} for name, values in query.facets.items()}


def _count(query: SearchQuery, name: str) -> dict[str, Any]:
    others = [part for facet, part in _facet_filters(query).items() if facet != name]
    terms = {"field": f"facets.{name}", "size": MAX_COUNTS}
    return {"filter": {"bool": {"filter": others}}, "aggs": {"values": {"terms": terms}}}


def _buckets(response: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = response["aggregations"][name]["values"]["buckets"]
    return found
