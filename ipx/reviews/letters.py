"""Mails about reviews. They hold no secret: who opens the link has to sign in with the address that was written to."""

from ipx.reviews.records import Review
from ipx.reviews.rules import Capacity

AS = {Capacity.AUDITOR: "an external auditor", Capacity.INVENTOR: "an inventor", Capacity.JOINT_OWNER: "a joint owner"}


def invitation(review: Review, *, public_url: str) -> tuple[str, str]:
    """Return subject and body of the mail that lets somebody in."""
    subject = f"{review.organisation_name} lets you look at its records"
    return subject, (
        f"{review.organisation_name} lets you look at its records as {AS[review.capacity]}, until the end of "
        f"{review.last_day.date().isoformat()} (UTC).\n\nReason: {review.reason}\n\n"
        f"{public_url}/reviews/{review.id}\n\n"
        f"Sign in with this address, {review.email}. If you have no account yet, make one with it first: "
        f"{public_url}/sign-up\n\n"
        "You will see history, reports and proofs, no contents of documents. Each look is on record, and "
        f"{review.organisation_name} sees it.\n"
    )


def ended_letter(review: Review) -> tuple[str, str]:
    """Return subject and body of the mail that says that it has ended."""
    return (
        f"Your access to the records of {review.organisation_name} has ended",
        f"{review.organisation_name} has ended your access to its records. Ask there if you need it again.\n",
    )
