"""How well a listing fits a need, part by part, and what they have in common. Pure; reads public pictures."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ipx.catalogue.records import Listing, Need
from ipx.core.money import Money
from ipx.core.search_words import plain, read_words
from ipx.licences.algebra.reading import countries_of
from ipx.licences.dues import fee_at_the_start
from ipx.licences.terms_v2.grant import Exclusivity
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.matches.rules import FAR, FREE_STEPS, HALF_WORDS, NEAR
from ipx.matching.ranking.questions import Question

MOST_COMMON, SHORTEST_WORD, LONGEST_PASSAGE = 8, 4, 300
# Said in every second text: that both use them tells nothing. The index weighs words by itself and needs no such list.
_PALE = frozenset(
    re.findall(
        "[a-z]+",
        "about above after also among because been before being between both cent could does each easily else even "
        "ever every existing first from further good have having here high however itself just keep keeps large "
        "less like long made make makes many more most much must need needed needs only other others over percent "
        "present project projects propose proposed same should show shown since small some such take than them they "
        "thing things those through under until upon used uses using very want wanted well were what when where "
        "whether which while whom whose will with within without would year years your ",
    )
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Offered:
    """What is compared of the listed terms. ``territory``: countries as bits; ``fee``: due at the start, if any."""

    territory: int
    exclusive: bool
    fee: Money | None


def offered(terms: LicenceTerms, *, at: date) -> Offered:
    """Return what is compared of terms, as they reach on a day."""
    exclusive = terms.grant.exclusivity is Exclusivity.EXCLUSIVE
    return Offered(countries_of(terms, at=at), exclusive, fee_at_the_start(terms))


def asked_in_words(need: Need) -> str:
    """Return all that a need says."""
    return "\n".join([need.title, need.text, need.constraints, ", ".join(need.keywords)])


def body_of(need: Need) -> str:
    """Return what a need says below its title."""
    return "\n".join([need.text, need.constraints])


def body_of_listing(listing: Listing) -> str:
    """Return what a listing says below its title."""
    return "\n".join(part for part in (listing.problem, listing.advantage, listing.summary) if part)


def question_of(need: Need) -> Question:
    """Return what the index is asked for a need."""
    return Question(title=need.title, text="\n".join([need.text, need.constraints, ", ".join(need.keywords)]))


def question_about(listing: Listing) -> Question:
    """Return what the index is asked for the needs that a listing may meet."""
    return Question(title=listing.title, text=body_of_listing(listing))


def offered_in_words(listing: Listing) -> str:
    """Return what a listing says to everybody."""
    return "\n".join([listing.title, body_of_listing(listing)])


def words_fit(score: float) -> float:
    """Return how well the words fit, from 0 to 1, of the score in words: half at ``HALF_WORDS``."""
    return max(score, 0.0) / (max(score, 0.0) + HALF_WORDS)


def meaning_fit(cosine: float | None) -> float | None:
    """Return how close the meanings are, from 0 to 1, of a cosine; None where one of the two has no vector."""
    if cosine is None:
        return None
    return min(max((cosine - FAR) / (NEAR - FAR), 0.0), 1.0)


def common_words(need: Need, listing: Listing) -> tuple[str, ...]:
    """Return telling words that both use, as the need writes them, those of its title first."""
    theirs = {_stem(word) for word in read_words(offered_in_words(listing))}
    found: dict[str, str] = {}
    for word in read_words(asked_in_words(need)):
        if _is_telling(word) and _stem(word) in theirs:
            found.setdefault(_stem(word), word)
    return tuple(found.values())[:MOST_COMMON]


def telling_passage(text: str, words: Sequence[str]) -> str:
    """Return the sentence of a text that holds most of the words, cut to 300 characters; empty when none holds any."""
    wanted = {_stem(word) for word in words}
    best, most = "", 0
    for sentence in _SENTENCE.split(text):
        held = len(wanted & {_stem(word) for word in read_words(sentence)})
        if held > most:
            best, most = sentence.strip(), held
    best = plain(best)
    return best if len(best) <= LONGEST_PASSAGE else best[:LONGEST_PASSAGE].rsplit(" ", 1)[0] + " …"


def classes_fit(need: Sequence[str], listing: Sequence[str]) -> float | None:
    """Return how near the nearest classes lie: group 1, subclass .8, class .4, section .1; None where not stated."""
    if not need or not listing:
        return None
    return max(_class_fit(ours, theirs) for ours in need for theirs in listing)


def readiness_fit(lowest: int | None, highest: int | None, level: int | None) -> float | None:
    """Return how near a readiness level lies to a range; None where the range or the level is not stated."""
    if level is None or (lowest is None and highest is None):
        return None
    gap = readiness_gap(lowest, highest, level)
    return max(0.0, 1 - abs(gap) / FREE_STEPS)


def readiness_gap(lowest: int | None, highest: int | None, level: int) -> int:
    """Return by how many levels it lies below (negative) or above the range; 0 within."""
    if lowest is not None and level < lowest:
        return level - lowest
    return level - highest if highest is not None and level > highest else 0


def budget_fit(need: Need, terms: Offered | None) -> float | None:
    """Return how far the budget goes towards what is due at the start; None where they cannot be compared."""
    if need.budget_max is None or terms is None:
        return None
    fee = terms.fee
    if fee is None:
        return 1.0
    if fee.currency != need.currency:
        return None
    return 1.0 if fee.amount <= need.budget_max else need.budget_max / fee.amount


def _class_fit(ours: str, theirs: str) -> float:
    if ours.split("/", maxsplit=1)[0] == theirs.split("/", maxsplit=1)[0]:
        return 1.0
    for length, fit in ((4, 0.8), (3, 0.4), (1, 0.1)):
        if ours[:length] == theirs[:length]:
            return fit
    return 0.0


def _is_telling(word: str) -> bool:
    return len(word) >= SHORTEST_WORD and not word.isdigit() and word not in _PALE


def _stem(word: str) -> str:
    """Return a word without the ending that only says how many: enough to show what two texts share."""
    word = word.lower()
    return word[:-1] if len(word) > SHORTEST_WORD and word.endswith("s") and not word.endswith("ss") else word
