"""Mails about reviews. They hold no secret: who opens the link has to sign in with the address that was written to."""

from flask_babel import lazy_gettext as _

from ipx.reviews.records import Review
from ipx.reviews.rules import Capacity
from ipx.web.translating import Text, paragraphs

AS = {
    Capacity.AUDITOR: _("an external auditor"),
    Capacity.INVENTOR: _("an inventor"),
    Capacity.JOINT_OWNER: _("a joint owner"),
}


def invitation(review: Review, *, public_url: str) -> tuple[Text, Text]:
    """Return subject and body of the mail that lets somebody in."""
    what = _(
        "%(organisation)s lets you look at its records as %(capacity)s, until the end of %(day)s (UTC).",
        organisation=review.organisation_name,
        capacity=AS[review.capacity],
        day=review.last_day.date().isoformat(),
    )
    how = _(
        "Sign in with this address, %(address)s. If you have no account yet, make one with it first: %(link)s",
        address=review.email,
        link=f"{public_url}/sign-up",
    )
    seen = _(
        "You will see history, reports and proofs, no contents of documents. Each look is on record, and "
        "%(organisation)s sees it.",
        organisation=review.organisation_name,
    )
    why = _("Reason: %(reason)s", reason=review.reason)
    subject = _("%(organisation)s lets you look at its records", organisation=review.organisation_name)
    return subject, paragraphs(what, why, f"{public_url}/reviews/{review.id}", how, seen)


def ended_letter(review: Review) -> tuple[Text, Text]:
    """Return subject and body of the mail that says that it has ended."""
    name = review.organisation_name
    return (
        _("Your access to the records of %(organisation)s has ended", organisation=name),
        _("%(organisation)s has ended your access to its records. Ask there if you need it again.", organisation=name),
    )
