"""The invented chain of title of the demonstration: of one US patent, with points that a careful reader looks into: a
company that is written in two ways, and a loan's security that nobody released.

The names of people, of the bank and of the companies are nobody's.
"""

from collections.abc import Sequence
from datetime import date, timedelta

from ipx.bibliography.records import (
    BibliographicRecord,
    Classification,
    Party,
    PublicationDates,
    Reference,
    Source,
    Text,
)
from ipx.bibliography.uspto.parties import normalised
from ipx.technologies.rules import RightDraft
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.rules import ConveyanceKind

# Which technology, and which of its rights.
TECHNOLOGY, RIGHT = "photon-chip", 0
INVENTORS, GUEST = ("Sunniva Berg", "Mikkel Aas"), "Ines Duarte"
APPLICATION, SYMBOLS = "16990120", ("G01T 1/24", "H03K 17/78")


def conveyances(owner: str, filed: date) -> Sequence[Conveyance]:
    """Return the conveyances of what was ``filed`` on a day down to ``owner``, in their order."""

    def day(after: int) -> date:
        return filed + timedelta(days=after)

    signed, recorded = day(-9), day(20)
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
        givers=(Giver(GUEST, day(-2)),),
        receiver="Havbris Photonics AS",
        recorded_on=recorded,
        reference="099001/0121",
        words="hereby assigns",
    )
    passed_on = Conveyance(
        kind=ConveyanceKind.ASSIGNMENT,
        givers=(Giver("Havbris Photonics Ltd", day(540)),),
        receiver=owner,
        recorded_on=day(553),
        reference="099014/0460",
        words="hereby assigns all its right, title and interest",
    )
    loan = Conveyance(
        kind=ConveyanceKind.SECURITY_INTEREST,
        givers=(Giver(owner, day(1_150)),),
        receiver="Fjordby Savings Bank",
        recorded_on=day(1_168),
        reference="099031/0008",
    )
    return (hired, guest, passed_on, loan)


def office_record(right: RightDraft, owner: str) -> BibliographicRecord:
    """Return the first page of the invented patent, as an office would publish it, so that its inventors are known."""
    filed, published, granted = (str(day) for day in (right.filed_on, right.published_on, right.granted_on))
    return BibliographicRecord(
        source=Source("demonstration", None, "invented for the demonstration", None, granted),
        language="en",
        publication=Reference(right.office, right.number, right.kind_code, granted),
        application=Reference(right.office, APPLICATION, None, filed),
        application_type="utility",
        filing_type=None,
        publication_dates=PublicationDates(application=published, grant=granted),
        classifications=tuple(Classification("cpc", symbol, value="inventive") for symbol in SYMBOLS),
        titles=(Text("en", right.title),),
        applicants=(_party("71", 1, owner, organisation=owner),),
        inventors=tuple(_party("72", number, name) for number, name in enumerate((*INVENTORS, GUEST), start=1)),
        owners=(_party("73", 1, owner, organisation=owner),),
    )


def _party(inid: str, number: int, name: str, *, organisation: str | None = None) -> Party:
    return Party(inid, number, name, normalised(name), organisation=organisation, country="NO")
