"""Steps of a contest, and how it ends. Pure. docs/spec/licence-life.md is the specification."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from ipx.core.errors import Conflict, Forbidden

OBJECTION_TIME = timedelta(days=14)  # how long the other side may say that a document is no ruling on this


class Subject(StrEnum):
    """What can be contested."""

    STEP = "step"  # of a licence's life: a notice, or a conversion
    RIGHT = "right"  # its title
    LISTING = "listing"


class Step(StrEnum):
    """Kinds of steps. They are frozen."""

    OPENED = "opened"
    PROPOSED = "proposed"
    DECLINED = "declined"
    RULING = "ruling"
    OBJECTED = "objected"
    ENDED = "ended"


class Outcome(StrEnum):
    """What becomes of the thing that was contested."""

    STANDS = "stands"
    FALLS = "falls"


class How(StrEnum):
    """How a contest ended."""

    AGREEMENT = "agreement"
    RULING = "ruling"
    RECTIFICATION = "rectification"
    WITHDRAWN = "withdrawn"  # the contester gave it up, or the other side what was contested


@dataclass(frozen=True)
class Pending:
    """What waits for an answer: a proposal to settle, or a ruling; ``until``: when a ruling counts without one."""

    step: Step
    by: str
    outcome: Outcome
    until: datetime | None = None


class Answer(StrEnum):
    """What a side may do next."""

    GIVE_UP = "give-up"
    PROPOSE = "propose"
    ACCEPT = "accept"
    DECLINE = "decline"
    BRING_RULING = "bring-ruling"
    OBJECT = "object"


def answers_of(pending: Pending | None, *, own: str) -> list[Answer]:
    """Return what a side, an organisation's id, may do next in an open contest."""
    found = [Answer.GIVE_UP]  # the contester its contest, the other side what is contested
    if pending is None or pending.by == own:
        return [*found, Answer.PROPOSE, Answer.BRING_RULING]
    if pending.step is Step.PROPOSED:
        return [*found, Answer.ACCEPT, Answer.DECLINE, Answer.BRING_RULING]
    return [*found, Answer.ACCEPT, Answer.OBJECT]


def check_answer(answer: Answer, pending: Pending | None, *, own: str, is_open: bool) -> None:
    """Raise Conflict for a contest that has ended, Forbidden for what is not this side's to do now."""
    if not is_open:
        raise Conflict("This contest has ended.")
    if answer not in answers_of(pending, own=own):
        raise Forbidden("This is not for your organisation to answer now; reload the page.")
