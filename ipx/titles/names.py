"""Names of parties, compared as a careful reader would: the same, alike, or others. Pure.

It never says that two names are one person: *alike* is a flag for somebody to look at.
"""

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from functools import lru_cache

_FORMS = (
    "ab ag aps as bv co company corp corporation gmbh inc incorporated kg kgaa kk limited llc llp lp ltd ltda mbh nv "
    "oy oyj plc pte pty sa sarl sas se sp spa srl sro zoo"
)
LEGAL_FORMS = frozenset(_FORMS.split())
# Two spellings of one long name differ in a letter or two; other names differ in more.
ALIKE_FROM = 0.9
SHORTEST_TO_GUESS = 8


@lru_cache(4096)
def name_key(name: str) -> str:
    """Return what makes a name the same one: no case, no accents, no punctuation; ``Doe, Ada`` is ``Ada Doe``."""
    folded = unicodedata.normalize("NFKD", name).casefold()
    bare = "".join(mark for mark in folded if not unicodedata.combining(mark))
    last, comma, first = bare.partition(",")
    if comma and "," not in first and not set(_words(first)) & LEGAL_FORMS:
        bare = f"{first} {last}"
    return " ".join(_words(bare))


@lru_cache(4096)
def are_alike(one: str, other: str) -> bool:
    """Tell whether two names, which are not the same, look like one party's: initials, legal forms, a wrong letter."""
    first, second = _core(one), _core(other)
    if not first or not second:
        return False
    if first == second or _abbreviates(first, second) or _abbreviates(second, first):
        return True
    left, right = " ".join(first), " ".join(second)
    return min(len(left), len(right)) >= SHORTEST_TO_GUESS and _ratio(left, right) >= ALIKE_FROM


def match(name: str, among: Iterable[str]) -> tuple[str | None, bool]:
    """Return the name meant by ``name``, and whether it is only alike; None when there is none, or several alike."""
    names = list(among)
    for each in names:
        if name_key(each) == name_key(name):
            return each, False
    alike = [each for each in names if are_alike(name, each)]
    return (alike[0], True) if len(alike) == 1 else (None, False)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", re.sub(r"(?<=\w)\.(?=\w\b)", "", text))


def _core(name: str) -> tuple[str, ...]:
    return tuple(word for word in name_key(name).split() if word not in LEGAL_FORMS)


def _abbreviates(short: tuple[str, ...], long: tuple[str, ...]) -> bool:
    """Tell whether ``short`` leaves out middle names or writes first ones as initials; the last word is the same."""
    if len(short) > len(long) or short[-1] != long[-1] or len(short) < 2:
        return False
    rest = list(long[:-1])
    for word in short[:-1]:
        found = next((each for each in rest if each == word or (len(word) == 1 and each.startswith(word))), None)
        if found is None:
            return False
        rest.remove(found)
    return True


def _ratio(one: str, other: str) -> float:
    return SequenceMatcher(None, one, other, autojunk=False).ratio()
