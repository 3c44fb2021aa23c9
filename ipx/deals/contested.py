"""What is contested about the technology of a deal: its listing, and the titles of the rights that it shows."""

from ipx.catalogue.contested import contests_on
from ipx.catalogue.service import CatalogueService
from ipx.contests.records import Contest
from ipx.contests.service import ContestService
from ipx.web.services import provided
from ipx.web.transactions import db


def contests_about(technology_id: str) -> list[Contest]:
    """Return the contests that go on, for the pages of offers and agreements, whichever side looks."""
    listing = provided(CatalogueService).find_by_technology(db(), technology_id=technology_id)
    return contests_on(provided(ContestService), db(), listing) if listing else []
