"""Who may do what in a deal."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.records import Listing
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.deals.rules import Side


def may_negotiate(actor: Actor) -> None:
    """A licensing manager speaks for an organisation; nobody else binds it."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden("Only a licensing manager of your organisation can do this. Ask an owner to give you the role.")


def may_approach(actor: Actor, listing: Listing) -> None:
    """A listing of another organisation that takes offers can be approached."""
    may_negotiate(actor)
    if not listing.takes_offers or listing.technology_id is None or listing.organisation_id is None:
        raise Conflict("This record is shown for demonstration; its owner does not offer it here and takes no offers.")
    if listing.organisation_id == actor.organisation_id:
        raise Conflict("This listing is your own organisation’s.")


def side_of(actor: Actor, *, licensor_id: str, licensee_id: str) -> Side:
    """Return the actor's side. Raises NotFound for everybody else: that a deal exists is a secret too."""
    if actor.organisation_id == licensor_id:
        return Side.LICENSOR
    if actor.organisation_id == licensee_id:
        return Side.LICENSEE
    raise NotFound("There is no such deal, or it is not yours to see.")
