"""Who may see a technology's history. Readable aloud; raises Forbidden."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden

# No membership has this role: the room ``reviews`` gives it, for one call, to whom an organisation let in from outside.
REVIEWER = "reviewer"
VIEWERS = (Role.LAB_ADMINISTRATOR, Role.OWNER, Role.LICENSING_MANAGER)


def check_may_see_history(actor: Actor) -> None:
    """Lab administrators, owners and licensing managers see the history of their own organisation's technologies.

    So does a reviewer, of what his access covers: that is for the room ``reviews`` to see to.
    """
    if not actor.has(*VIEWERS) and REVIEWER not in actor.roles:
        raise Forbidden("The history is for lab administrators, licensing managers and owners of your organisation.")
