"""Who may publish, withdraw and post a need. Readable aloud; raises Forbidden or NotFound."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound
from ipx.titles.policy import KEEPERS


def check_may_publish(actor: Actor) -> None:
    """Publishing speaks for the organisation and can cost it a patent: a licensing manager decides."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden("Listings are published and withdrawn by a licensing manager of your organisation.")


def check_is_own(actor: Actor, organisation_id: str | None) -> None:
    """A listing is changed by the organisation that published it; imported records by nobody."""
    if organisation_id is None or organisation_id != actor.organisation_id:
        raise NotFound("There is no such listing of your organisation.")


def check_may_post_need(actor: Actor) -> None:
    """A need speaks for the organisation too."""
    if not actor.has(Role.LICENSING_MANAGER):
        raise Forbidden("Needs are posted by a licensing manager of your organisation. Ask an owner for the role.")


def check_may_ask_for_rectification(actor: Actor) -> None:
    """What the public was told is put right on the word of a lab administrator."""
    if not actor.has(Role.LAB_ADMINISTRATOR):
        raise Forbidden("A rectification is proposed by a lab administrator of your organisation.")


def check_may_approve(actor: Actor, *, proposed_by: str, published_by: str | None) -> None:
    """It is approved by those who answer for titles, but by nobody who proposed it or published what is wrong."""
    if not actor.has(*KEEPERS):
        raise Forbidden("Rectifications are approved by licensing managers, lab administrators and owners.")
    if actor.person_id in (proposed_by, published_by):
        raise Forbidden(
            "You proposed this or published the listing, so others of your organisation have to approve it."
        )
