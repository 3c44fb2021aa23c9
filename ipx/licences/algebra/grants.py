"""A grant as the algebra sees it: who may do what, how exclusively, since when it is said, and by whom."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from ipx.licences.algebra.extent import Extent
from ipx.licences.terms_v2.grant import Exclusivity, GrantKind


@dataclass(frozen=True)
class Declared:
    """Who stated an agreement made elsewhere, and when."""

    by: str
    on: date


@dataclass(frozen=True)
class SublicenceScope:
    """Whether a licensee may license others, and how many levels deep; None is any depth."""

    allowed: bool = False
    tiers: int | None = None


@dataclass(frozen=True)
class Portion:
    """An extent with one exclusivity. A grant whose exclusivity ends before it does has two."""

    extent: Extent
    exclusivity: Exclusivity


@dataclass(frozen=True)
class Grant:
    """One grant, proposed or in force. ``limit``: licensees beside each other, for co-exclusive ones.
    ``is_own_use``: no grant, but what the licensor itself does.

    ``keeps``: purposes that the licensor keeps in spite of exclusivity; of a government licence and of the licensor's
    own use, the purposes that it serves (empty: any). ``parent``: the id of the licence that this is a sublicence of.
    """

    id: str
    portions: tuple[Portion, ...]
    kind: GrantKind = GrantKind.LICENCE
    is_own_use: bool = False
    limit: int | None = None
    keeps: frozenset[str] = frozenset()
    holder: str | None = None
    declared: Declared | None = None
    parent: str | None = None
    sublicences: SublicenceScope = SublicenceScope()


def latest(grants: Iterable[Grant]) -> Declared | None:
    """Return the latest statement about agreements made elsewhere."""
    return max((grant.declared for grant in grants if grant.declared), key=lambda found: found.on, default=None)
