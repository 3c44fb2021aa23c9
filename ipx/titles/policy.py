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


def check_may_propose(actor: Actor) -> None:
    """A rectification is proposed by a lab administrator, who must be able to swear to the record."""
    if not actor.has(Role.LAB_ADMINISTRATOR):
        raise Forbidden("A rectification is proposed by a lab administrator of your organisation.")


def check_may_approve(actor: Actor, *, proposed_by: str, entered_by: str) -> None:
    """It is approved by those who keep titles, but nobody approves his own proposal, nor judges his own entry."""
    if not actor.has(*KEEPERS):
        raise Forbidden("Rectifications are approved by licensing managers, lab administrators and owners.")
    if actor.person_id in (proposed_by, entered_by):
        raise Forbidden("You proposed this or made the entry, so others of your organisation have to approve it.")


def check_may_withdraw(actor: Actor, *, proposed_by: str) -> None:
    """Who proposed it may take it back, and so may any lab administrator."""
    if actor.person_id != proposed_by and not actor.has(Role.LAB_ADMINISTRATOR):
        raise Forbidden("A proposal is taken back by who made it, or by a lab administrator.")


def check_may_ask_for_rectification(actor: Actor) -> None:
    """The register is put right on the word of a lab administrator, as entries are."""
    if not actor.has(Role.LAB_ADMINISTRATOR):
        raise Forbidden("A rectification of the register is proposed by a lab administrator of your organisation.")


def check_may_sign_as_rectifier(actor: Actor, *, organisation_id: str, is_rectifier: bool) -> None:
    """A rectifier decides for others: never about the titles of its own organisation."""
    if not is_rectifier:
        raise Forbidden("None of your linked wallets is a rectifier of the register.")
    if actor.organisation_id == organisation_id:
        raise Forbidden("A rectifier does not decide about the titles of its own organisation.")
