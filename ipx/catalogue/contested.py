"""What of a listing can be contested, and where: the listing itself, and the title of each right that it shows."""

from sqlalchemy.orm import Session

from ipx.catalogue.records import Listing
from ipx.catalogue.rules import State
from ipx.catalogue.service import CatalogueService
from ipx.contests.records import Contest, Contested
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.core.errors import NotFound
from ipx.technologies.service import TechnologyService


class ContestedListings:
    """Finds listings and rights for contests: what is not public cannot be contested by strangers."""

    def __init__(self, *, catalogue: CatalogueService, technologies: TechnologyService) -> None:
        self._catalogue = catalogue
        self._technologies = technologies

    def listing(self, session: Session, listing_id: str) -> Contested:
        """Return a published listing of somebody on this exchange. Raises NotFound."""
        found = self._catalogue.listing(session, listing_id=listing_id)
        return _contested(found, found.title)

    def right(self, session: Session, right_id: str) -> Contested:
        """Return a right that a published listing shows. Raises NotFound."""
        technology_id = self._technologies.technology_of_right(session, right_id=right_id)
        listing = self._catalogue.find_by_technology(session, technology_id=technology_id)
        right = next((one for one in listing.rights if one.right_id == right_id), None) if listing else None
        if listing is None or right is None:
            raise NotFound("There is nothing here that can be contested.")
        return _contested(listing, right.title or right.number or listing.title)


def contests_on(contests: ContestService, session: Session, listing: Listing) -> list[Contest]:
    """Return what goes on about a listing and about the rights that it shows."""
    rights = [right.right_id for right in listing.rights]
    found = contests.on(session, kind=Subject.LISTING, subject_ids=[listing.id])
    return found + contests.on(session, kind=Subject.RIGHT, subject_ids=rights)


def _contested(listing: Listing, name: str) -> Contested:
    if listing.state is not State.PUBLISHED or listing.organisation_id is None:
        raise NotFound("There is nothing here that can be contested.")
    return Contested(name, f"/listings/{listing.id}", listing.organisation_id, listing.owner_name)
