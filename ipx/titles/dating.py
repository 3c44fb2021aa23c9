"""Entries as of a day: what had taken effect by then, by all that is known today. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

from ipx.titles.entries import Consent, Conveyance
from ipx.titles.records import EntryView


def as_of(entries: Sequence[EntryView], day: date) -> list[EntryView]:
    """Return the entries that count on a day, entered whenever. What says no day may be older, and stays.

    What the office recorded later was not recorded yet on that day.
    """
    return list(_as_of(entries, day))


def _as_of(entries: Sequence[EntryView], day: date) -> Iterator[EntryView]:
    for view in entries:
        begins = _begins(view)
        if begins is not None and begins > day:
            continue
        said = view.entry
        if isinstance(said, Conveyance) and said.recorded_on is not None and said.recorded_on > day:
            yield replace(view, entry=replace(said, recorded_on=None))
        else:
            yield view


def _begins(view: EntryView) -> date | None:
    said = view.entry
    if isinstance(said, Conveyance):
        return said.takes_effect
    return said.given_on if isinstance(said, Consent) else said.executed_on
