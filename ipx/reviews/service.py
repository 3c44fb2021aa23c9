"""The door to reviews: letting people from outside look at records, for a while, and their looking.

They see history, reports, chain of title and proofs of what is covered. It must never hand out the content of a
document, nor let a look pass without a line in the audit log.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import clean_email
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock, Entropy
from ipx.history.service import HistoryService
from ipx.notices.service import NoticeService
from ipx.reviews import policy
from ipx.reviews.letters import ended_letter, invitation
from ipx.reviews.looking import LOOKED, Looking
from ipx.reviews.models import CoveredRow, ReviewRow
from ipx.reviews.records import Look, Review
from ipx.reviews.rules import Capacity, check_chosen, clean_reason, end_of
from ipx.reviews.shelf import Shelf
from ipx.technologies.records import TechnologyLine
from ipx.technologies.service import TechnologyService


class ReviewService:
    """Grants of looking, and through ``looking`` what they allow."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        notices: NoticeService,
        technologies: TechnologyService,
        history: HistoryService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        public_url: str,
    ) -> None:
        self._shelf = Shelf(accounts)
        self.looking = Looking(shelf=self._shelf, technologies=technologies, history=history, audit=audit, clock=clock)
        self._accounts = accounts
        self._notices = notices
        self._technologies = technologies
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._public_url = public_url

    def grant(
        self,
        session: Session,
        *,
        actor: Actor,
        email: str,
        capacity: Capacity,
        technology_ids: Sequence[str] | None,
        reason: str,
        last_day: date,
    ) -> str:
        """Let the person with this address look, and mail a link; None: at everything of the organisation. Return the
        id. Raises Forbidden, Invalid (address, technologies, reason, day).
        """
        policy.check_may_grant(actor)
        email, reason = clean_email(email), clean_reason(reason)
        ends_at = end_of(last_day, self._clock.now())
        if technology_ids is not None:
            check_chosen(technology_ids, [line.id for line in self.own_technologies(session, actor=actor)])
        member = self._accounts.find_by_email(session, email=email)
        if member is not None and member.organisation_id == actor.organisation_id:
            raise Invalid("This person belongs to your organisation: what he sees is set by his roles.", field="email")
        row = ReviewRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            email=email,
            capacity=capacity,
            is_whole=technology_ids is None,
            reason=reason,
            granted_by=actor.person_id,
            granted_at=self._clock.now(),
            ends_at=ends_at,
        )
        session.add(row)
        session.flush()
        session.add_all(CoveredRow(review_id=row.id, technology_id=one) for one in sorted(set(technology_ids or ())))
        session.flush()
        self._note_granted(session, actor, self._shelf.review_of(session, row))
        return row.id

    def _note_granted(self, session: Session, actor: Actor, review: Review) -> None:
        covered: Json = None if review.technology_ids is None else [*sorted(review.technology_ids)]
        details: dict[str, Json] = {
            "capacity": str(review.capacity),
            "technologies": covered,
            "until": review.ends_at.isoformat(),
        }
        self._record(session, "review:access:granted", actor, review, details)
        subject, body = invitation(review, public_url=self._public_url)
        self._notices.mail(session, to=review.email, subject=subject, body=body)

    def revoke(self, session: Session, *, actor: Actor, review_id: str) -> None:
        """End an access, from the next request on, and tell the person. Raises as ``grant``, and Conflict."""
        policy.check_may_grant(actor)
        row = self._shelf.row(session, review_id, lock=True)
        review = self._shelf.review_of(session, row)
        policy.check_is_own(actor, review)
        if not review.is_open(self._clock.now()):
            raise Conflict("This access has ended already.")
        row.revoked_at, row.revoked_by = self._clock.now(), actor.person_id
        session.flush()
        self._record(session, "review:access:revoked", actor, review, {})
        subject, body = ended_letter(review)
        self._notices.mail(session, to=review.email, subject=subject, body=body)

    def granted(self, session: Session, *, actor: Actor) -> list[Review]:
        """Return what the actor's organisation granted, the newest first. Raises Forbidden."""
        policy.check_may_grant(actor)
        query = select(ReviewRow).where(ReviewRow.organisation_id == actor.organisation_id)
        return self._shelf.reviews(session, query.order_by(ReviewRow.granted_at.desc(), ReviewRow.id))

    def review(self, session: Session, *, actor: Actor, review_id: str) -> Review:
        """Return one of them. Raises Forbidden, NotFound."""
        policy.check_may_grant(actor)
        found = self._shelf.review_of(session, self._shelf.row(session, review_id))
        policy.check_is_own(actor, found)
        return found

    def looks(self, session: Session, *, review: Review) -> list[Look]:
        """Return when the person looked, and at what, the newest first."""
        covered = review.technology_ids
        if covered is None:
            owned = self._technologies.technologies_of(session, organisation_id=review.organisation_id)
            covered = frozenset(line.id for line in owned)
        subjects = [("review", review.id), *(("technology", one) for one in covered)]
        return [
            Look(line.at, str(line.details["page"]), line.subject_id if line.subject_kind == "technology" else None)
            for line in reversed(self._audit.lines_of(session, subjects))
            if line.action == LOOKED and line.details.get("review") == review.id
        ]

    def mine(self, session: Session, *, actor: Actor) -> list[Review]:
        """Return what the actor may look at now, the one that ends first before the others."""
        asked = (ReviewRow.person_id == actor.person_id) | (
            ReviewRow.person_id.is_(None) & (ReviewRow.email == actor.email)
        )
        found = self._shelf.reviews(session, select(ReviewRow).where(asked).order_by(ReviewRow.ends_at, ReviewRow.id))
        return [review for review in found if review.is_open(self._clock.now())]

    def own_technologies(self, session: Session, *, actor: Actor) -> list[TechnologyLine]:
        """Return the technologies of the actor's organisation."""
        return self._technologies.technologies_of(session, organisation_id=actor.organisation_id)

    def _record(self, session: Session, action: str, actor: Actor, review: Review, details: dict[str, Json]) -> None:
        self._audit.record(
            session, action=action, by=actor.by, subject_kind="review", subject_id=review.id, details=details
        )
