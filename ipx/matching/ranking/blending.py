"""Scores of words and of meaning, made one order. Pure, and the same whichever engine gave the scores."""

import math
from collections.abc import Mapping, Sequence

from ipx.core.ports import SearchHit

FEW_WORDS, MANY_WORDS = 10, 400
"""A question of as many words as the first, or fewer, is short; of as many as the second, or more, long."""
STRONGEST = 0.3
"""Exponent of the damping for the longest questions."""
SHORTEST = 50
"""Words below which a text counts as no shorter: a title alone says too little to be preferred."""
MEANING_SHORT, MEANING_LONG = 0.8, 0.4
"""Share of the (centred) cosine in the score of a hit, against its words' score over the best one's: for short and for
long questions. A few words say less than what they mean; hundreds of words say it themselves."""
CROWDING, CROWDING_WORDS = 0.4, 40
"""Share of how crowded it is around a text that is taken off its cosine, for questions of so many words or more: what
is close to everything of its sort is less of an answer. A claim of ten words or fewer gains nothing by it."""
SENTENCES, SENTENCES_WORDS = 0.5, 40
"""Share of the closest sentence in how close a text is, for questions of FEW_WORDS or fewer; none for those of so many
words or more, which no sentence answers."""
COMPARED = 50
"""The best by all else, whose sentences are compared: none of those after them came among the first ten."""
PRESENCE_WEIGHT = 0.3
"""What is added for the share of the question's words that a hit has: BM25 tells much of a few words that a text
repeats from most of the words, said once, too little."""


def damping(words: int) -> float:
    """Return the exponent for a question of so many different words.

    BM25 forgives a long document its length once for each word of the query, as if matches did not depend on each
    other. With hundreds of words the long documents win by chance matches; the exponent grows with their number.
    """
    return STRONGEST * _length(words)


def meaning_share(words: int) -> float:
    """Return what meaning counts for a question of so many different words, from 0 to 1; words count the rest."""
    return MEANING_SHORT + (MEANING_LONG - MEANING_SHORT) * _length(words)


def crowding_share(words: int) -> float:
    """Return what of a text's crowding is taken off its cosine, for a question of so many different words."""
    return CROWDING * _length(words, many=CROWDING_WORDS)


def sentences_share(words: int) -> float:
    """Return what the closest sentence counts in how close a text is, for a question of so many different words."""
    return SENTENCES * (1 - _length(words, many=SENTENCES_WORDS))


def _length(words: int, *, many: int = MANY_WORDS) -> float:
    """Return where between short (0) and long (1) a question lies."""
    share = math.log(max(words, FEW_WORDS) / FEW_WORDS) / math.log(many / FEW_WORDS)
    return min(share, 1.0)


def damped(hits: Sequence[SearchHit], *, words: int) -> list[tuple[str, float]]:
    """Return (id, score) with the best first: the engine's score divided by length ** ``damping(words)``."""
    exponent = damping(words)
    scored = [(hit.id, hit.score / max(hit.length, SHORTEST) ** exponent) for hit in hits]
    return sorted(scored, key=lambda pair: -pair[1])


def closeness(cosines: Mapping[str, float], crowding: Mapping[str, float], *, words: int) -> dict[str, float]:
    """Return the cosines, each less a share of how crowded it is around its text."""
    share = crowding_share(words)
    return {key: cosine - share * crowding.get(key, 0.0) for key, cosine in cosines.items()}


def by_sentences(close: Mapping[str, float], closest: Mapping[str, float], *, words: int) -> dict[str, float]:
    """Return how close texts are, where of some the closest sentence is known: a share of it with the rest of the
    whole. Of the others it is taken to be as close as that of the least: none gains by not being compared."""
    if not closest:
        return dict(close)
    share, least = sentences_share(words), min(closest.values())
    return {key: (1 - share) * whole + share * closest.get(key, least) for key, whole in close.items()}


def blended(
    scored: Sequence[tuple[str, float]], held: Mapping[str, float], close: Mapping[str, float], *, words: int
) -> list[tuple[str, float]]:
    """Return (id, score), best first: the share of the best words' score, what of the question's ``words`` each has
    (``held``, from 0 to 1), and how ``close`` it is (``closeness``), in parts that depend on the number of words alone.

    What has no vector yet is taken to be as close as the others are on average: neither lost nor favoured.
    """
    if not close or not scored:
        return list(scored)
    best = max(score for _, score in scored) or 1.0
    usual = sum(close.values()) / len(close)
    meaning = meaning_share(words)
    said = (1 - meaning) / best
    sums = [
        (key, said * score + PRESENCE_WEIGHT * held.get(key, 0.0) + meaning * close.get(key, usual))
        for key, score in scored
    ]
    return sorted(sums, key=lambda pair: -pair[1])
