"""Who may contest and answer. Readable aloud; raises Forbidden, NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.contests.models import ContestRow
from ipx.core.errors import Forbidden, NotFound

SPEAKERS = (Role.LICENSING_MANAGER, Role.OWNER)


def may_speak(actor: Actor) -> None:
    """A licensing manager or an owner speaks for an organisation that is in a dispute."""
    if not actor.has(*SPEAKERS):
        raise Forbidden("Only a licensing manager or an owner of your organisation can do this.")


def may_see(actor: Actor, row: ContestRow | None) -> ContestRow:
    """Return the row to its two sides. Raises NotFound for everybody else: they see only that there is a contest."""
    if row is None or actor.organisation_id not in (row.contester_id, row.respondent_id):
        raise NotFound("There is no such contest, or it is not yours to see.")
    return row
