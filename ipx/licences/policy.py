"""Who may see a licence, and who speaks for the owner about its grants. Readable aloud; raises Forbidden, NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound
from ipx.licences.models import LicenceRow

DECIDERS = (Role.LICENSING_MANAGER, Role.OWNER)
READERS = (*DECIDERS, Role.LAB_ADMINISTRATOR)


def may_see(actor: Actor, licence: LicenceRow) -> None:
    """Raise NotFound for everybody but the parties: the existence of a sealed licence is a secret too."""
    if actor.organisation_id not in (licence.licensor_id, licence.licensee_id):
        raise NotFound("There is no such licence, or it is not yours to see.")


def check_may_decide(actor: Actor) -> None:
    """What is undecided about the owner's grants, and what was granted elsewhere, a licensing manager answers for."""
    if not actor.has(*DECIDERS):
        raise Forbidden("This is for a licensing manager or an owner of your organisation to say.")
