"""What to try where nothing is found: the same search with one thing less. Pure; what each gives is counted outside."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ipx.core.search_words import read_words
from ipx.matching.rules import Search

WORD, DEADLINE, RIGHTS, ALL_FILTERS = "word", "deadline", "wanted", "all-filters"
MOST_WORDS = 6
"""Words of a question up to which leaving one out is tried."""


@dataclass(frozen=True)
class Relief:
    """One way to find something: without the facet ``name`` or a word, ``total`` things are found."""

    name: str
    value: str
    search: Search
    total: int = 0


def wider_searches(search: Search, *, words: str) -> Iterator[Relief]:
    """Yield a cleaned search without one facet or word each; without all filters where there are several.

    ``words``: those of its text that can be left out, "" where operators stand between them.
    """
    whole = replace(search, page=1)
    for name, values in search.facets.items():
        others = {facet: chosen for facet, chosen in search.facets.items() if facet != name}
        yield Relief(name, ", ".join(values), replace(whole, facets=others))
    if search.deadline:
        yield Relief(DEADLINE, search.deadline, replace(whole, deadline=None))
    if search.wanted:
        yield Relief(RIGHTS, "", replace(whole, wanted=None))
    if len(search.facets) + bool(search.deadline) + bool(search.wanted) > 1:
        yield Relief(ALL_FILTERS, "", replace(whole, facets={}, deadline=None, wanted=None))
    asked = read_words(words)
    if 1 < len(asked) <= MOST_WORDS:
        for word in asked:
            yield Relief(WORD, word, replace(whole, words=" ".join(other for other in asked if other != word)))
