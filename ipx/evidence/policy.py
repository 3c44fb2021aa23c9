"""Who may disclose a stamp. Readable aloud; raises Forbidden or NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound

DISCLOSERS = (Role.OWNER, Role.LICENSING_MANAGER)


def check_may_disclose(actor: Actor, organisation_id: str) -> None:
    """Owners and licensing managers decide what their organisation shows of its own stamps; strangers see none."""
    if actor.organisation_id != organisation_id:
        raise NotFound("There is no such stamp.")
    if not actor.has(*DISCLOSERS):
        raise Forbidden("Your role does not include disclosing. Ask an owner or a licensing manager.")
