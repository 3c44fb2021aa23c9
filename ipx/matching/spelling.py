"""Words that nothing has, and the words that were probably meant. Reads public documents alone.

The engines find documents with a word that is nearly the same; which word that is, is read from the documents, so both
engines mend alike and no list of words has to be kept.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.catalogue.service import CatalogueService
from ipx.core.ports import SearchIndex, SearchQuery
from ipx.core.search_tree import Begun, Near, Node, Words
from ipx.core.search_words import read_words, spoken_words, whole_text

MOST_WORDS = 8
"""Words of a question that are mended; a longer text is no typing mistake."""
LOOKED_AT = 50
"""Documents that are read for one word: the newest."""
SHORTEST, SHORT = 4, 5
"""Letters from which a word is mended at all, and up to which by one letter only; longer ones by two."""
ENDING = 4
"""Letters at a word’s end in which a mistake may hide its stem."""


@dataclass(frozen=True)
class Respelling:
    """A text with some words put right; ``mended`` names them as they were written, and what they became."""

    words: str
    mended: Mapping[str, str]


class Spelling:
    """Mends the words of questions that find nothing."""

    def __init__(self, *, index: SearchIndex, catalogue: CatalogueService) -> None:
        self._index = index
        self._catalogue = catalogue

    def mend(self, session: Session, *, kind: str, words: str) -> Respelling | None:
        """Return the words with those put right that no public document of the kind has; None where that changes
        nothing. Raises Unavailable.
        """
        asked = read_words(words)
        if len(asked) > MOST_WORDS:
            return None
        unknown = [word for word in asked if len(word) >= SHORTEST and not self._is_known(kind, word)]
        nearest = {word: self._nearest(session, kind, word) for word in unknown}
        mended = {word: found for word, found in nearest.items() if found is not None}
        return Respelling(" ".join(mended.get(word, word) for word in asked), mended) if mended else None

    def _is_known(self, kind: str, word: str) -> bool:
        return self._index.search(SearchQuery(kind=kind, tree=Words(word), limit=0, with_fragments=False)).total > 0

    def _nearest(self, session: Session, kind: str, word: str) -> str | None:
        """Return the word with the fewest letters changed, then the one in most documents.

        An index holds stems, and a mistake near the end changes more of a stem than of its word: “corrosoin” is one
        swap from “corrosion”, and four letters from “corros”. So titles whose words begin like it are read as well.
        """
        edits = 1 if len(word) <= SHORT else 2
        shorter = [word[:end] for end in range(len(word) - 2, max(SHORTEST, len(word) - ENDING) - 1, -1)]
        trees: list[Node] = [Near(word, edits), *(Begun(part) for part in shorter)]
        for tree in trees:
            query = SearchQuery(kind=kind, tree=tree, limit=LOOKED_AT, newest_first=True, with_fragments=False)
            ids = [hit.id for hit in self._index.search(query).hits]
            counts = Counter(found for key in ids for found in self._alike(session, kind, key, word, edits))
            if counts:
                return min(counts, key=lambda found: (distance(word, found, most=edits), -counts[found], found))
        return None

    def _alike(self, session: Session, kind: str, key: str, word: str, edits: int) -> Iterator[str]:
        document = self._catalogue.search_document(session, kind=kind, id=key)
        for found in set(spoken_words(whole_text(document))) if document else ():
            if found[0] == word[0] and 0 < distance(word, found, most=edits) <= edits:
                yield found


def distance(one: str, other: str, *, most: int) -> int:
    """Return how many letters are changed, added, left out or swapped with their neighbour (optimal string alignment,
    as Lucene's fuzzy queries count), or ``most + 1`` where it is more.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, 1):
        now = [row]
        for column, wanted in enumerate(other, 1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and wanted == one[row - 2]:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return min(last[-1], most + 1)
