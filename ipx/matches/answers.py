"""Answers to matches: interested, or declined for a reason that comes back to the owner of the listing."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.catalogue.need_rules import Visibility
from ipx.catalogue.records import Need
from ipx.catalogue.service import CatalogueService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock
from ipx.matches.models import AnswerRow, PairRow
from ipx.matches.policy import check_may_answer
from ipx.matches.records import Given
from ipx.matches.rules import LONGEST_WORDS, Answer, Reason, next_day


class Answers:
    """What organisations of needs say to listings."""

    def __init__(self, *, audit: AuditService, catalogue: CatalogueService, clock: Clock) -> None:
        self._audit = audit
        self._catalogue = catalogue
        self._clock = clock

    def give(
        self,
        session: Session,
        *,
        actor: Actor,
        need_id: str,
        listing_id: str,
        answer: Answer,
        reason: Reason | None = None,
        text: str = "",
    ) -> AnswerRow:
        """Keep an answer in the place of an earlier one.

        The owner of the listing sees it at once, or from the next day on where the need has no name.
        Raises Forbidden, NotFound (need of others, no such match), Invalid (reason), Conflict (need withdrawn).
        """
        check_may_answer(actor)
        need = self._catalogue.own_need(session, actor=actor, need_id=need_id)
        now = self._clock.now()
        if not need.is_open(now.date()):
            raise Conflict("This need is not open any more.")
        if session.get(PairRow, (need_id, listing_id)) is None:
            raise NotFound("This listing is not among the matches of the need any more.")
        reason, text = _checked(answer, reason, text)
        row = session.get(AnswerRow, (need_id, listing_id), with_for_update=True)
        if row is None:
            row = AnswerRow(need_id=need_id, listing_id=listing_id)
            session.add(row)
        row.answer, row.reason, row.text = str(answer), str(reason) if reason else None, text
        row.person_id, row.answered_at, row.told_at = actor.person_id, now, None
        row.shown_from = _shown_from(need, now)
        session.flush()
        self._audit.record(
            session,
            action=f"need:match:{answer}",
            by=actor.by,
            subject_kind="need",
            subject_id=need_id,
            details={"listing": listing_id, "reason": row.reason},
        )
        return row

    def of_need(self, session: Session, need_id: str) -> dict[str, Given]:
        """Return the answers of a need by listing; the caller has checked who asks."""
        rows = session.scalars(select(AnswerRow).where(AnswerRow.need_id == need_id))
        return {row.listing_id: _given(row) for row in rows}

    def to_listing(self, session: Session, listing_id: str) -> dict[str, Given]:
        """Return the answers to a listing, by need, that its owner may see by now; the newest first."""
        query = select(AnswerRow).where(AnswerRow.listing_id == listing_id, AnswerRow.shown_from <= self._clock.now())
        rows = session.scalars(query.order_by(AnswerRow.answered_at.desc(), AnswerRow.need_id))
        return {row.need_id: _given(row) for row in rows}

    def interested_need(self, session: Session, *, organisation_id: str, listing_id: str) -> Need | None:
        """Return the newest public need for which an organisation is interested in a listing, to be named in a deal."""
        query = select(AnswerRow).where(AnswerRow.listing_id == listing_id, AnswerRow.answer == Answer.INTERESTED)
        for row in session.scalars(query.order_by(AnswerRow.answered_at.desc())):
            need = self._catalogue.find_whole_need(session, need_id=row.need_id)
            if need and need.organisation_id == organisation_id and need.visibility is Visibility.PUBLIC:
                return need
        return None


def _shown_from(need: Need, now: datetime) -> datetime:
    return now if need.visibility is Visibility.PUBLIC else next_day(now)


def _checked(answer: Answer, reason: Reason | None, text: str) -> tuple[Reason | None, str]:
    text = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if answer is Answer.INTERESTED:
        return None, ""
    if reason is None:
        raise Invalid("Choose a reason; the owner learns from it.", field="reason")
    if reason is Reason.OTHER and not text:
        raise Invalid("Say in a few words what the other reason is.", field="text")
    if len(text) > LONGEST_WORDS:
        raise Invalid(f"Use {LONGEST_WORDS} characters at most.", field="text")
    return reason, text


def _given(row: AnswerRow) -> Given:
    return Given(
        answer=Answer(row.answer),
        reason=Reason(row.reason) if row.reason else None,
        text=row.text,
        day=row.answered_at.date(),
    )
