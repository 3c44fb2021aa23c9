"""Small readings that every part of a document needs: text, dates, numbers, and what could not be understood."""

import re
from xml.etree.ElementTree import Element

from ipx.bibliography import numbers
from ipx.bibliography.records import Reference, Unreadable

_DATE = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")
_DAYS_OF_MONTH = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
SAYS_NOTHING = frozenset(("", "omitted", "unknown", "None", "none"))


class Reading:
    """Reads values and keeps those that have no meaning, so that none is lost silently."""

    def __init__(self) -> None:
        self.unreadable: list[Unreadable] = []

    def date(self, element: Element | None, path: str = "date") -> str | None:
        """Return YYYYMMDD as an ISO date, as exact as it is: 20101100 is November 2010, 19870000 is 1987."""
        text = text_at(element, path)
        if text is None or not text.strip("0"):
            return None
        found = _DATE.fullmatch(text)
        if found is not None:
            year, month, day = found.groups()
            if (month, day) == ("00", "00"):
                return year
            if 1 <= int(month) <= 12 and int(day) <= _DAYS_OF_MONTH[int(month) - 1]:
                return f"{year}-{month}" if day == "00" else f"{year}-{month}-{day}"
        self.cannot_read(element, path, text)
        return None

    def number(self, element: Element | None, path: str) -> int | None:
        """Return a whole number."""
        text = text_at(element, path)
        if text is None:
            return None
        if re.fullmatch(r"[0-9]{1,9}", text):
            return int(text)
        self.cannot_read(element, path, text)
        return None

    def publication(self, element: Element | None) -> Reference | None:
        """Return a ``document-id`` as the reference to something published."""
        if element is None:
            return None
        office, number, kind = (text_at(element, name) for name in ("country", "doc-number", "kind"))
        return numbers.publication(office, number, kind, self.date(element))

    def application(self, element: Element | None) -> Reference | None:
        """Return a ``document-id`` as the reference to an application; kind 00 says nothing."""
        if element is None:
            return None
        office, number, kind = (text_at(element, name) for name in ("country", "doc-number", "kind"))
        return numbers.application(office, number, None if kind == "00" else kind, self.date(element))

    def cannot_read(self, element: Element | None, path: str, value: str) -> None:
        """Keep a value that has no meaning."""
        name = path if element is None else f"{element.tag}/{path}"
        self.unreadable.append(Unreadable(name, value[:200]))


def text_of(element: Element | None) -> str | None:
    """Return all text inside an element on one line; None when there is none, or it says that there is none."""
    if element is None:
        return None
    text = " ".join("".join(element.itertext()).split())
    return None if text in SAYS_NOTHING else text


def text_at(element: Element | None, path: str) -> str | None:
    """Return the text at a path."""
    return None if element is None else text_of(element.find(path))


def sequence_of(element: Element) -> int | None:
    """Return the attribute ``sequence`` as a number."""
    value = element.get("sequence") or ""
    return int(value) if re.fullmatch(r"[0-9]{1,6}", value) else None
