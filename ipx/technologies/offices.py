"""Codes of patent offices (WIPO ST.3) and of kinds of documents (WIPO ST.16). Pure."""

import re

# Organisations of ST.3 annex A, section 1 and 2; countries follow ISO 3166-1.
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
COUNTRIES = frozenset(
    """AD AE AF AG AI AL AM AN AO AR AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BQ BR BS BT BV BW BY BZ CA CD CF
    CG CH CI CK CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FO FR GA GB GD GE GG
    GH GI GL GM GN GQ GR GS GT GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR
    KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MK ML MM MN MO MP MR MS MT MU MV MW MX MY MZ NA NE NG
    NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS RU RW SA SB SC SD SE SG SH SI SK SL SM SN SO SR SS ST
    SV SX SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VN VU WS YE ZA ZM ZW""".split()  # noqa: SIM905 - two hundred quoted lines would say no more
)
OFFICES = COUNTRIES | frozenset(ORGANISATIONS)
OFTEN_CHOSEN = ("EP", "US", "CN", "WO", "DE", "FR", "GB", "JP", "KR")

_KIND_CODE = re.compile(r"[A-Z][0-9]?")


def is_kind_code(code: str) -> bool:
    """Tell whether this is a kind code of ST.16: a letter, mostly followed by a digit."""
    return bool(_KIND_CODE.fullmatch(code))
