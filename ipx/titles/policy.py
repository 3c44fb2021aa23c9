"""Who may read and write chains of title. Readable aloud; raises Forbidden."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden

# Those who answer for titles; the inventors' names in a chain are not for everybody of the organisation.
KEEPERS = (Role.LICENSING_MANAGER, Role.LAB_ADMINISTRATOR, Role.OWNER)


def check_may_read(actor: Actor) -> None:
    """A chain of title is read by those of the owner organisation who answer for titles."""
    if not actor.has(*KEEPERS):
        raise Forbidden("Chains of title are read by licensing managers, lab administrators and owners.")


def check_may_enter(actor: Actor) -> None:
    """The same people state what is in it."""
    if not actor.has(*KEEPERS):
        raise Forbidden("Chains of title are kept by licensing managers, lab administrators and owners.")
