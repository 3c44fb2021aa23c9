"""Who may let somebody in to look, and who may look. Readable aloud; raises Forbidden and NotFound."""

from datetime import datetime

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound
from ipx.reviews.records import Review

GRANTERS = (Role.LAB_ADMINISTRATOR, Role.OWNER)


def check_may_grant(actor: Actor) -> None:
    """Lab administrators and owners let people in, and end it."""
    if not actor.has(*GRANTERS):
        raise Forbidden("Only lab administrators and owners let people from outside look at the records.")


def check_is_own(actor: Actor, review: Review) -> None:
    """What an organisation granted is its own business; for others it is not there."""
    if actor.organisation_id != review.organisation_id:
        raise NotFound("There is no such access.")


def check_may_look(actor: Actor, review: Review, now: datetime) -> None:
    """Only the person who was asked may look, while it is open; a colleague of his may not."""
    is_asked = review.person_id == actor.person_id if review.person_id else review.email == actor.email
    if not is_asked:
        raise NotFound("There is no such access, or it was given to another address than yours.")
    if not review.is_open(now):
        raise Forbidden(f"This access has ended. Ask {review.organisation_name} if you need it again.")


def check_covers(review: Review, technology_id: str) -> None:
    """What is not covered is not there."""
    if not review.covers(technology_id):
        raise NotFound("There is no such technology among those that you may look at.")
