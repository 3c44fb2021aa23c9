"""What a disclosure says, as the events that bar dates are computed from. Pure."""

from datetime import date

from ipx.inventions.bar_dates import BarDate, Event, Happening, bar_dates
from ipx.inventions.drafts import Answer, Content, Entry

_CONFIDENTIAL = {"yes": True, "no": False}


def events_of(content: Content) -> list[Event]:
    """Return publications and offers. An offer whose kind is not known is taken for one of sale, the harsher case."""
    published = [_event(Happening.PUBLICATION, entry) for entry in content.entries("publications")]
    offered = [
        _event(Happening(str(entry["kind"]) or Happening.OFFER_FOR_SALE), entry) for entry in content.entries("offers")
    ]
    return [*published, *offered]


def filings_of(content: Content) -> list[date]:
    """Return the days of applications that are known."""
    return [date.fromisoformat(str(entry["filed_on"])) for entry in content.entries("filings") if entry["filed_on"]]


def bars_of(content: Content) -> list[BarDate]:
    """Return the bar dates of a disclosure, the earliest first."""
    return bar_dates(events_of(content), filings_of(content))


def unknown_lists(content: Content) -> list[str]:
    """Return which sections that bar dates rest on are not known yet."""
    names = ("publications", "offers", "filings")
    return [name for name in names if content.sections[name].answer is Answer.UNKNOWN]


def _event(happening: Happening, entry: Entry) -> Event:
    on = str(entry["on"])
    return Event(
        happening=happening,
        on=date.fromisoformat(on) if on else None,
        confidential=_CONFIDENTIAL.get(str(entry["confidential"])),
        what=str(entry["what"]),
    )


def is_us_federal(content: Content) -> bool:
    """Tell whether money of the US federal government is stated."""
    return any(entry["us_federal"] == "yes" for entry in content.entries("funding"))
