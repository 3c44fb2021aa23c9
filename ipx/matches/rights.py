"""Whether what a need wants is still free and offered: one number and one word, from what remains. Pure."""

from collections.abc import Sequence
from enum import StrEnum

from ipx.licences.algebra.remaining import Obstacle, Remaining, Status, status_of
from ipx.licences.algebra.territory import WORLD, mask_of
from ipx.matches.fitting import Offered


class Rights(StrEnum):
    """How free it is, in all wanted countries together."""

    FREE = "free"
    PARTLY = "partly"
    TAKEN = "taken"
    NOT_OFFERED = "not-offered"  # other countries, or another exclusivity, than the owner lists


def rights_fit(
    remaining: Remaining, terms: Offered, *, territory: Sequence[str], exclusive: bool
) -> tuple[float, Rights]:
    """Return the share of the wanted countries that is free (undecided ones count half), and the word for it."""
    wanted = mask_of(territory) if territory else WORLD
    listed = terms.territory
    if not wanted & listed or (exclusive and not terms.exclusive):
        return 0.0, Rights.NOT_OFFERED
    free, open_ = _free(remaining, exclusive=exclusive)
    share = ((wanted & listed & free).bit_count() + (wanted & listed & open_).bit_count() / 2) / wanted.bit_count()
    if share == 0:
        return 0.0, Rights.TAKEN
    return share, Rights.FREE if share == 1 else Rights.PARTLY


def _free(remaining: Remaining, *, exclusive: bool) -> tuple[int, int]:
    """Return the countries (bits) where every act is free, and those where something is open or partly free."""
    taken, doubtful, seen = 0, 0, 0
    for piece in remaining.pieces:
        obstacles: Sequence[Obstacle] = piece.exclusive if exclusive else piece.non_exclusive
        status = status_of(obstacles, at=remaining.at)
        seen |= piece.territory
        if status is Status.TAKEN:
            taken |= piece.territory
        elif status is not Status.FREE:
            doubtful |= piece.territory
    return seen & ~(taken | doubtful), doubtful & ~taken
