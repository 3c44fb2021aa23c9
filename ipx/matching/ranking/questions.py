"""What is asked, in parts, and what each of its words counts. Pure.

A need has a title, its objective and a long text. A word that the title has says more than one that only the text has,
and one that the text repeats says more than one that stands in it once. BM25 is a sum over words, so a weighted sum
over the parts is one query with weighted words.
"""

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ipx.core.ports import WordCounts
from ipx.core.search_words import MAX_QUERY, MAX_WORD, STOP_WORDS, spoken_words

TITLE_WEIGHT, OBJECTIVE_WEIGHT = 8.0, 4.0
"""What a word of the title, or of the objective, counts against one mention in the text."""
SATURATION = 8.0
"""A word that stands n times in a text counts n (k + 1) / (n + k), as in BM25's own share of the query (k3)."""
RARITY = 0.5
"""Power of a word's rarity that it counts once more, where meaning is asked too."""
PRESENCE_RARITY = 1.5
"""Power of a word's rarity that it counts where only its presence does."""
MOST_WORDS = 320
"""Words of one question that are searched: those that count most."""


@dataclass(frozen=True)
class Question:
    """What is looked for: any of the parts may be empty."""

    text: str = ""
    title: str = ""
    objective: str = ""

    @property
    def is_blank(self) -> bool:
        """Tell whether nothing is asked."""
        return not any(part.strip() for _, part in self.parts())

    def parts(self) -> Iterator[tuple[float, str]]:
        """Yield each part with what its words count."""
        yield TITLE_WEIGHT, self.title
        yield OBJECTIVE_WEIGHT, self.objective
        yield 1.0, self.text


def word_weights(question: Question) -> Mapping[str, float]:
    """Return the words of ``question`` in lower case with what each counts, at most MOST_WORDS; {} without a word.

    Each part is read up to MAX_QUERY characters. Stop words leave where others remain.
    """
    weights: dict[str, float] = {}
    for weight, part in question.parts():
        for word, count in Counter(spoken_words(part[:MAX_QUERY])).items():
            share = count * (SATURATION + 1) / (count + SATURATION)
            weights[word[:MAX_WORD]] = weights.get(word[:MAX_WORD], 0.0) + weight * share
    telling = {word: weight for word, weight in weights.items() if word not in STOP_WORDS} or weights
    heaviest = sorted(telling.items(), key=lambda pair: -pair[1])[:MOST_WORDS]
    return dict(heaviest)


def by_rarity(weights: Mapping[str, float], counts: WordCounts) -> Mapping[str, float]:
    """Return ``weights``, each times a power of its word's rarity: ln(1 + (N - n + 0.5) / (n + 0.5)), as in BM25.

    BM25 itself counts it once. With this much more, the few rare words that two texts share outweigh many common ones.
    Right where meaning knows what the common ones say together; words alone gain and lose by it (docs/decisions/0038).
    """
    return {word: weight * _rarity(counts, word) ** RARITY for word, weight in weights.items()}


def by_presence(weights: Mapping[str, float], counts: WordCounts) -> Mapping[str, float]:
    """Return for each word of ``weights`` its part of all of them together (1): a power of its rarity, whatever its
    weight."""
    rarities = {word: _rarity(counts, word) ** PRESENCE_RARITY for word in weights}
    together = sum(rarities.values())
    return {word: rarity / together for word, rarity in rarities.items()}


def _rarity(counts: WordCounts, word: str) -> float:
    # What was replaced may still be counted as holding, so there may seem to be more of them than documents.
    holding = counts.holding.get(word, 0)
    others = max(counts.documents - holding, 0)
    return math.log1p((others + 0.5) / (holding + 0.5))
