"""The invented chain of title of the demonstration: of one US patent, with two points that a careful reader looks into.

The names of people, of the bank and of the companies are nobody's.
"""

from collections.abc import Sequence
from datetime import date

from ipx.titles.entries import Conveyance, Giver
from ipx.titles.rules import ConveyanceKind

# Which technology, and which of its rights.
TECHNOLOGY, RIGHT = "photon-chip", 0
INVENTORS = ("Sunniva Berg", "Mikkel Aas")


def conveyances(owner: str) -> Sequence[Conveyance]:
    """Return the conveyances down to ``owner``, in their order."""
    signed, recorded = date(2019, 3, 4), date(2019, 4, 2)
    hired = Conveyance(
        kind=ConveyanceKind.ASSIGNMENT,
        givers=tuple(Giver(name, signed) for name in INVENTORS),
        receiver=owner,
        recorded_on=recorded,
        reference="099001/0117",
        words="hereby assign, sell and transfer the entire right, title and interest",
    )
    guest = Conveyance(
        kind=ConveyanceKind.ASSIGNMENT,
        givers=(Giver("Ines Duarte", date(2019, 3, 11)),),
        receiver="Havbris Photonics AS",
        recorded_on=recorded,
        reference="099001/0121",
        words="hereby assigns",
    )
    passed_on = Conveyance(
        kind=ConveyanceKind.ASSIGNMENT,
        givers=(Giver("Havbris Photonics Ltd", date(2020, 9, 1)),),
        receiver=owner,
        recorded_on=date(2020, 9, 14),
        reference="099014/0460",
        words="hereby assigns all its right, title and interest",
    )
    loan = Conveyance(
        kind=ConveyanceKind.SECURITY_INTEREST,
        givers=(Giver(owner, date(2022, 5, 2)),),
        receiver="Fjordby Savings Bank",
        recorded_on=date(2022, 5, 20),
        reference="099031/0008",
    )
    return (hired, guest, passed_on, loan)
