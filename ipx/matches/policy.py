"""Who may see and answer matches. Readable aloud; raises Forbidden or NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.records import Listing
from ipx.core.errors import Forbidden, NotFound


def check_may_answer(actor: Actor) -> None:
    """An answer speaks for the organisation."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden("Matches are answered by a licensing manager of your organisation. Ask an owner for the role.")


def check_owns(actor: Actor, listing: Listing) -> None:
    """Which needs a listing meets, and what was answered, is for its owner alone."""
    if listing.organisation_id is None or listing.organisation_id != actor.organisation_id:
        raise NotFound("There is no such listing of your organisation.")
