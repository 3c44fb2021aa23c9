"""Who may draft a technology, record its titles and curate the evidence. Readable aloud; raises Forbidden, NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound

DRAFTERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)
SIGNERS = (Role.LICENSING_MANAGER, Role.OWNER)
CURATORS = (Role.LAB_ADMINISTRATOR,)


def check_is_own(actor: Actor, organisation_id: str) -> None:
    """Everybody of the owner organisation sees a technology's whole page; for others it is not there."""
    if actor.organisation_id != organisation_id:
        raise NotFound("There is no such technology.")


def check_may_draft(actor: Actor) -> None:
    """Researchers, licensing managers and owners write technologies and rights."""
    if not actor.has(*DRAFTERS):
        raise Forbidden("Your role does not include describing technologies. Ask a researcher of your organisation.")


def check_may_take_in_portfolio(actor: Actor) -> None:
    """A whole portfolio is stated by those who answer for it: licensing managers and owners."""
    if not actor.has(*SIGNERS):
        raise Forbidden("A portfolio is taken in by a licensing manager or an owner of your organisation.")


def check_may_record_titles(actor: Actor) -> None:
    """A record of title is signed with the organisation's account: licensing managers and owners decide that."""
    if not actor.has(*SIGNERS):
        raise Forbidden("Titles are recorded by a licensing manager or an owner of your organisation.")


def check_may_move_title(actor: Actor) -> None:
    """Whether the exchange or a wallet of one's own holds the titles is an owner's decision, as keys are."""
    if not actor.has(Role.OWNER):
        raise Forbidden("Only an owner of your organisation moves titles between our custody and a wallet.")


def check_may_attach_instrument(actor: Actor) -> None:
    """Who drafts may attach an instrument, and so may who curates the records."""
    if not actor.has(*DRAFTERS, *CURATORS):
        raise Forbidden("Your role does not include attaching instruments.")


def check_may_curate(actor: Actor) -> None:
    """Only a lab administrator states that a record matches the office's: he must be able to swear to it."""
    if not actor.has(*CURATORS):
        raise Forbidden("A comparison with the office's record is entered by a lab administrator.")
