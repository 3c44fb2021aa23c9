"""What erasing, holding and keeping backups mean: reasons that are acceptable, stages, days. Pure."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from enum import StrEnum

from ipx.core.errors import Invalid

LONGEST_REASON = 500
ERASED_NAME = "erased"
# A backup's begin is written down before its snapshot is taken; more than this never lies between them.
SNAPSHOT_DELAY = timedelta(hours=1)


class Stage(StrEnum):
    """How far an erasure is. From the first on nobody can read the document."""

    ASKED = "asked"
    SHREDDED = "shredded"
    REMOVED = "removed"
    DONE = "done"


def clean_reason(reason: str) -> str:
    """Return the reason with single spaces. Raises Invalid when it says nothing or too much."""
    cleaned = " ".join("".join(c if c.isprintable() else " " for c in reason).split())
    if len(cleaned) < 3:
        raise Invalid("Give the reason in a few words. Do not repeat what is in the document.", field="reason")
    if len(cleaned) > LONGEST_REASON:
        raise Invalid(f"Give the reason in {LONGEST_REASON} characters at most.", field="reason")
    return cleaned


def erased_name(file_name: str) -> str:
    """Return what stands in place of a file name that is forgotten: a name can tell a secret. The ending stays."""
    return f"{ERASED_NAME}.{file_name.rpartition('.')[2]}"


def may_hold(begun_at: datetime, *, created_at: datetime, shredded_at: datetime) -> bool:
    """Tell whether a backup that was begun then may hold a document that was there from … to …; rather too often."""
    return created_at - SNAPSHOT_DELAY <= begun_at <= shredded_at


def last_day(ends: Iterable[datetime], *, shredded_at: datetime) -> date:
    """Return the day on which the last of some backups is gone: that of the shredding, when there is none."""
    return max([shredded_at, *ends]).date()
