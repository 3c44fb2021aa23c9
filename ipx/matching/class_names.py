"""What the classes of the Cooperative Patent Classification are about, in few words of ours. Pure.

The official titles are long and say much that nobody types (“not otherwise provided for”); these are short names after
them, with words that people look for, in each language of the pages.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

SHORTEST_WORD, SHORTEST_CHINESE = 3, 2
"""Characters of a word that are typed before a name is compared with it."""


@cache
def class_names() -> Mapping[str, Mapping[str, str]]:
    """Return the names of the classes (A01 …) by symbol and language (``web.languages``)."""
    found: Mapping[str, Mapping[str, str]] = json.loads((files("ipx.matching") / "cpc_classes.json").read_text("utf-8"))
    return found


def classes_named(text: str) -> Iterator[str]:
    """Yield the symbols of the classes whose name has a word that begins as the last typed word does.

    Chinese has no spaces between words, so there the whole text has to stand somewhere in the name.
    """
    typed = text.casefold().split()
    last = typed[-1] if typed else ""
    for symbol, names in class_names().items():
        for name in names.values():
            if _names(name.casefold(), last):
                yield symbol
                break


def _names(name: str, last: str) -> bool:
    if last.isascii():
        words = name.replace(",", " ").replace(":", " ").split()
        return len(last) >= SHORTEST_WORD and any(word.startswith(last) for word in words)
    return len(last) >= SHORTEST_CHINESE and last in name
