"""Whether a proposed grant can stand beside those that exist: yes, no or undecided, with what they share.

No answer here is ever *no* where the words leave room for a clash.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ipx.licences.algebra.counting import Rival, counted
from ipx.licences.algebra.extent import Extent, are_apart, meet
from ipx.licences.algebra.grants import Declared, Grant, latest
from ipx.licences.algebra.overlaps import Overlap
from ipx.licences.algebra.sublicences import Shortfall, ancestors, shortfalls
from ipx.licences.algebra.table import Verdict, verdict
from ipx.licences.algebra.truth import Truth, any_of


@dataclass(frozen=True)
class Answer:
    """The answer with its reasons. ``shortfalls``: where a sublicence goes further than its parent.

    ``declared``: the owner's latest statement about agreements made elsewhere, None if there is none.
    """

    conflict: Truth
    overlaps: Sequence[Overlap] = ()
    shortfalls: Sequence[Shortfall] = ()
    declared: Declared | None = None

    @property
    def causes(self) -> tuple[str, ...]:
        """The ids of the grants that cause the answer, sorted."""
        return tuple(sorted({overlap.grant.id for overlap in self.overlaps}))


def conflicts(proposed: Grant, existing: Iterable[Grant], *, declared: Declared | None = None) -> Answer:
    """Compare a proposed grant with all that exist; a grant with the proposed one's id is itself, and left out.

    A sublicence is measured against its parent, and compared with its siblings. ``declared``: that the owner
    stated all agreements made elsewhere to be here; without it, when the last of them was declared.
    """
    grants = [grant for grant in existing if grant.id != proposed.id]
    above = ancestors(proposed, grants)
    others = _siblings(grants, above) if above else _roots(grants)
    overlaps = list(_overlaps(proposed, others))
    short = shortfalls(proposed, grants)
    return Answer(
        conflict=any_of([*(overlap.truth for overlap in overlaps), *(fall.truth for fall in short)]),
        overlaps=sorted(overlaps, key=lambda overlap: (overlap.truth is not Truth.YES, overlap.grant.id)),
        shortfalls=short,
        declared=declared or latest(grants),
    )


def _roots(grants: Sequence[Grant]) -> list[Grant]:
    """Return the grants that are no sublicences of others here: a sublicence lies inside its parent."""
    known = {grant.id for grant in grants}
    return [grant for grant in grants if grant.parent not in known]


def _siblings(grants: Sequence[Grant], above: frozenset[str]) -> list[Grant]:
    """Return what was given under the same licences: with all others, those licences have been compared."""
    return [grant for grant in grants if grant.parent in above and grant.id not in above]


def _overlaps(proposed: Grant, others: Sequence[Grant]) -> Iterator[Overlap]:
    rivals: list[Rival] = []
    for grant in others:
        worst: Overlap | None = None
        for found, extents in _pairs(proposed, grant):
            if found.verdict is Verdict.COUNTED:
                rivals.append(Rival(found, *extents))
            elif worst is None or (worst.truth is not Truth.YES and found.truth is Truth.YES):
                worst = found
        if worst is not None:
            yield worst
    yield from counted(proposed, rivals)


def _pairs(proposed: Grant, grant: Grant) -> Iterator[tuple[Overlap, tuple[Extent, Extent]]]:
    for old in grant.portions:
        for new in proposed.portions:
            if are_apart(new.extent, old.extent):
                continue
            found = verdict(grant, old.exclusivity, proposed, new.exclusivity)
            if found is Verdict.TOGETHER:
                continue
            shared = meet(new.extent, old.extent)
            if shared is not None:
                truth = Truth.UNDECIDED if found is Verdict.ASK else shared.truth
                yield Overlap(grant, truth, found, shared), (new.extent, old.extent)
