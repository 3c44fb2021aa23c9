"""What can be searched by, and how a page of results is asked for. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ipx.core.ports import LISTINGS, NEEDS
from ipx.core.search_words import MAX_WINDOW
from ipx.matching.free_rights import Wanted

PAGE_SIZE = 20
MOST_SAVED = 50
"""Searches that one person keeps at most."""
LAST_PAGE = MAX_WINDOW // PAGE_SIZE
MOST_CHOICES = 100
"""Values of one facet that one search may choose."""

FACETS: Mapping[str, Sequence[str]] = {
    LISTINGS: (
        "source",
        "status",
        "readiness",
        "stage",
        "rights",
        "exclusivity",
        "price",
        "territory",
        "classes",
        "organisation",
        "year",
    ),
    NEEDS: ("source", "programme", "organisation"),
}
OPEN, CLOSED = "open", "closed"


@dataclass(frozen=True)
class Search:
    """One search as a person asks for it; ``deadline`` is OPEN, CLOSED or None and concerns needs only. ``exact``: its
    words are not put right. ``wanted``: rights that must be left, of listings only.
    """

    kind: str
    words: str = ""
    facets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    page: int = 1
    newest_first: bool = False
    deadline: str | None = None
    exact: bool = False
    wanted: Wanted | None = None

    def cleaned(self) -> "Search":
        """Return the search with known facets only and a page within reach."""
        known = {
            name: tuple(dict.fromkeys(value for value in self.facets.get(name, ()) if value))[:MOST_CHOICES]
            for name in FACETS[self.kind]
        }
        return Search(
            kind=self.kind,
            words=self.words.strip(),
            facets={name: values for name, values in known.items() if values},
            page=min(max(self.page, 1), LAST_PAGE),
            newest_first=self.newest_first,
            deadline=self.deadline if self.kind == NEEDS and self.deadline in (OPEN, CLOSED) else None,
            exact=self.exact,
            wanted=self.wanted if self.kind == LISTINGS else None,
        )
