"""Codes of patent offices (WIPO ST.3) and of kinds of documents (WIPO ST.16). Pure."""

import re

from ipx.core.countries import COUNTRIES

# Organisations of ST.3 annex A, section 1 and 2; countries are those of ISO 3166-1.
ORGANISATIONS = {
    "AP": "African Regional Intellectual Property Organization (ARIPO)",
    "BX": "Benelux Office for Intellectual Property (BOIP)",
    "EA": "Eurasian Patent Organization (EAPO)",
    "EM": "European Union Intellectual Property Office (EUIPO)",
    "EP": "European Patent Office (EPO)",
    "GC": "Patent Office of the Gulf Cooperation Council (GCC)",
    "IB": "International Bureau of WIPO",
    "OA": "African Intellectual Property Organization (OAPI)",
    "QZ": "Community Plant Variety Office (CPVO)",
    "WO": "World Intellectual Property Organization (WIPO), PCT",
}
OFFICES = COUNTRIES | frozenset(ORGANISATIONS)
OFTEN_CHOSEN = ("EP", "US", "CN", "WO", "DE", "FR", "GB", "JP", "KR")

_KIND_CODE = re.compile(r"[A-Z][0-9]?")


def is_kind_code(code: str) -> bool:
    """Tell whether this is a kind code of ST.16: a letter, mostly followed by a digit."""
    return bool(_KIND_CODE.fullmatch(code))
