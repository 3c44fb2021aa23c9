"""States of an invention disclosure, what inventors answer, and which step may follow which. Pure."""

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum

from ipx.core.errors import Conflict, Invalid


class State(StrEnum):
    """Where a disclosure stands between its inventors and the technology office."""

    DRAFT = "draft"
    RECEIVED = "received"
    QUESTIONS = "questions"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class Step(StrEnum):
    """What somebody did with a disclosure; its history is made of these."""

    SUBMITTED = "submitted"
    ASKED = "asked"
    ANSWERED = "answered"
    RETURNED = "returned"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"
    LINKED = "linked"


class InventorAnswer(StrEnum):
    """What a named inventor says of being named; ``OPEN``: nothing yet."""

    OPEN = "open"
    CONFIRMED = "confirmed"
    DISPUTED = "disputed"


EDITABLE = frozenset((State.DRAFT, State.RETURNED))
UNDER_REVIEW = frozenset((State.RECEIVED, State.QUESTIONS))
# From which states a step may be taken, and where it leads.
_STEPS: Mapping[Step, tuple[frozenset[State], State]] = {
    Step.SUBMITTED: (EDITABLE, State.RECEIVED),
    Step.ASKED: (UNDER_REVIEW, State.QUESTIONS),
    Step.ANSWERED: (frozenset((State.QUESTIONS,)), State.RECEIVED),
    Step.RETURNED: (UNDER_REVIEW, State.RETURNED),
    Step.ACCEPTED: (UNDER_REVIEW, State.ACCEPTED),
    Step.DECLINED: (UNDER_REVIEW, State.DECLINED),
}
# Steps of the review that mean nothing without words.
NEED_WORDS = frozenset((Step.ASKED, Step.ANSWERED, Step.RETURNED, Step.DECLINED))
LINK_LIVES = timedelta(days=30)  # an inventor may be at sea; the link opens one entry and nothing else
LONGEST_WORDS = 5_000


def state_after(state: State, step: Step) -> State:
    """Return the state that a step leads to. Raises Conflict when it cannot be taken now."""
    allowed, after = _STEPS[step]
    if state not in allowed:
        raise Conflict("This disclosure has moved on meanwhile. Open it again to see where it stands.")
    return after


def checked_words(words: str, *, needed: bool) -> str:
    """Return what somebody wrote beside a step, cleaned. Raises Invalid."""
    kept = "".join(c for c in words.replace("\r\n", "\n") if c.isprintable() or c == "\n").strip()
    if needed and len(kept) < 3:
        raise Invalid("Write what it is about: the others see it in the history.", field="words")
    if len(kept) > LONGEST_WORDS:
        raise Invalid(f"Use {LONGEST_WORDS} characters at most; this has {len(kept)}.", field="words")
    return kept
