"""Who may be let in to look, for what, and for how long. Pure."""

from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from ipx.core.errors import Invalid

LONGEST = timedelta(days=366)
LONGEST_REASON = 500


class Capacity(StrEnum):
    """As what somebody looks."""

    AUDITOR = "auditor"
    INVENTOR = "inventor"
    JOINT_OWNER = "joint_owner"


class Page(StrEnum):
    """What was looked at, as the audit line says it."""

    OVERVIEW = "overview"
    HISTORY = "history"
    TITLE = "title"
    AS_OF = "as_of"
    EXPORT = "export"
    REPORT = "report"
    PROOF = "proof"


def clean_reason(reason: str) -> str:
    """Return the reason with single spaces. Raises Invalid when it is empty or too long."""
    cleaned = " ".join(reason.split())
    if not cleaned:
        raise Invalid("Reason is missing: write why this person has to see the records.", field="reason")
    if len(cleaned) > LONGEST_REASON:
        raise Invalid(f"A reason may have {LONGEST_REASON} characters at most.", field="reason")
    return cleaned


def end_of(last_day: date, now: datetime) -> datetime:
    """Return the moment after the last day (UTC). Raises Invalid when it is over, or more than a year away."""
    end = datetime.combine(last_day + timedelta(days=1), time(), tzinfo=UTC)
    if end <= now:
        raise Invalid("This day is over. Choose the last day on which the records may be seen.", field="until")
    if end - now > LONGEST:
        raise Invalid("Access to the records lasts a year at most; it can be given again.", field="until")
    return end


def check_chosen(chosen: Collection[str], own: Collection[str]) -> None:
    """Raise Invalid unless at least one technology was chosen, and only own ones."""
    if not chosen:
        raise Invalid("Choose the technologies, or the whole organisation.", field="technologies")
    if not set(chosen) <= set(own):
        raise Invalid(
            "One of these technologies is not your organisation's. Open the page again.", field="technologies"
        )
