"""What the room hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ipx.catalogue.records import Listing, Need
from ipx.matches.rights import Rights
from ipx.matches.rules import Answer, Reason
from ipx.matches.scoring import Split


@dataclass(frozen=True)
class Given:
    """An answer. ``day``: all that is told of when, where the need has no name."""

    answer: Answer
    reason: Reason | None
    text: str
    day: date


@dataclass(frozen=True)
class Match:
    """A need and a listing that fit, for one reader: ``need`` is what he may see of it.

    ``passage``: the sentence of the listing, or for its owner of the need, that holds most of the common words.
    ``gap``: by how many readiness levels the listing lies beside the range of the need.
    """

    need: Need
    listing: Listing
    split: Split
    words: Sequence[str]
    passage: str
    rights: Rights | None
    gap: int | None
    given: Given | None


@dataclass(frozen=True)
class Feedback:
    """An answer as the owner of the listing sees it; ``need`` is None where nobody else may see it."""

    need: Need | None
    given: Given
