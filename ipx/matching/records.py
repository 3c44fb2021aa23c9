"""What the room hands out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from ipx.catalogue.records import Listing, Need
from ipx.licences.algebra.conflicts import Answer
from ipx.matching.expressions import ExpressionError
from ipx.matching.helping import Relief
from ipx.matching.rules import Search
from ipx.matching.spelling import Respelling


@dataclass(frozen=True)
class Found:
    r"""One result: a listing or a need, and fragments of its text with the matches between \\x02 and \\x03. Where there
    are none, ``meant`` is the sentence that comes closest in meaning, "" where that is not known."""

    thing: Listing | Need
    fragments: Sequence[str] = ()
    meant: str = ""


@dataclass(frozen=True)
class ResultPage:
    """A page of results. ``resting`` is True when the index is down and these are simply the newest, unfiltered.

    ``fault``: why fields and operators could not be read, so that the words alone were searched. ``respelt``: what was
    searched instead of words that nothing has. ``reliefs``: where nothing was found, what finds something.
    ``standings``: where rights are looked for, what the book of grants says of each result; ``looked_at``: how many
    listings were compared, where there were more.
    """

    search: Search
    found: Sequence[Found]
    total: int
    pages: int
    facets: Mapping[str, Sequence[tuple[str, int]]] = field(default_factory=dict)
    resting: bool = False
    fault: ExpressionError | None = None
    respelt: Respelling | None = None
    reliefs: Sequence[Relief] = ()
    standings: Mapping[str, Answer] = field(default_factory=dict)
    looked_at: int | None = None


@dataclass(frozen=True)
class SearchHealth:
    """How search is: what index and model say of themselves, or their trouble; ``model`` None: there is none.

    ``made`` of ``public`` listings and needs have the vector of their present version.
    """

    index: str
    index_is_well: bool
    is_complete: bool
    model: str | None
    model_is_well: bool
    made: int
    public: int

    @property
    def percent(self) -> int:
        """Return how far the vectors are, 100 only when none is missing."""
        return 100 if self.made >= self.public else 99 * self.made // self.public


class Scored(NamedTuple):
    """How well a thing answers a question: in words, and in meaning (a cosine), None where it has no vector."""

    id: str
    words: float
    meaning: float | None
