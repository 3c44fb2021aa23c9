"""Numbers of documents and applications in the forms that sources write. Pure.

A form is returned only where a published rule gives it for certain (EPO, number format concordance); else None.
"""

import re

from ipx.bibliography.records import Reference

_US_YEARLY = re.compile(r"((?:19|20)[0-9]{2})/?([0-9]{7})")
_US_SERIAL = re.compile(r"([0-9]{2})/?([0-9]{3}),?([0-9]{3})")
# The USPTO fills up the numbers of reissues, plants and designs after their letters.
_ZEROS_OF_KINDS = re.compile(r"^(RE|PP|D)0+(?=[0-9])")
# From this series on (end of 2010) the EPO writes series and serial number after the year of filing.
FIRST_LONG_SERIES, LAST_SERIES_OF_PATENTS = 13, 19
OLDEST_SERIES_WITH_A_RULE = 8


def plain(number: str | None) -> str:
    """Return the number of a document for comparing: letters and digits only, upper case, no leading zeros.

    ``08930553`` and ``8,930,553`` are the same patent, ``D0724073`` and ``D724,073`` the same design.
    """
    return _ZEROS_OF_KINDS.sub(r"\1", plain_application(number).lstrip("0"))


def plain_application(number: str | None) -> str:
    """Return the number of an application for comparing; its leading zeros stay.

    ``09/832,323`` is an application of 2001; ``9,832,323`` is a patent of 2017.
    """
    return re.sub(r"[^0-9A-Z]", "", (number or "").upper())


def can_be_application_published_by_us(number: str | None) -> bool:
    """Tell whether this is the number of a published US application (``2005/0004437``), which no other number is."""
    return bool(_US_YEARLY.fullmatch((number or "").replace(" ", "")))


def publication(office: str | None, original: str | None, kind: str | None, date: str | None) -> Reference:
    """Return the reference to a published document, with its forms for the USPTO's own numbers."""
    number = _plain_or_none(original)
    docdb = epodoc = None
    if office == "US" and number:
        docdb = _us_docdb_publication(number)
        epodoc = f"US{docdb}" if docdb else None
    return Reference(office, number, kind, date, original, docdb, epodoc)


def application(office: str | None, original: str | None, kind: str | None, date: str | None) -> Reference:
    """Return the reference to an application. US forms: the serial number alone does not tell the year of filing."""
    docdb, epodoc = _us_application_forms(original or "", date or "") if office == "US" else (None, None)
    return Reference(office, original or None, kind, date, original, docdb, epodoc)


def _plain_or_none(original: str | None) -> str | None:
    return plain(original) or None


def _us_docdb_publication(number: str) -> str | None:
    """Return 2005004437 for 20050004437: the year and six digits; other publications stand as they are."""
    yearly = _US_YEARLY.fullmatch(number)
    if yearly is None:
        return number
    year, serial = yearly.groups()
    return year + serial[1:] if serial.startswith("0") else None


def _us_application_forms(original: str, date: str) -> tuple[str | None, str | None]:
    found = _US_SERIAL.fullmatch(original)
    year = date[:4]
    if found is None or not re.fullmatch(r"[0-9]{4}", year):
        return None, None
    series, serial = int(found[1]), found[2] + found[3]
    if FIRST_LONG_SERIES <= series <= LAST_SERIES_OF_PATENTS:
        return f"{year}{found[1]}{serial}", f"US{year}{found[1]}{serial}"
    if OLDEST_SERIES_WITH_A_RULE <= series < FIRST_LONG_SERIES:
        return f"{serial}{year[2:]}", f"US{year}0{serial}"
    return None, None
