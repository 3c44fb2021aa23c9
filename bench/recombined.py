"""Any number of listings with the word statistics of real ones: the judged files, and then their sentences mixed.

Listing *n* is always the same. Beyond the real ones a listing takes a real one's number of sentences, each from one of
three others, so that words keep their frequencies and lengths theirs, and no two texts are the same.
"""

import gzip
import json
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from ipx.catalogue.records import Listing, PublicRight, Source
from ipx.catalogue.rules import State
from ipx.matching.ranking.questions import Question

SOURCE = Source("bench", "Recombined public records", None, "public domain", "Made of public records to measure with.")
FILES = (
    "sbir-match/listings.jsonl.gz",
    "sbir-archive/listings.jsonl.gz",
    "us-patents/patents.jsonl.gz",
    "nasa-patents/patents.jsonl.gz",
)
DONORS = 3
"""Real listings that the sentences of a mixed one come from."""
CLASSES = tuple(
    f"{section}{digits:02d}{letter}" for section in "ABCDEFGH" for digits in range(1, 17) for letter in "BC"
)
STATUSES = (("patent", "granted"), ("application", "published"), ("know-how", None))
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")


@dataclass(frozen=True)
class Donor:
    """What a real record says."""

    title: str
    sentences: Sequence[str]
    organisation: str


class Corpus:
    """Listings by their number."""

    def __init__(self, donors: Sequence[Donor], *, most_sentences: int | None = None) -> None:
        """``most_sentences``: longer texts end there, so that a million of them are indexed in minutes."""
        self._donors, self._most = donors, most_sentences

    @classmethod
    def read(cls, folder: Path, *, most_sentences: int | None = None) -> "Corpus":
        """Read those of FILES that are in ``folder``. Raises FileNotFoundError where none is."""
        rows = [row for name in FILES if (folder / name).exists() for row in _rows(folder / name)]
        if not rows:
            raise FileNotFoundError(f"{folder} has none of {', '.join(FILES)}.")
        return cls([_donor(row) for row in rows], most_sentences=most_sentences)

    def listings(self, count: int, *, first: int = 0) -> Iterator[Listing]:
        """Yield ``count`` listings from number ``first`` on."""
        return (self.listing(number) for number in range(first, first + count))

    def listing(self, number: int) -> Listing:
        """Return the listing of this number."""
        dice = random.Random(number)
        sources = self.sources(number)
        shape = self._donors[sources[0]]
        sentences = shape.sentences[: self._most]
        if len(sources) > 1:
            sentences = [dice.choice(self._donors[dice.choice(sources)].sentences) for _ in sentences]
        return _listing(number, dice, self._donors[sources[-1]], shape.organisation, sentences)

    def sources(self, number: int) -> Sequence[int]:
        """Return which real records a listing is made of: one for a real one."""
        if number < len(self._donors):
            return (number,)
        return random.Random(f"sources {number}").choices(range(len(self._donors)), k=DONORS)

    def typed(self, count: int) -> list[str]:
        """Return what people might type: two to five words in a row of a real title."""
        dice = random.Random(count)
        titles = [words for donor in self._donors if len(words := donor.title.split()) > 1]
        return [_some_words(dice, dice.choice(titles)) for _ in range(count)]


def needs_of(folder: Path, count: int) -> list[Question]:
    """Return the first needs of the judged file, whole; [] without it."""
    file = folder / "sbir-match/needs.jsonl.gz"
    rows = islice(_rows(file), count) if file.exists() else ()
    return [Question(**{part: row[part] or "" for part in ("title", "objective", "text")}) for row in rows]


def _rows(file: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _donor(row: dict[str, Any]) -> Donor:
    text = str(row.get("text") or row.get("abstract") or row["title"])
    title = str(row.get("title") or " ".join(text.split()[:10]))
    return Donor(title, _SENTENCE_END.split(text), str(row.get("organisation") or row.get("center") or "Unnamed"))


def _some_words(dice: random.Random, words: Sequence[str]) -> str:
    length = min(dice.randint(2, 5), len(words))
    begin = dice.randrange(len(words) - length + 1)
    return " ".join(words[begin : begin + length])


def _listing(number: int, dice: random.Random, titled: Donor, owner: str, sentences: Sequence[str]) -> Listing:
    kind, status = dice.choice(STATUSES)
    stated: dict[str, Any] = {
        "id": f"bench-{number}",
        "version": 1,
        "state": State.PUBLISHED,
        "owner_name": owner,
        "title": titled.title[:300],
        "summary": " ".join(sentences),
        "trl": dice.randint(1, 9),
        "classes": tuple(dice.sample(CLASSES, dice.randint(1, 3))),
        "rights": (PublicRight(f"bench-{number}-1", kind, None, "US", None, status),),
        "takes_offers": False,
        "source": SOURCE,
        "owner_is_demo": False,
        "published_at": datetime.fromtimestamp(1_000_000_000 + 500 * number, UTC),
    }
    unstated: dict[str, Any] = dict.fromkeys(Listing.__dataclass_fields__)
    return Listing(**(unstated | stated))
