"""Months counted as offices count them. Pure."""

import calendar
from datetime import date


def add_months(day: date, months: int) -> date:
    """Return the day with the same number so many months later; where the month has none, its last day.

    PCT Rule 80.2, EPC Rule 131(4), Paris Convention Art. 4C(2): the day of the event itself is not counted.
    """
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def add_years(day: date, years: int) -> date:
    """Return the same day so many years later; 28 February for a 29th that is not there."""
    return add_months(day, 12 * years)
