"""Listings whose rights are free, and others whose rights are taken in Germany by an agreement made elsewhere."""

from ipx.catalogue.records import Listing
from ipx.licences.service import LicenceService
from ipx.licences.typed_grants import read_draft
from ipx.technologies.rules import Draft
from ipx.technologies.service import TechnologyService
from tests.pages import Person
from tests.world import World


def listed(world: World, owner: Person, draft: Draft) -> Listing:
    """Publish a listing of a new technology."""
    found = world.write(lambda s: world.service(TechnologyService).create(s, actor=owner.actor, draft=draft))
    return world.listing(owner, found.id)


def take_in_germany(world: World, owner: Person, listing: Listing) -> None:
    """Declare that another has every right there."""
    typed = {"holder": "Somewhere AG", "exclusivity": "exclusive", "acts": "make; use; sell", "end": "perpetual"}
    draft = read_draft({**typed, "start": str(world.clock.now().date()), "territory": "DE"})
    technology = str(listing.technology_id)
    declarations = world.service(LicenceService).declarations
    world.write(lambda s: declarations.declare(s, actor=owner.actor, technology_id=technology, draft=draft))
