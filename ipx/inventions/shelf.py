"""Disclosures between their tables and the frozen forms that the room hands out; finds and opens, decides nothing."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.evidence.service import EvidenceService
from ipx.inventions import policy
from ipx.inventions.box import Box
from ipx.inventions.disclosure_record import INVENTOR_FIELDS, NamedInventor, read_inventor, read_record
from ipx.inventions.drafts import Answer, Content, Draft, TypedSection, from_json, read
from ipx.inventions.models import InventionRow, InventorRow, StepRow, SubmissionRow
from ipx.inventions.records import HistoryLine, Invention, InventionLine, Inventor, Submission
from ipx.inventions.rules import EDITABLE, InventorAnswer, State, Step

_NOBODY = dict.fromkeys(INVENTOR_FIELDS, "")


class Shelf:
    """Reads everything about disclosures."""

    def __init__(self, *, accounts: AccountService, evidence: EvidenceService, clock: Clock) -> None:
        self._accounts = accounts
        self._evidence = evidence
        self._clock = clock
        self.box = Box(accounts)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def row(self, session: Session, invention_id: str, *, lock: bool = False) -> InventionRow:
        """Return a disclosure's row. Raises NotFound."""
        row = session.get(InventionRow, invention_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such invention disclosure.")
        return row

    def readable_row(self, session: Session, actor: Actor, invention_id: str, *, lock: bool = False) -> InventionRow:
        """Return the row of a disclosure that the actor may read. Raises NotFound."""
        row = self.row(session, invention_id, lock=lock)
        policy.check_may_read(
            actor,
            organisation_id=row.organisation_id,
            created_by=row.created_by,
            state=State(row.state),
            named=self.named(session, row),
        )
        return row

    def submission_rows(self, session: Session, row: InventionRow) -> list[SubmissionRow]:
        """Return the submissions, oldest first."""
        query = select(SubmissionRow).where(SubmissionRow.invention_id == row.id)
        return list(session.scalars(query.order_by(SubmissionRow.number)))

    def inventor_rows(self, session: Session, submission_id: str) -> list[InventorRow]:
        """Return the inventors of a submission, in the order of its record."""
        query = select(InventorRow).where(InventorRow.submission_id == submission_id)
        return list(session.scalars(query.order_by(InventorRow.position)))

    def named(self, session: Session, row: InventionRow) -> set[str]:
        """Return which members of the organisation the newest submission names."""
        submissions = self.submission_rows(session, row)
        if not submissions:
            return set()
        return {found.person_id for found in self.inventor_rows(session, submissions[-1].id) if found.person_id}

    # ── what is handed out ───────────────────────────────────────────────────────────────────────

    def draft(self, session: Session, row: InventionRow) -> dict[str, TypedSection]:
        """Return what is typed now."""
        return from_json(self.box.draft(session, row))

    def view(self, session: Session, row: InventionRow, actor: Actor) -> Invention:
        """Return a disclosure as the actor, who may read it, sees it."""
        submissions = self.submission_rows(session, row)
        inventors = self.inventors(session, row, submissions[-1].id) if submissions else []
        is_writing = actor.person_id == row.created_by and State(row.state) in EDITABLE
        draft: Draft = self.draft(session, row) if is_writing else {}
        content = (
            read(draft, today=self._clock.now().date())
            if is_writing
            else self._submitted(session, row, submissions[-1], inventors)
        )
        return Invention(
            id=row.id,
            organisation_id=row.organisation_id,
            created_by=row.created_by,
            state=State(row.state),
            title=content.title,
            draft=draft,
            content=content,
            inventors=inventors,
            submissions=self._submissions(session, submissions),
            history=self._history(session, row),
            technology_id=row.technology_id,
            created_at=row.created_at,
            changed_at=row.changed_at,
        )

    def lines(self, session: Session, actor: Actor) -> list[InventionLine]:
        """Return the disclosures of the actor's organisation that the actor may read, the last changed first."""
        query = select(InventionRow).where(InventionRow.organisation_id == actor.organisation_id)
        rows = list(session.scalars(query.order_by(InventionRow.changed_at.desc(), InventionRow.id)))
        readable = [row for row in rows if self._may_read(session, actor, row)]
        names = self._accounts.names(session, [row.created_by for row in readable])
        return [
            InventionLine(
                id=row.id,
                title=self.title(session, row, actor),
                state=State(row.state),
                writer=names.get(row.created_by, ""),
                is_mine=row.created_by == actor.person_id,
                changed_at=row.changed_at,
                technology_id=row.technology_id,
            )
            for row in readable
        ]

    def title(self, session: Session, row: InventionRow, actor: Actor) -> str:
        """Return the title: the typed one for its writer while it is written, else the submitted one."""
        if actor.person_id == row.created_by and State(row.state) in EDITABLE:
            return read(self.draft(session, row), today=self._clock.now().date()).title
        return self.submitted_title(session, row)

    def submitted_title(self, session: Session, row: InventionRow) -> str:
        """Return the title of the newest submission."""
        newest = self.submission_rows(session, row)[-1]
        return self._submitted(session, row, newest, []).title

    def inventors(self, session: Session, row: InventionRow, submission_id: str) -> list[Inventor]:
        """Return the inventors of a submission."""
        return [self.inventor_of(session, row, found) for found in self.inventor_rows(session, submission_id)]

    def inventor_of(self, session: Session, row: InventionRow, inventor: InventorRow) -> Inventor:
        """Return one inventor; without texts when they were erased."""
        named = self.named_inventor(session, row, inventor)
        texts = {name: getattr(named, name) for name in INVENTOR_FIELDS} if named else _NOBODY
        return Inventor(
            id=inventor.id,
            person_id=inventor.person_id,
            answer=InventorAnswer(inventor.answer),
            answered_at=inventor.answered_at,
            asked_at=inventor.asked_at,
            has_link=self.is_open(inventor),
            erased_at=inventor.erased_at,
            **texts,
        )

    def named_inventor(self, session: Session, row: InventionRow, inventor: InventorRow) -> NamedInventor | None:
        """Return what the record commits to; None when it was erased."""
        if inventor.erased_at is not None:  # asked for, and perhaps not destroyed yet
            return None
        opening = self.box.inventor(session, row, inventor)
        return read_inventor(opening) if opening is not None else None

    def is_open(self, inventor: InventorRow) -> bool:
        """Tell whether the mailed link can still be used."""
        return inventor.link_hash is not None and self._ends(inventor) > self._clock.now()

    def submitted(self, session: Session, row: InventionRow, submission: SubmissionRow) -> Content:
        """Return what a submission says, without its inventors; the caller has checked who asks."""
        return self._submitted(session, row, submission, [])

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _ends(self, inventor: InventorRow) -> datetime:
        assert inventor.link_ends_at is not None
        return inventor.link_ends_at

    def _may_read(self, session: Session, actor: Actor, row: InventionRow) -> bool:
        try:
            policy.check_may_read(
                actor,
                organisation_id=row.organisation_id,
                created_by=row.created_by,
                state=State(row.state),
                named=self.named(session, row),
            )
        except NotFound:
            return False
        return True

    def _submitted(
        self, session: Session, row: InventionRow, submission: SubmissionRow, inventors: Sequence[Inventor]
    ) -> Content:
        said = read_record(self.box.record(session, row, submission))
        sections = from_json(said["sections"])
        entries = tuple({name: getattr(found, name) for name in INVENTOR_FIELDS} for found in inventors)
        sections["inventors"] = TypedSection(Answer.LISTED, entries)
        return Content(sections, ())

    def _submissions(self, session: Session, rows: Sequence[SubmissionRow]) -> list[Submission]:
        names = self._accounts.names(session, [row.submitted_by for row in rows])
        return [
            Submission(
                id=row.id,
                number=row.number,
                submitted_at=row.submitted_at,
                submitted_by=names.get(row.submitted_by, ""),
                stamp=self._evidence.get_stamp(session, row.stamp_id),
            )
            for row in rows
        ]

    def _history(self, session: Session, row: InventionRow) -> list[HistoryLine]:
        query = select(StepRow).where(StepRow.invention_id == row.id).order_by(StepRow.at, StepRow.id)
        steps = list(session.scalars(query))
        names = self._accounts.names(session, [step.person_id for step in steps if step.person_id])
        return [
            HistoryLine(
                at=step.at,
                step=Step(step.step),
                who=self._who(session, row, step, names),
                words=self._words(session, row, step),
            )
            for step in steps
        ]

    def _words(self, session: Session, row: InventionRow, step: StepRow) -> str:
        inventor = session.get(InventorRow, step.inventor_id) if step.inventor_id else None
        return "" if inventor is not None and inventor.erased_at else self.box.words(session, row, step)

    def _who(self, session: Session, row: InventionRow, step: StepRow, names: dict[str, str]) -> str:
        if step.person_id is not None:
            return names.get(step.person_id, "")
        inventor = session.get_one(InventorRow, step.inventor_id)
        named = self.named_inventor(session, row, inventor)
        return named.name if named else ""
