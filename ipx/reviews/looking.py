"""What a reviewer sees. Every door checks that he may, binds the access to the person who came first, and leaves a line
in the audit log; then it asks the room of history, as ``Reviewer``.
"""

from collections.abc import Sequence
from datetime import date

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.history.records import Export, TechnologyHistory
from ipx.history.report.records import AuditReport
from ipx.history.rules import ExportForm
from ipx.history.service import HistoryService
from ipx.reviews import policy
from ipx.reviews.records import ProofLine, Review, Reviewer
from ipx.reviews.rules import Page
from ipx.reviews.shelf import Shelf
from ipx.technologies.records import TechnologyLine
from ipx.technologies.service import TechnologyService
from ipx.titles.records import ChainOfTitle

LOOKED = "review:records:looked"


class Looking:
    """Read-only, and only while the access is open."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        technologies: TechnologyService,
        history: HistoryService,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._shelf = shelf
        self._technologies = technologies
        self._history = history
        self._audit = audit
        self._clock = clock

    def overview(self, session: Session, *, actor: Actor, review_id: str) -> tuple[Review, Sequence[TechnologyLine]]:
        """Return the access and what it covers. Raises NotFound, Forbidden (ended)."""
        review = self._enter(session, actor, review_id, Page.OVERVIEW)
        owned = self._technologies.technologies_of(session, organisation_id=review.organisation_id)
        return review, [line for line in owned if review.covers(line.id)]

    def history(
        self, session: Session, *, actor: Actor, review_id: str, technology_id: str, is_simulated: bool
    ) -> tuple[Review, TechnologyHistory, Sequence[ProofLine]]:
        """Return the timeline of a technology, and its time stamps. Raises NotFound, Forbidden (ended)."""
        review = self._enter(session, actor, review_id, Page.HISTORY, technology_id)
        reviewer = Reviewer.of(actor, review)
        found = self._history.history(session, actor=reviewer, technology_id=technology_id, is_simulated=is_simulated)
        stamps = self._history.stamps(session, actor=reviewer, technology_id=technology_id)
        return review, found, [ProofLine(view.id, name, str(view.state), view.block_number) for name, view in stamps]

    def chains_of_title(
        self, session: Session, *, actor: Actor, review_id: str, technology_id: str, day: date | None
    ) -> tuple[Review, Sequence[ChainOfTitle]]:
        """Return the chain of title of each right, today or as of a day. Raises NotFound, Forbidden (ended)."""
        review = self._enter(session, actor, review_id, Page.TITLE, technology_id)
        reviewer = Reviewer.of(actor, review)
        chains = self._history.chains_of_title(session, actor=reviewer, technology_id=technology_id, day=day)
        return review, chains

    def as_of(
        self,
        session: Session,
        *,
        actor: Actor,
        review_id: str,
        technology_id: str | None,
        begin: date | None,
        end: date | None,
    ) -> tuple[Review, AuditReport]:
        """Return who owned, held and could read what at the end of a day, and what changed since another. Raises
        NotFound, Forbidden (ended)."""
        review = self._enter(session, actor, review_id, Page.AS_OF, technology_id)
        report = self._history.reports.make(
            session,
            actor=Reviewer.of(actor, review),
            technology_id=technology_id,
            only=review.technology_ids,
            period=self._history.reports.period(begin, end),
            sample=None,
        )
        return review, report

    def export(
        self,
        session: Session,
        *,
        actor: Actor,
        review_id: str,
        technology_id: str,
        form: ExportForm,
        is_simulated: bool,
    ) -> Export:
        """Return the history of a technology as a file. Raises NotFound, Forbidden (ended)."""
        review = self._enter(session, actor, review_id, Page.EXPORT, technology_id)
        reviewer = Reviewer.of(actor, review)
        return self._history.export(
            session, actor=reviewer, technology_id=technology_id, form=form, is_simulated=is_simulated
        )

    def report(
        self,
        session: Session,
        *,
        actor: Actor,
        review_id: str,
        technology_id: str | None,
        begin: date | None,
        end: date | None,
        sample: tuple[int, int] | None,
        form: ExportForm,
    ) -> Export:
        """Return the audit report on a technology, or on all that is covered, as a file. Raises NotFound, Forbidden."""
        review = self._enter(session, actor, review_id, Page.REPORT, technology_id)
        return self._history.reports.export(
            session,
            actor=Reviewer.of(actor, review),
            technology_id=technology_id,
            only=review.technology_ids,
            period=self._history.reports.period(begin, end),
            sample=sample,
            form=form,
        )

    def proof(self, session: Session, *, actor: Actor, review_id: str, technology_id: str, stamp_id: str) -> bytes:
        """Return the evidence bundle of a time stamp, without what opens its commitment. Raises NotFound, Forbidden,
        Conflict while it is in no block."""
        review = self._enter(session, actor, review_id, Page.PROOF, technology_id)
        return self._history.proof(
            session, actor=Reviewer.of(actor, review), technology_id=technology_id, stamp_id=stamp_id
        )

    def _enter(
        self, session: Session, actor: Actor, review_id: str, page: Page, technology_id: str | None = None
    ) -> Review:
        row = self._shelf.row(session, review_id)
        review = self._shelf.review_of(session, row)
        policy.check_may_look(actor, review, self._clock.now())
        if technology_id is not None:
            policy.check_covers(review, technology_id)
            self._check_is_owned(session, review, technology_id)
        if row.person_id is None:
            row.person_id = actor.person_id
            session.flush()
        self._audit.record(
            session,
            action=LOOKED,
            by=actor.by,
            subject_kind="review" if technology_id is None else "technology",
            subject_id=technology_id or review.id,
            details={"review": review.id, "page": str(page)},
        )
        return self._shelf.review_of(session, row)

    def _check_is_owned(self, session: Session, review: Review, technology_id: str) -> None:
        """A review of a whole organisation names no technologies: one of somebody else is not there."""
        owned = self._technologies.technologies_of(session, organisation_id=review.organisation_id)
        if technology_id not in {line.id for line in owned}:
            raise NotFound("There is no such technology among those that you may look at.")
