"""How much each part of a match counts, when both sides are told, and which answers there are. Pure."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum


class PartName(StrEnum):
    """What a score is made of."""

    WORDS = "words"
    MEANING = "meaning"  # stated where there is a model, and the listing has its vector
    CLASSES = "classes"
    READINESS = "readiness"
    RIGHTS = "rights"
    BUDGET = "budget"


WEIGHTS: Mapping[PartName, int] = {
    PartName.WORDS: 50,
    PartName.MEANING: 25,
    PartName.CLASSES: 15,
    PartName.READINESS: 10,
    PartName.RIGHTS: 15,
    PartName.BUDGET: 10,
}
"""Relative weights: those of the parts that both sides state are stretched until they make 100."""

HALF_WORDS = 1.0
"""The score in words (``SearchService.scores``) that counts as half a fit."""
FAR, NEAR = 0.3, 0.8
"""Cosines that fit not at all, and wholly: nine of ten pairs of a need and any listing lie below the first; half of
those that were judged to fit lie above .68 (docs/decisions/0038)."""
WORTH_SHOWING = 30
"""Score below which a pair is not kept."""
WORTH_TELLING = 55
"""Score from which both sides are told: more than all other parts can make where neither words nor meaning fit."""
FREE_STEPS = 3
"""Readiness levels beside the range after which nothing of that part is left."""
OURS_KEPT, OTHERS_KEPT = 30, 10
"""Matches kept for a need: listings that take offers, and public records shown beside them."""
NEEDS_ASKED = 20
"""Needs that are ranked anew because a listing changed, besides those it is matched with and private ones."""
DIGEST_EVERY = timedelta(days=1)


class Side(StrEnum):
    """Who is told of a match."""

    NEED = "need"
    LISTING = "listing"


class Answer(StrEnum):
    """What the organisation of a need says to a listing."""

    INTERESTED = "interested"
    DECLINED = "declined"


class Reason(StrEnum):
    """Why a listing was declined; the owner of the listing reads it."""

    TOO_EARLY = "too-early"
    RIGHTS_NOT_FREE = "rights-not-free"
    PRICE = "price"
    WRONG_FIELD = "wrong-field"
    SOLVED = "already-solved"
    OTHER = "other"


LONGEST_WORDS = 500


def next_day(now: datetime) -> datetime:
    """Return the first moment of the next day (UTC).

    What a need without a name does is told from then on: the minute could be compared with what organisations do.
    """
    return now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
