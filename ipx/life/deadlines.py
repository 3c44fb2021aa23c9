"""Calendar rules of deadlines. Pure.

All days are days in UTC. A period of days begins on the day after the notice and ends with the end of its last day,
that is at the first moment of the day after. A period of months ends on the same day of the month, or on the month's
last day where it is shorter. A clock that was stopped by a contest goes on with the days that were left, rounded up.
"""

from datetime import UTC, datetime, timedelta

from ipx.licences.rules import months_later

LATEST = datetime(9999, 1, 1, tzinfo=UTC)


def days_after(notice: datetime, days: int) -> datetime:
    """Return the end of the last of so many days after the day of a notice."""
    return _end_of_day(notice) + timedelta(days=days)


def days_before(end: datetime, days: int) -> datetime:
    """Return the moment up to which a notice comes so many days before an end: a whole number of days."""
    return end - timedelta(days=days)


def resumed(due: datetime, *, stopped: datetime, again: datetime) -> datetime:
    """Return the deadline of a clock that stood still between two moments: never earlier than it was."""
    left = max(due - stopped, timedelta())
    return _end_of_day(again) + timedelta(days=-(-left // timedelta(days=1)))


def renewed(end: datetime, months: int) -> datetime:
    """Return the end of a term that is prolonged by months."""
    years = months // 12 + 1
    return LATEST if end.year + years >= LATEST.year else months_later(end, months)


def _end_of_day(moment: datetime) -> datetime:
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day + timedelta(days=1)
