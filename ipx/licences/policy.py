"""Who may see a licence: its two parties, and nobody else."""

from ipx.accounts.records import Actor
from ipx.core.errors import NotFound
from ipx.licences.models import LicenceRow


def may_see(actor: Actor, licence: LicenceRow) -> None:
    """Raise NotFound for everybody but the parties: the existence of a sealed licence is a secret too."""
    if actor.organisation_id not in (licence.licensor_id, licence.licensee_id):
        raise NotFound("There is no such licence, or it is not yours to see.")
