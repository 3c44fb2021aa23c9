"""Named regions and who belonged to them when: the first day of each membership and, where it ended, of its absence.

Sources: the treaties of accession (EU, EEA), the EPO's list of contracting states, Art. 18(2) UPC Agreement and the
Council's list of participating states (unitary patents), and the lists that EAPO, OAPI and ARIPO publish. An ISO code
names the territory that ISO 3166-1 gives it: FR does not include Guadeloupe, CN includes neither HK, MO nor TW.
"""

from datetime import date

Membership = tuple[str, date, date | None]
"""A country, the first day of its membership, and the first day on which it is no member any more."""

_BEFORE = date(1900, 1, 1)
_BREXIT = date(2020, 2, 1)


def _since(text: str, *, left: dict[str, date] | None = None) -> tuple[Membership, ...]:
    """Read lines like ``1995-01-01 AT FI SE``."""
    gone = left or {}
    found: list[Membership] = []
    for line in text.strip().splitlines():
        day, *codes = line.split()
        found += [(code, date.fromisoformat(day), gone.get(code)) for code in codes]
    return tuple(found)


def _always(codes: str) -> tuple[Membership, ...]:
    return tuple((code, _BEFORE, None) for code in codes.split())


_EU = _since(
    """
    1958-01-01 BE DE FR IT LU NL
    1973-01-01 DK GB IE
    1981-01-01 GR
    1986-01-01 ES PT
    1995-01-01 AT FI SE
    2004-05-01 CY CZ EE HU LT LV MT PL SI SK
    2007-01-01 BG RO
    2013-07-01 HR
    """,
    left={"GB": _BREXIT},
)
_EEA = _since(
    """
    1994-01-01 AT BE DE DK ES FI FR GB GR IE IS IT LU NL NO PT SE
    1995-05-01 LI
    2004-05-01 CY CZ EE HU LT LV MT PL SI SK
    2007-08-01 BG RO
    2014-04-12 HR
    """,
    left={"GB": _BREXIT},
)
_EPC = _since(
    """
    1977-10-07 BE CH DE FR GB LU NL
    1978-05-01 SE
    1978-12-01 IT
    1979-05-01 AT
    1980-04-01 LI
    1986-10-01 ES GR
    1990-01-01 DK
    1991-12-01 MC
    1992-01-01 PT
    1992-08-01 IE
    1996-03-01 FI
    1998-04-01 CY
    2000-11-01 TR
    2002-07-01 BG CZ EE SK
    2002-12-01 SI
    2003-01-01 HU
    2003-03-01 RO
    2004-03-01 PL
    2004-11-01 IS
    2004-12-01 LT
    2005-07-01 LV
    2007-03-01 MT
    2008-01-01 HR NO
    2009-01-01 MK
    2009-07-01 SM
    2010-05-01 AL
    2010-10-01 RS
    2022-10-01 ME
    """
)
_UNITARY = _since(
    """
    2023-06-01 AT BE BG DE DK EE FI FR IT LT LU LV MT NL PT SE SI
    2024-09-01 RO
    """
)
_EURASIAN = _since(
    """
    1995-08-12 BY TJ TM
    1995-09-27 RU
    1995-11-05 KZ
    1995-12-25 AZ
    1996-01-13 KG
    1996-02-16 MD
    1996-02-27 AM
    """,
    left={"MD": date(2012, 4, 26)},
)

REGIONS: dict[str, tuple[Membership, ...]] = {
    "EU": _EU,
    "EEA": _EEA,
    "EPC": _EPC,
    "UPC": _UNITARY,
    "EAPC": _EURASIAN,
    "OAPI": _always("BF BJ CF CG CI CM GA GN GQ GW KM ML MR NE SN TD TG"),
    "ARIPO": _since(
        """
        1984-04-25 BW GH GM KE LS MW MZ NA SD SL SZ TZ UG ZM ZW
        2010-03-24 LR
        2011-09-24 RW
        2014-08-19 ST
        2022-01-01 SC
        2022-10-14 CV
        """
    ),
    "ASEAN": _since(
        """
        1967-08-08 ID MY PH SG TH
        1984-01-07 BN
        1995-07-28 VN
        1997-07-23 LA MM
        1999-04-30 KH
        2025-10-26 TL
        """
    ),
    "MERCOSUR": _since(
        """
        1991-11-29 AR BR PY UY
        2012-07-31 VE
        2024-08-07 BO
        """,
        left={"VE": date(2016, 12, 2)},  # suspended
    ),
    "BENELUX": _always("BE LU NL"),
    "EFTA": _always("CH IS LI NO"),
    "USMCA": _always("CA MX US"),
    "GCC": _always("AE BH KW OM QA SA"),
}

ALIASES = {"EP": "EPC", "UK": "GB", "EL": "GR", "EA": "EAPC", "OA": "OAPI", "NAFTA": "USMCA", "UP": "UPC"}
"""Other codes in use for the same places: the offices' of WIPO ST.3 and the European Union's own."""


def members(region: str, start: date, end: date | None) -> tuple[frozenset[str], frozenset[str]]:
    """Return who is a member all through ``[start, end)``, and who is one at some time of it (end None: no end).

    Membership is as known today: who may join or leave one day is not guessed.
    """
    always, sometimes = set(), set()
    for code, joined, left in REGIONS[region]:
        is_outlived = left is not None and left <= start
        is_ahead = end is not None and joined >= end
        if is_outlived or is_ahead:
            continue
        sometimes.add(code)
        if joined <= start and (left is None or (end is not None and left >= end)):
            always.add(code)
    return frozenset(always), frozenset(sometimes)
