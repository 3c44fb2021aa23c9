"""How a tree of conditions is said to tantivy. It must never give the words of a person to tantivy's query parser."""

from collections.abc import Sequence

import tantivy

from ipx.adapters.tantivy_generation import ANALYSER, FACET_MARK, PLAIN_ANALYSER, SCHEMA
from ipx.core.search_tree import (
    AllOf,
    AnyOf,
    Begun,
    Leaf,
    Near,
    Node,
    Phrase,
    Place,
    Symbol,
    Without,
    Words,
    cpc_levels,
)
from ipx.core.search_words import BEGUN_IN, CPC, FIELD_OF, ORGANISATION, TEXTS, WHOLE, plain

_MUST, _SHOULD, _NOT = tantivy.Occur.Must, tantivy.Occur.Should, tantivy.Occur.MustNot


def condition(node: Node) -> tantivy.Query:
    """Return what lets through the same documents as the tree."""
    match node:
        case AllOf():
            return _all([condition(part) for part in node.parts])
        case AnyOf():
            return _any([condition(part) for part in node.parts])
        case Without():
            return tantivy.Query.boolean_query([(_MUST, tantivy.Query.all_query()), (_NOT, condition(node.part))])
        case _:
            return _leaf(node)


def _leaf(node: Leaf) -> tantivy.Query:
    match node:
        case Words():
            return _words(node)
        case Phrase():
            fields = TEXTS if node.place is Place.ANYWHERE else (FIELD_OF[node.place],)
            return _any([_phrase(field, _tokens(field, node.text)) for field in fields])
        case Begun():
            return _any([_begun(field, PLAIN_ANALYSER.analyze(plain(node.text))) for field in BEGUN_IN[node.place]])
        case Near():
            return _all([_near(token, node.edits) for token in ANALYSER.analyze(plain(node.word))])
        case Symbol():
            return _symbol(node.symbol)


def _words(node: Words) -> tantivy.Query:
    field = FIELD_OF[node.place]
    return _all([_term(field, token) for token in _tokens(field, node.text)])


def _tokens(field: str, text: str) -> Sequence[str]:
    analyser = PLAIN_ANALYSER if field == ORGANISATION else ANALYSER
    tokens: Sequence[str] = analyser.analyze(plain(text))
    return tokens


def _phrase(field: str, tokens: Sequence[str]) -> tantivy.Query:
    return tantivy.Query.phrase_query(SCHEMA, field, list(tokens)) if len(tokens) > 1 else _all_terms(field, tokens)


def _begun(field: str, tokens: Sequence[str]) -> tantivy.Query:
    if not tokens:
        return tantivy.Query.empty_query()
    last = tantivy.Query.fuzzy_term_query(SCHEMA, field, tokens[-1], 0, True, True)
    return _all([*(_term(field, token) for token in tokens[:-1]), last])


def _near(token: str, edits: int) -> tantivy.Query:
    return tantivy.Query.fuzzy_term_query(SCHEMA, WHOLE, token, edits, True, False)


def _symbol(symbol: str) -> tantivy.Query:
    levels = cpc_levels(symbol)
    if not levels:
        return tantivy.Query.empty_query()
    return tantivy.Query.term_set_query(SCHEMA, f"facets.{CPC}", [FACET_MARK + levels[-1]])


def _term(field: str, token: str) -> tantivy.Query:
    return tantivy.Query.term_query(SCHEMA, field, token, "basic")


def _all_terms(field: str, tokens: Sequence[str]) -> tantivy.Query:
    return _all([_term(field, token) for token in tokens])


def _all(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return _joined(_MUST, parts)


def _any(parts: Sequence[tantivy.Query]) -> tantivy.Query:
    return _joined(_SHOULD, parts)


def _joined(occur: tantivy.Occur, parts: Sequence[tantivy.Query]) -> tantivy.Query:
    """Join conditions; none at all lets nothing through."""
    if len(parts) < 2:
        return parts[0] if parts else tantivy.Query.empty_query()
    return tantivy.Query.boolean_query([(occur, part) for part in parts])
