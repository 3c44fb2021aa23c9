"""Classification symbols as places in a tree, so that a symbol stands for everything below it.

CPC: section, class, subclass, main group; a subgroup compares as its main group. NACE: division, group, class; the
letter of a section is read for A to I, where revisions 2 and 2.1 agree. NAICS: sector, then digit by digit.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

_CPC = re.compile(r"([A-HY])(?:(\d{2})(?:([A-Z])(?:\s*(\d{1,4})(?:/(\d{1,6}))?)?)?)?")
_NACE = re.compile(r"[A-V]?\s*(\d{2})(?:\.?(\d)(\d)?)?")
_NACE_SECTIONS = {
    "A": (1, 3),
    "B": (5, 9),
    "C": (10, 33),
    "D": (35, 35),
    "E": (36, 39),
    "F": (41, 43),
    "G": (45, 47),
    "H": (49, 53),
    "I": (55, 56),
}
_NAICS_SECTORS = {"32": "31", "33": "31", "45": "44", "49": "48"}
_NAICS_RANGES = {"31-33": "31", "44-45": "44", "48-49": "48"}


class Node(NamedTuple):
    """A place in a scheme's tree: ``("cpc", ("H", "01", "M", "10"))``."""

    scheme: str
    path: tuple[str, ...]

    def covers(self, other: "Node") -> bool:
        """Tell whether the other is this place or one below it."""
        return self.scheme == other.scheme and other.path[: len(self.path)] == self.path


@dataclass(frozen=True)
class Symbol:
    """A code as it compares. ``is_partial``: the code means less than its nodes (a subgroup of CPC)."""

    nodes: tuple[Node, ...]
    is_partial: bool = False


def symbol_of(scheme: str, code: str) -> Symbol:
    """Return where a code stands. What cannot be read is a scheme of its own: it equals itself alone."""
    cleaned = " ".join(code.upper().split())
    reader = {"cpc": _cpc, "nace": _nace, "naics": _naics}.get(scheme.lower())
    found = reader(cleaned) if reader else None
    return found or Symbol((Node(f"{scheme.lower()} {cleaned}", ()),))


def _cpc(code: str) -> Symbol | None:
    found = _CPC.fullmatch(code)
    if found is None:
        return None
    section, class_, subclass, group, subgroup = found.groups()
    path = [part for part in (section, class_, subclass) if part]
    if group:
        path.append(str(int(group)))
    return Symbol((Node("cpc", tuple(path)),), is_partial=bool(subgroup and int(subgroup)))


def _nace(code: str) -> Symbol | None:
    if code in _NACE_SECTIONS:
        first, last = _NACE_SECTIONS[code]
        return Symbol(tuple(Node("nace", (f"{division:02d}",)) for division in range(first, last + 1)))
    found = _NACE.fullmatch(code)
    return Symbol((Node("nace", tuple(part for part in found.groups() if part)),)) if found else None


def _naics(code: str) -> Symbol | None:
    if code in _NAICS_RANGES:
        return Symbol((Node("naics", (_NAICS_RANGES[code],)),))
    if not re.fullmatch(r"\d{2,6}", code):
        return None
    sector, rest = code[:2], code[2:]
    if not rest:
        # One of several numbers of a sector: 32 is a part of manufacturing, which is 31 to 33.
        return Symbol((Node("naics", (_NAICS_SECTORS.get(sector, sector), *_own_number(sector))),))
    path = (_NAICS_SECTORS.get(sector, sector), *_own_number(sector), *rest)
    return Symbol((Node("naics", path),))


def _own_number(sector: str) -> tuple[str, ...]:
    return (sector,) if sector in {"31", "32", "33", "44", "45", "48", "49"} else ()
