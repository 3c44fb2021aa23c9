"""Who may see a technology's history. Readable aloud; raises Forbidden."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden

VIEWERS = (Role.LAB_ADMINISTRATOR, Role.OWNER, Role.LICENSING_MANAGER)


def check_may_see_history(actor: Actor) -> None:
    """Lab administrators, owners and licensing managers see the history of their own organisation's technologies."""
    if not actor.has(*VIEWERS):
        raise Forbidden("The history is for lab administrators, licensing managers and owners of your organisation.")
