"""States of a challenge and its entries, criteria, and what a call must say. Pure."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from ipx.core.errors import Conflict, Invalid


class State(StrEnum):
    """States of a challenge."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CLOSED = "CLOSED"  # the deadline has passed; nobody has looked into the entries
    EVALUATING = "EVALUATING"
    SHORTLISTED = "SHORTLISTED"
    AWARDED = "AWARDED"
    CANCELLED = "CANCELLED"


class Step(StrEnum):
    """What changes the state of a challenge."""

    OPEN = "opened"
    CLOSE = "closed"
    EVALUATE = "evaluation_begun"
    SHORTLIST = "shortlisted"
    AWARD = "awarded"
    CANCEL = "cancelled"


# docs/spec/challenges.md shows this table; a pair that is not in it is refused.
TABLE: Mapping[tuple[State, Step], State] = {
    (State.DRAFT, Step.OPEN): State.OPEN,
    (State.OPEN, Step.CLOSE): State.CLOSED,
    (State.CLOSED, Step.EVALUATE): State.EVALUATING,
    (State.EVALUATING, Step.SHORTLIST): State.SHORTLISTED,
    (State.SHORTLISTED, Step.AWARD): State.AWARDED,
    **{
        (state, Step.CANCEL): State.CANCELLED
        for state in (State.DRAFT, State.OPEN, State.CLOSED, State.EVALUATING, State.SHORTLISTED)
    },
}
_WORDS = {
    State.DRAFT: "is a draft",
    State.OPEN: "is open for entries",
    State.CLOSED: "has closed",
    State.EVALUATING: "is being evaluated",
    State.SHORTLISTED: "has its shortlist",
    State.AWARDED: "has been decided",
    State.CANCELLED: "was cancelled",
}


class EntryState(StrEnum):
    """States of an entry. A withdrawn one can be submitted again until the deadline."""

    DRAFT = "DRAFT"
    SUBMITTED = "SUBMITTED"
    WITHDRAWN = "WITHDRAWN"


class Outcome(StrEnum):
    """What became of a submitted entry."""

    AWARDED = "awarded"
    DECLINED = "declined"


class Scenario(StrEnum):
    """The scenario categories of the smart city; a call outside of them has none."""

    GRID = "power-grid-dispatch"
    TRADING = "energy-trading"
    HARDWARE = "blockchain-hardware"
    EXCHANGE = "ip-exchange"
    BATTERY = "battery-life-cycle"


HIGHEST_SCORE = 10
MOST_CRITERIA, ALL_WEIGHTS = 6, 100
LONGEST_TITLE, LONGEST_TEXT, LONGEST_REASON = 200, 20_000, 2_000
SHORTEST_OPENING = timedelta(hours=1)
LONGEST_OPENING = timedelta(days=730)
INVITATION_LIVES = timedelta(days=21)
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is read for another


@dataclass(frozen=True)
class Criterion:
    """One criterion; ``weight`` in per cent, all of a call together are 100."""

    name: str
    weight: int


def state_after(state: State, step: Step) -> State:
    """Return the state that a step leads to. Raises Conflict where the table has none."""
    after = TABLE.get((state, step))
    if after is None:
        raise Conflict(f"This challenge {_WORDS[state]}, so it cannot be {step.replace('_', ' ')} now.")
    return after


def check_criteria(criteria: Sequence[Criterion]) -> tuple[Criterion, ...]:
    """Return the criteria. Raises Invalid unless there are some, with different names, and weights of 100 together."""
    if not 1 <= len(criteria) <= MOST_CRITERIA:
        raise Invalid(f"Name one criterion at least and {MOST_CRITERIA} at most.", field="criteria")
    if len({criterion.name.casefold() for criterion in criteria}) != len(criteria):
        raise Invalid("Two criteria have the same name; give each its own.", field="criteria")
    if any(criterion.weight < 1 for criterion in criteria):
        raise Invalid("Give every criterion a weight of 1 per cent or more.", field="criteria")
    total = sum(criterion.weight for criterion in criteria)
    if total != ALL_WEIGHTS:
        raise Invalid(f"The weights make {total} per cent together; they must make {ALL_WEIGHTS}.", field="criteria")
    return tuple(criteria)


