"""The door to invention disclosures: writing, submitting, reading; inventors and review are parts of their own."""

import hashlib
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.durable import Durable
from ipx.db.scrubbing import Scrubber
from ipx.evidence.service import EvidenceService
from ipx.inventions import policy
from ipx.inventions.chronicle import Chronicle
from ipx.inventions.disclosure_record import INVENTOR_FIELDS, NamedInventor, write_record
from ipx.inventions.drafts import Content, Problem, TypedSection, missing, read, read_section, to_json
from ipx.inventions.funding import FundingBook
from ipx.inventions.inventor_erasures import InventorErasures
from ipx.inventions.inventorship import Inventorship
from ipx.inventions.models import InventionRow, SubmissionRow
from ipx.inventions.records import Invention, InventionLine, Inventor
from ipx.inventions.reminders import ReminderBook
from ipx.inventions.review import Review
from ipx.inventions.rules import State, Step, state_after
from ipx.inventions.sections import BY_NAME
from ipx.inventions.shelf import Shelf
from ipx.notices.service import NoticeService
from ipx.technologies.service import TechnologyService
from ipx.vault.register_keeping import RegisterKeeper

__all__ = ["InventionService"]


class InventionService:
    """Disclosures of inventions. Parts: ``inventorship``, ``erasures``, ``review``, ``reminders``, ``funding``."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        evidence: EvidenceService,
        notices: NoticeService,
        technologies: TechnologyService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        durable: Durable,
        keeper: RegisterKeeper,
        scrubber: Scrubber,
        public_url: str,
    ) -> None:
        self._evidence = evidence
        self._clock = clock
        self._entropy = entropy
        self._shelf = Shelf(accounts=accounts, evidence=evidence, clock=clock)
        parts: dict[str, Any] = {"accounts": accounts, "notices": notices, "clock": clock, "entropy": entropy}
        self._chronicle = Chronicle(**parts, audit=audit, public_url=public_url)
        self.inventorship = Inventorship(**parts, shelf=self._shelf, chronicle=self._chronicle, public_url=public_url)
        self.erasures = InventorErasures(
            shelf=self._shelf,
            chronicle=self._chronicle,
            clock=clock,
            durable=durable,
            keeper=keeper,
            scrubber=scrubber,
        )
        self.reminders = ReminderBook(shelf=self._shelf, technologies=technologies, clock=clock)
        self.funding = FundingBook(shelf=self._shelf)
        self.review = Review(shelf=self._shelf, chronicle=self._chronicle, technologies=technologies)

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def begin(self, session: Session, *, actor: Actor, title: str) -> str:
        """Begin a disclosure and return its id; its writer alone sees it until it is submitted. Raises Invalid."""
        typed = TypedSection(entries=({"title": title},))
        _, problems = read_section(BY_NAME["invention"], typed, today=self._clock.now().date())
        if problems or not title.strip():
            raise Invalid(problems[0].message if problems else "Give the invention a title.", field="title")
        now = self._clock.now()
        row = InventionRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            created_by=actor.person_id,
            created_at=now,
            changed_at=now,
            state=State.DRAFT,
        )
        self._shelf.box.close_draft(session, row, to_json({"invention": typed}))
        session.add(row)
        session.flush()
        self._chronicle.record(session, row, "invention:draft:begun", by=actor.by)
        return row.id

    def save_section(
        self, session: Session, *, actor: Actor, invention_id: str, section: str, typed: TypedSection, quietly: bool
    ) -> list[Problem]:
        """Keep a section as it was typed, right or wrong, and return what is wrong with it.

        ``quietly``: it is saved while its writer is still typing; the audit line follows when the writer saves.
        Raises NotFound, Forbidden, Conflict.
        """
        if section not in BY_NAME:
            raise NotFound("There is no such section.")
        row = self._writable(session, actor, invention_id)
        draft = {**self._shelf.draft(session, row), section: typed}
        self._shelf.box.close_draft(session, row, to_json(draft))
        row.changed_at = self._clock.now()
        if not quietly:
            details = {"section": section}
            self._chronicle.record(session, row, "invention:draft:saved", by=actor.by, details=details)
        return read_section(BY_NAME[section], typed, today=self._clock.now().date())[1]

    def discard(self, session: Session, *, actor: Actor, invention_id: str) -> None:
        """Delete a disclosure that was never submitted. Raises NotFound, Forbidden, Conflict."""
        row = self._writable(session, actor, invention_id)
        if State(row.state) is not State.DRAFT:
            raise Conflict("What was submitted stays in the records. Ask the technology office to decline it.")
        self._chronicle.record(session, row, "invention:draft:discarded", by=actor.by)
        session.execute(delete(InventionRow).where(InventionRow.id == row.id))

    def submit(self, session: Session, *, actor: Actor, invention_id: str) -> Invention:
        """Submit what is written: recorded, stamped, inventors asked, the office told.

        Raises NotFound, Forbidden, Conflict, and Invalid when something has to be mended first.
        """
        row = self._writable(session, actor, invention_id)
        content = read(self._shelf.draft(session, row), today=self._clock.now().date())
        if lacking := [*content.problems, *missing(content)]:
            raise Invalid(f"{len(lacking)} things have to be mended first; they are named at their sections.")
        row.state = state_after(State(row.state), Step.SUBMITTED)
        before = self._shelf.submission_rows(session, row)
        inventors = self._inventors(content)
        submission = self._record(session, actor, row, content, inventors, before)
        self._chronicle.note(
            session,
            row,
            Step.SUBMITTED,
            by=actor.by,
            action="invention:record:submitted",
            details={"submission": submission.id, "number": submission.number, "stamp": submission.stamp_id},
        )
        self.inventorship.name(
            session,
            row,
            submission_id=submission.id,
            previous_id=before[-1].id if before else None,
            inventors=inventors,
            by=actor.by,
        )
        return self._shelf.view(session, row, actor)

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def invention(self, session: Session, *, actor: Actor, invention_id: str) -> Invention:
        """Return a disclosure to those who may read it. Raises NotFound."""
        return self._shelf.view(session, self._shelf.readable_row(session, actor, invention_id), actor)

    def inventions(self, session: Session, *, actor: Actor) -> list[InventionLine]:
        """Return the disclosures that the actor may read, the last changed first."""
        return self._shelf.lines(session, actor)

    def inventions_on(self, session: Session, *, technology_id: str) -> list[str]:
        """Return the ids of the disclosures that a technology began with; they say nothing of them."""
        query = select(InventionRow.id).where(InventionRow.technology_id == technology_id)
        return list(session.scalars(query.order_by(InventionRow.created_at, InventionRow.id)))

    def inventors_on(self, session: Session, *, technology_id: str) -> list[Inventor]:
        """Return the inventors of a technology by its newest submissions; the caller has checked who asks."""
        query = select(InventionRow).where(InventionRow.technology_id == technology_id)
        found: list[Inventor] = []
        for row in session.scalars(query.order_by(InventionRow.created_at, InventionRow.id)):
            for submission in self._shelf.submission_rows(session, row)[-1:]:
                found += self._shelf.inventors(session, row, submission.id)
        return found

    def record(self, session: Session, *, actor: Actor, invention_id: str, number: int) -> bytes:
        """Return the canonical bytes of a submission, which are what was stamped. Raises NotFound."""
        row, submission = self._submission(session, actor, invention_id, number)
        return self._shelf.box.record(session, row, submission)

    def openings(self, session: Session, *, actor: Actor, invention_id: str, number: int) -> list[bytes | None]:
        """Return what the record's commitments to inventors are made of, in their order; None where erased."""
        row, submission = self._submission(session, actor, invention_id, number)
        named = [
            self._shelf.named_inventor(session, row, found)
            for found in self._shelf.inventor_rows(session, submission.id)
        ]
        return [inventor.opening() if inventor else None for inventor in named]

    def bundle(self, session: Session, *, actor: Actor, invention_id: str, number: int) -> bytes:
        """Return the evidence bundle of a submission. Raises NotFound, Conflict while its stamp is pending."""
        _, submission = self._submission(session, actor, invention_id, number)
        return self._evidence.bundle(session, stamp_id=submission.stamp_id)

    def note_export(self, session: Session, *, actor: Actor, invention_id: str) -> None:
        """Note that a disclosure was taken away for iEdison. Raises NotFound."""
        row = self._shelf.readable_row(session, actor, invention_id)
        self._chronicle.record(session, row, "invention:iedison:exported", by=actor.by)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _writable(self, session: Session, actor: Actor, invention_id: str) -> InventionRow:
        row = self._shelf.readable_row(session, actor, invention_id, lock=True)
        policy.check_may_write(actor, created_by=row.created_by, state=State(row.state))
        return row

    def _submission(
        self, session: Session, actor: Actor, invention_id: str, number: int
    ) -> tuple[InventionRow, SubmissionRow]:
        row = self._shelf.readable_row(session, actor, invention_id)
        found = next((one for one in self._shelf.submission_rows(session, row) if one.number == number), None)
        if found is None:
            raise NotFound("There is no such submission.")
        return row, found

    def _inventors(self, content: Content) -> list[NamedInventor]:
        return [
            NamedInventor(self._entropy.token(32), *(str(entry[name]) for name in INVENTOR_FIELDS))
            for entry in content.entries("inventors")
        ]

    def _record(
        self,
        session: Session,
        actor: Actor,
        row: InventionRow,
        content: Content,
        inventors: list[NamedInventor],
        before: list[SubmissionRow],
    ) -> SubmissionRow:
        previous = hashlib.sha256(self._shelf.box.record(session, row, before[-1])).hexdigest() if before else None
        sections = {name: section for name, section in content.sections.items() if name != "inventors"}
        record = write_record(
            invention_id=row.id,
            number=len(before) + 1,
            previous=previous,
            sections=to_json(sections),
            inventors=inventors,
        )
        stamp = self._evidence.stamp(
            session,
            organisation_id=row.organisation_id,
            content_sha256=hashlib.sha256(record).digest(),
            subject_kind="invention",
            subject_id=row.id,
        )
        submission_id = self._entropy.new_id()
        submission = SubmissionRow(
            id=submission_id,
            invention_id=row.id,
            number=len(before) + 1,
            sealed_record=self._shelf.box.close_record(session, row, submission_id, record),
            stamp_id=stamp.id,
            submitted_at=self._clock.now(),
            submitted_by=actor.person_id,
        )
        session.add(submission)
        session.flush()
        return submission
