"""Acts as sets. To have made is to make through others; to practise is at least to use, and may be more."""

from collections.abc import Iterable, Iterator

from ipx.licences.algebra.truth import Truth, truth_of
from ipx.licences.rules import Act

ACTS = (Act.MAKE, Act.USE, Act.SELL, Act.OFFER, Act.IMPORT, Act.COPY, Act.MODIFY)
_BIT = {act: 1 << place for place, act in enumerate(ACTS)}
ALL_ACTS = (1 << len(ACTS)) - 1
# "Practise" is said of methods and of whole inventions alike; only its use is certain.
_PRACTISE_MAY = _BIT[Act.MAKE] | _BIT[Act.USE] | _BIT[Act.SELL] | _BIT[Act.OFFER] | _BIT[Act.IMPORT]

SELLING_BITS = _BIT[Act.SELL] | _BIT[Act.OFFER] | _BIT[Act.IMPORT]

ActSet = tuple[int, int]
"""Acts that surely belong, and those that may; bits as in ``ACTS``."""


def act_set(acts: Iterable[Act]) -> ActSet:
    """Return acts as sets of bits."""
    sure = possible = 0
    for act in acts:
        if act is Act.PRACTISE:
            sure, possible = sure | _BIT[Act.USE], possible | _PRACTISE_MAY
        else:
            bit = _BIT[Act.MAKE if act is Act.HAVE_MADE else act]
            sure, possible = sure | bit, possible | bit
    return sure, possible


def acts_meet(one: ActSet, other: ActSet) -> tuple[Truth, int]:
    """Tell whether both share an act, and which."""
    surely, possibly = one[0] & other[0], one[1] & other[1]
    return truth_of(surely=bool(surely), possibly=bool(possibly)), surely or possibly


def bits_of(mask: int) -> Iterator[int]:
    """Yield the bits of a set, one act each."""
    return (bit for bit in _BIT.values() if mask & bit)


def acts_of(mask: int) -> tuple[Act, ...]:
    """Return the acts of a set of bits."""
    return tuple(act for act in ACTS if mask & _BIT[act])
