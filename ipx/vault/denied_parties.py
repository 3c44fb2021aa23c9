"""The denied-party list: names with whom nothing may be shared, and which names are one of them or resemble one. Pure.

Exact is equality of what is left of two names without case, accents, punctuation, order of words and legal forms.
Near is a Dice coefficient of their letters' trigrams of 0.7 or more, or that all words of one (two at least) are in
the other. It cannot see a name behind another transliteration or another script: lists carry aliases for that.
"""

import csv
import hashlib
import io
import math
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from ipx.core.canonical import encode
from ipx.core.errors import Invalid

NEAR = 0.7
MOST_SHOWN = 5
MOST_KNOWN = 10_000
LONGEST_LIST = 64 << 20  # bytes; the largest public lists have a few
# What says how a company is made up, not which one it is.
_LEGAL_FORMS = frozenset(
    """ab ag as bv co company corp corporation gmbh inc incorporated jsc kg kft limited llc llp lp ltd nv ojsc oo ooo oy
    oyj pjsc plc pte pty sa sarl sas se spa srl""".split()  # noqa: SIM905 - forty quoted lines would say no more
)


@dataclass(frozen=True)
class Entry:
    """A party of the list: its number there, its name, and further names."""

    id: str
    name: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Match:
    """A name that is on the list (``is_exact``) or near one of it. ``fingerprint`` covers both names."""

    entry: Entry
    is_exact: bool
    fingerprint: str


class DeniedParties:
    """A list that can be asked for a name."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self._entries: list[Entry] = []
        self._known: dict[frozenset[str], tuple[Match, ...]] = {}  # the same readers come again and again
        self._words: list[frozenset[str]] = []
        self._by_word: dict[str, list[int]] = {}
        self._by_part: dict[str, list[int]] = {}
        for entry in entries:
            for name in (entry.name, *entry.aliases):
                self._add(entry, words_of(name))

    def __len__(self) -> int:
        """Return the number of names, further ones counted too."""
        return len(self._entries)

    def find(self, name: str) -> list[Match]:
        """Return the entries that the name is or resembles, the exact and nearest first, one match for each."""
        words = words_of(name)
        if words not in self._known:
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[words] = self._find(words)
        return list(self._known[words])

    def _find(self, words: frozenset[str]) -> tuple[Match, ...]:
        scored = sorted(
            ((self._score(number, words), number) for number in self._candidates(words)),
            key=lambda found: (-found[0], found[1]),
        )
        best: dict[str, Match] = {}
        for score, number in scored:
            entry = self._entries[number]
            if score >= NEAR and entry.id not in best:
                best[entry.id] = Match(entry, score > 1, _fingerprint(words, entry))
        return tuple(best.values())[:MOST_SHOWN]

    def _add(self, entry: Entry, words: frozenset[str]) -> None:
        number = len(self._entries)
        self._entries.append(entry)
        self._words.append(words)
        for word in words:
            self._by_word.setdefault(word, []).append(number)
        for part in _parts(words):
            self._by_part.setdefault(part, []).append(number)

    def _candidates(self, words: frozenset[str]) -> set[int]:
        """Return every name that can score enough, and not many more.

        By words: those that share as many as the smaller of both has. By trigrams: a Dice coefficient of at least t
        takes t / (2 - t) of the smaller count or more in common, so that one of the rarest is among them; how many
        rarest have to be tried follows from the same.
        """
        shared = Counter(number for word in words for number in self._by_word.get(word, ()))
        found = {n for n, count in shared.items() if count in (len(words), len(self._words[n]))}
        rarest = sorted(_parts(words), key=lambda part: len(self._by_part.get(part, ())))
        needed = math.ceil(NEAR / (2 - NEAR) * len(rarest))
        for part in rarest[: len(rarest) - needed + 1]:
            found.update(self._by_part.get(part, ()))
        return found

    def _score(self, number: int, words: frozenset[str]) -> float:
        """Return 2 for an exact match, otherwise from 0 to 1."""
        listed = self._words[number]
        if listed == words:
            return 2
        if min(len(listed), len(words)) >= 2 and (listed < words or words < listed):
            return 1
        mine, theirs = _parts(words), _parts(listed)
        return 2 * len(mine & theirs) / (len(mine) + len(theirs))


def read_denied_parties(content: bytes) -> DeniedParties:
    """Read CSV (RFC 4180, UTF-8) with the columns ``id``, ``name`` and perhaps ``aliases`` (with semicolons between).

    Other columns are left alone. Raises Invalid, naming the line.
    """
    try:
        text = content.decode("utf-8-sig")
        return DeniedParties(list(_entries(text)))
    except (UnicodeDecodeError, csv.Error) as error:
        raise Invalid(f"The denied-party list is no CSV in UTF-8: {error}") from error


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name as they are compared."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()
    joined = re.sub(r"(?<=\b\w)\.(?=\w)|['’]", "", plain)  # S.A. is one word, and so is O'Dea
    words = frozenset(re.findall(r"[^\W_]+", joined))
    return words - _LEGAL_FORMS or words


def _entries(text: str) -> Iterator[Entry]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    if not {"id", "name"} <= set(rows.fieldnames or ()):
        raise Invalid("The denied-party list must begin with a line that names the columns id and name.")
    for row in rows:
        if None in row:
            raise Invalid(f"The denied-party list has more cells than columns in line {rows.line_num}: quote commas.")
        name, id_ = (row["name"] or "").strip(), (row["id"] or "").strip()
        if not id_ or not words_of(name):
            raise Invalid(f"The denied-party list has no id or no name in line {rows.line_num}.")
        aliases = tuple(part.strip() for part in (row.get("aliases") or "").split(";") if words_of(part))
        yield Entry(id_, name, aliases)


def _parts(words: frozenset[str]) -> frozenset[str]:
    """Return the trigrams of each word, its beginning and its end marked."""
    return frozenset().union(*map(_parts_of, words))


@lru_cache(maxsize=1 << 16)
def _parts_of(word: str) -> frozenset[str]:
    marked = f"  {word} "
    return frozenset(sys.intern(marked[at : at + 3]) for at in range(len(marked) - 2))


def _fingerprint(words: frozenset[str], entry: Entry) -> str:
    value = {"name": sorted(words), "id": entry.id, "names": [entry.name, *entry.aliases]}
    return hashlib.sha256(encode(value)).hexdigest()