def check_scores(scores: Sequence[int], criteria: Sequence[Criterion]) -> tuple[int, ...]:
    """Return the scores, one for each criterion, 0 to 10. Raises Invalid."""
    if len(scores) != len(criteria) or not all(0 <= score <= HIGHEST_SCORE for score in scores):
        raise Invalid(f"Give each criterion a score from 0 to {HIGHEST_SCORE}.", field="scores")
    return tuple(scores)


def read_deadline(text: str, zone: str) -> datetime:
    """Return the instant (UTC) of a local time such as ``2027-03-31T17:00`` in an IANA zone.

    Raises Invalid for what is no time, no zone, or an hour that the change to summer time leaves out. An hour that
    comes twice in autumn is the first of the two.
    """
    try:
        tz = ZoneInfo(zone)
    except (ValueError, OSError, LookupError) as error:
        raise Invalid(f"“{zone[:40]}” is no time zone; write it like Europe/Berlin, or UTC.", field="zone") from error
    try:
        local = datetime.strptime(text.strip(), "%Y-%m-%dT%H:%M").replace(tzinfo=tz)
    except ValueError as error:
        raise Invalid("Write the deadline as day and time, such as 2027-03-31 17:00.", field="deadline") from error
    instant = local.astimezone(UTC)
    if instant.astimezone(tz).replace(fold=local.fold) != local or instant.astimezone(tz).hour != local.hour:
        raise Invalid("This hour does not exist there: the clocks are put forward. Choose another.", field="deadline")
    return instant


def check_deadline(deadline: datetime, *, now: datetime) -> None:
    """Raise Invalid unless a call that opens now is open long enough to be answered, and not for ever."""
    if deadline < now + SHORTEST_OPENING:
        raise Invalid("The deadline must lie an hour ahead or more.", field="deadline")
    if deadline > now + LONGEST_OPENING:
        raise Invalid("The deadline may lie two years ahead at most.", field="deadline")


def check_later(deadline: datetime, *, before: datetime, now: datetime) -> None:
    """Raise Invalid unless a deadline is put off: people rely on the time that they were told."""
    if deadline <= before:
        raise Invalid("A deadline is put off, never brought forward: choose a later one.", field="deadline")
    check_deadline(deadline, now=now)


def refuse_late(deadline: datetime, *, now: datetime) -> None:
    """Raise Conflict from the deadline on, saying by how much: the first instant that is too late is the deadline."""
    if now >= deadline:
        minutes = int((now - deadline).total_seconds() // 60)
        raise Conflict(
            f"Entries closed at {deadline:%Y-%m-%d %H:%M} UTC. It is {now:%Y-%m-%d %H:%M} UTC now, "
            f"{minutes:,} minute{'s' * (minutes != 1)} later, so nothing can be submitted or withdrawn any more."
        )


def checked_line(text: str, *, field: str, what: str) -> str:
    """Return one line with single spaces. Raises Invalid when it is empty or too long."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if not cleaned:
        raise Invalid(f"Write {what}.", field=field)
    if len(cleaned) > LONGEST_TITLE:
        raise Invalid(f"Use {LONGEST_TITLE} characters at most.", field=field)
    return cleaned


def checked_text(text: str, *, field: str, longest: int = LONGEST_TEXT, shortest: int = 20) -> str:
    """Return a text of some lines without control characters. Raises Invalid when it is too short or too long."""
    cleaned = "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c == "\n").strip()
    if len(cleaned) < shortest:
        raise Invalid("Write a sentence or two.", field=field)
    if len(cleaned) > longest:
        raise Invalid(f"Use {longest:,} characters at most; this has {len(cleaned):,}.", field=field)
    return cleaned


def code_of(entry_id: str) -> str:
    """Return what an entry is called while nobody may know whose it is: four letters or figures."""
    digest = hashlib.sha256(entry_id.encode()).digest()
    return "".join(_ALPHABET[byte % len(_ALPHABET)] for byte in digest[:4])


def refuse_names(text: str, names: Sequence[str]) -> None:
    """Raise Invalid where a text names its entrant: entries are read without knowing whose they are."""
    folded = text.casefold()
    for name in names:
        if len(name) > 2 and name.casefold() in folded:
            raise Invalid(f"Entries are read blind: leave “{name}” out of the text.", field="text")
