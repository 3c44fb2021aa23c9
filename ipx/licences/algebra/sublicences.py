"""Sublicences: each a subset of its parent, where the parent allows them, and no deeper than it allows."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ipx.licences.algebra.extent import within
from ipx.licences.algebra.grants import Grant
from ipx.licences.algebra.truth import Truth, any_of
from ipx.licences.terms_v2.grant import Exclusivity

_RANK = {
    Exclusivity.NON_EXCLUSIVE: 0,
    Exclusivity.CO_EXCLUSIVE: 1,
    Exclusivity.SOLE: 2,
    Exclusivity.EXCLUSIVE: 3,
}


@dataclass(frozen=True)
class Shortfall:
    """Where a sublicence goes further than ``parent``: ``what`` is a dimension, ``exclusivity``, ``allowed`` or
    ``tiers``; ``parent`` itself where no such licence is known. Truth.YES: surely, UNDECIDED: perhaps.
    """

    parent: str
    what: str
    truth: Truth


def ancestors(grant: Grant, grants: Sequence[Grant]) -> frozenset[str]:
    """Return the ids of the licences above a sublicence, its parent included."""
    if grant.parent is None:
        return frozenset()
    by_id = {other.id: other for other in grants}
    found: set[str] = set()
    above: str | None = grant.parent
    while above is not None and above in by_id and above not in found:
        found.add(above)
        above = by_id[above].parent
    return frozenset(found)


def shortfalls(grant: Grant, grants: Sequence[Grant]) -> tuple[Shortfall, ...]:
    """Return where a sublicence goes further than it may; nothing for a licence that is none."""
    if grant.parent is None:
        return ()
    parent = next((other for other in grants if other.id == grant.parent), None)
    if parent is None:
        return (Shortfall(grant.parent, "parent", Truth.UNDECIDED),)
    return (*_of_scope(grant, parent, grants), *_of_extent(grant, parent))


def _of_scope(grant: Grant, parent: Grant, grants: Sequence[Grant]) -> Iterator[Shortfall]:
    if not parent.sublicences.allowed:
        yield Shortfall(parent.id, "allowed", Truth.YES)
    by_id = {other.id: other for other in grants}
    chain = ancestors(grant, grants)
    for above in chain:
        deepest = by_id[above].sublicences.tiers
        depth = len(chain) - len(ancestors(by_id[above], grants))
        if deepest is not None and depth > deepest:
            yield Shortfall(above, "tiers", Truth.YES)


def _of_extent(grant: Grant, parent: Grant) -> Iterator[Shortfall]:
    """Each portion has to lie in one portion of the parent that is as exclusive."""
    for portion in grant.portions:
        failing: list[dict[str, Truth]] = []
        for home in parent.portions:
            inside = within(portion.extent, home.extent)
            is_more = _RANK[portion.exclusivity] > _RANK[home.exclusivity]
            failing.append({**inside, "exclusivity": Truth.NO if is_more else Truth.YES})
        best = min(failing, key=lambda answers: [list(answers.values()).count(Truth.NO), _doubts(answers)])
        for what, answer in best.items():
            if answer is not Truth.YES:
                yield Shortfall(parent.id, what, Truth.YES if answer is Truth.NO else Truth.UNDECIDED)


def _doubts(answers: dict[str, Truth]) -> int:
    return list(answers.values()).count(Truth.UNDECIDED)


def is_sublicence_of(grant: Grant, grants: Sequence[Grant]) -> Truth:
    """Tell whether a sublicence keeps within its parent."""
    worst = any_of(fall.truth for fall in shortfalls(grant, grants))
    return {Truth.YES: Truth.NO, Truth.NO: Truth.YES, Truth.UNDECIDED: Truth.UNDECIDED}[worst]
