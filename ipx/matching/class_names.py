"""What the classes of the Cooperative Patent Classification are about, in few words of ours. Pure.

The official titles are long and say much that nobody types (“not otherwise provided for”); these are short names after
them, with words that people look for, in each language of the pages: of all classes (H01) and subclasses (H01M).

On 2026-11-29 the English names were read against the title list of May 2025 (CPCTitleList202505, of the European and
the US patent office, from a copy in a public repository): all of its 137 classes and 680 subclasses are here. Of H10P
and H10W, which came in January 2026, only a quotation of the titles was at hand; H01L may have gone with them, and
stays for documents that have it. No official list in Chinese was at hand to check the Chinese names against. The
offices say that the scheme may be used again under an open licence for data (“CPC open linked data” on the site of the
scheme, which does not name the licence there); no title was copied.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

SHORTEST_WORD, SHORTEST_CHINESE = 3, 2
"""Characters of a word that are typed before a name is compared with it."""


@cache
def class_names() -> Mapping[str, Mapping[str, str]]:
    """Return the names of classes (A01) and subclasses (A01B) by symbol and language (``web.languages``)."""
    found: Mapping[str, Mapping[str, str]] = json.loads((files("ipx.matching") / "cpc_classes.json").read_text("utf-8"))
    return found


def classes_named(text: str) -> list[str]:
    """Return the symbols of the classes whose name has a word that begins as the last typed word does.

    Those whose name itself begins so come first, then as the classification has them. Chinese has no spaces between
    words, so there the whole text has to stand somewhere in the name.
    """
    typed = text.casefold().split()
    last = typed[-1] if typed else ""
    found = {symbol: names for symbol, names in _casefolded().items() if any(_names(name, last) for name in names)}
    return sorted(found, key=lambda symbol: not any(name.startswith(last) for name in found[symbol]))


@cache
def _casefolded() -> Mapping[str, Sequence[str]]:
    return {symbol: [name.casefold() for name in names.values()] for symbol, names in class_names().items()}


def _names(name: str, last: str) -> bool:
    if last.isascii():
        words = name.replace(",", " ").replace(":", " ").split()
        return len(last) >= SHORTEST_WORD and any(word.startswith(last) for word in words)
    return len(last) >= SHORTEST_CHINESE and last in name
