"""The door to technologies: the asset, its rights, the record of title of each."""

from collections.abc import Iterator, Mapping
from datetime import date

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.events import Events
from ipx.evidence.service import EvidenceService
from ipx.technologies import policy
from ipx.technologies import technology_rows as rows
from ipx.technologies.claims import TitleClaim, title_claims
from ipx.technologies.custody import TitleCustody
from ipx.technologies.events import TechnologyRevised
from ipx.technologies.models import RightRow, TechnologyRow, TitleRow
from ipx.technologies.records import (
    PublicRight,
    PublicTechnology,
    Right,
    StampedDocument,
    Technology,
    TechnologyLine,
    Title,
)
from ipx.technologies.rights import check_only_completes, draft_of, public_right_of, right_of, write
from ipx.technologies.rules import (
    Draft,
    EvidenceLevel,
    RightDraft,
    checked_draft,
    checked_right,
)
from ipx.technologies.status import StatusBoard
from ipx.technologies.title_acts import MOVE
from ipx.technologies.titles import Titles
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService

LONGEST_SOURCE = 300


class TechnologyService:
    """Technologies, rights, titles."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        evidence: EvidenceService,
        vault: VaultService,
        titles: Titles,
        custody: TitleCustody,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._accounts = accounts
        self._evidence = evidence
        self._vault = vault
        self._titles = titles
        self.custody = custody
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self.status = StatusBoard()

    # ── the asset ────────────────────────────────────────────────────────────────────────────────

    def create(self, session: Session, *, actor: Actor, draft: Draft) -> Technology:
        """Create a technology from a title and a problem at least. Raises Forbidden, Invalid."""
        policy.check_may_draft(actor)
        now = self._clock.now()
        row = TechnologyRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            created_at=now,
            created_by=actor.person_id,
            changed_at=now,
            revision=1,
        )
        rows.fill(row, checked_draft(draft))
        session.add(row)
        session.flush()
        self._record(session, actor, "technology:draft:created", "technology", row.id)
        return rows.technology_of(session, row, today=self._today())

    def revise(
        self, session: Session, *, actor: Actor, technology_id: str, draft: Draft, revision: int | None = None
    ) -> Technology:
        """Replace what is said about a technology; TechnologyRevised follows.

        Raises NotFound, Forbidden, Invalid, and Conflict when ``revision`` is given and is no longer the newest.
        """
        row = rows.own_row(session, actor, technology_id)
        policy.check_may_draft(actor)
        if revision is not None and revision != row.revision:
            raise Conflict("Somebody changed this technology while you were writing. Compare, then save again.")
        rows.fill(row, checked_draft(draft))
        self._changed(session, actor, row, "technology:draft:revised", "technology", row.id)
        return rows.technology_of(session, row, today=self._today())

    def technology(self, session: Session, *, actor: Actor, technology_id: str) -> Technology:
        """Return everything, to the owner organisation only. Raises NotFound."""
        return rows.technology_of(session, rows.own_row(session, actor, technology_id), today=self._today())

    def whole(self, session: Session, *, technology_id: str) -> Technology:
        """Return everything, for what has checked who asks itself. Raises NotFound."""
        return rows.technology_of(session, rows.technology_row(session, technology_id), today=self._today())

    def public_view(self, session: Session, *, technology_id: str) -> PublicTechnology:
        """Return what a listing may show: no number, title or date that an office still keeps secret."""
        row = rows.technology_row(session, technology_id)
        name = self._accounts.organisation(session, row.organisation_id).name
        return rows.public_of(session, row, organisation_name=name, today=self._today())

    def stating_number(self, session: Session, *, right: RightDraft) -> list[tuple[PublicTechnology, PublicRight]]:
        """Return who states the office and number of a right, of all organisations, as others may see it.

        Rights whose number the office still keeps secret are left out: a match would give them away.
        """
        found = rows.rights_stating(session, right, today=self._today())
        public = {row.technology_id: self.public_view(session, technology_id=row.technology_id) for row in found}
        return [(public[row.technology_id], public_right_of(row, today=self._today())) for row in found]

    def technologies_of(self, session: Session, *, organisation_id: str) -> list[TechnologyLine]:
        """Return an organisation's technologies, the last changed first."""
        found = rows.rows_of(session, organisation_id)
        titles = self._titles.of(session, [row.id for row in found])
        return rows.lines_of(session, found, titles)

    def texts_of(self, session: Session, *, organisation_id: str) -> Mapping[str, str]:
        """Return what an organisation says of each of its technologies, drafts too; the caller has checked who asks."""
        return rows.texts_of(session, organisation_id)

    def title_claims(self, session: Session) -> Iterator[TitleClaim]:
        """Return what our table says about every title, for a comparison with the chain."""
        return title_claims(session, self._accounts)

    def documents(self, session: Session, *, actor: Actor, technology_id: str) -> list[StampedDocument]:
        """Return the documents of an own technology, each with its stamp, oldest first. Raises NotFound."""
        rows.own_row(session, actor, technology_id)
        found = self._vault.documents_of(session, subject_kind="technology", subject_id=technology_id)
        return [StampedDocument(document, self._evidence.get_stamp(session, document.stamp_id)) for document in found]

    def check_may_deposit(self, session: Session, *, actor: Actor, technology_id: str) -> None:
        """Raise NotFound unless the technology is the actor's organisation's; roles are the vault's to check."""
        rows.own_row(session, actor, technology_id)

    # ── rights ───────────────────────────────────────────────────────────────────────────────────

    def add_right(self, session: Session, *, actor: Actor, technology_id: str, right: RightDraft) -> Right:
        """Add a right; TechnologyRevised follows. Raises NotFound, Forbidden, Invalid."""
        technology = rows.own_row(session, actor, technology_id)
        policy.check_may_draft(actor)
        row = RightRow(
            id=self._entropy.new_id(),
            technology_id=technology.id,
            evidence=EvidenceLevel.DECLARED,
            created_at=self._clock.now(),
        )
        write(row, checked_right(right, today=self._today()))
        session.add(row)
        self._changed(session, actor, technology, "right:particulars:declared", "right", row.id)
        return right_of(row, today=self._today())

    def revise_right(self, session: Session, *, actor: Actor, right_id: str, right: RightDraft) -> Right:
        """Change what is stated about a right; once its title is recorded, particulars can only be completed.

        Raises NotFound, Forbidden, Invalid, Conflict.
        """
        row, technology = rows.own_right(session, actor, right_id)
        policy.check_may_draft(actor)
        checked = checked_right(right, today=self._today())
        if session.get(TitleRow, right_id) is not None:
            check_only_completes(draft_of(row), checked)
        write(row, checked)
        self._changed(session, actor, technology, "right:particulars:revised", "right", row.id)
        return right_of(row, today=self._today())

    def right(self, session: Session, *, actor: Actor, right_id: str) -> Right:
        """Return a right of the actor's organisation. Raises NotFound."""
        row, _ = rows.own_right(session, actor, right_id)
        return right_of(row, today=self._today())

    def technology_of_right(self, session: Session, *, right_id: str) -> str:
        """Return the technology that a right belongs to; the caller has checked who asks. Raises NotFound."""
        row = session.get(RightRow, right_id)
        if row is None:
            raise NotFound("There is no such right.")
        return row.technology_id

    # ── titles and their evidence ────────────────────────────────────────────────────────────────

    def register_titles(self, session: Session, *, actor: Actor, technology_id: str) -> list[Title]:
        """Sign and queue the record of title of every right that has none; return all titles.

        Raises NotFound, Forbidden, Conflict when there is no right.
        """
        technology = rows.own_row(session, actor, technology_id)
        policy.check_may_record_titles(actor)
        rights = rows.right_rows(session, [technology.id])
        if not rights:
            raise Conflict("There is no right yet. Add one first: a patent application, or the know-how itself.")
        for right in rights:
            self._titles.register(session, actor=actor, right=right)
        return self._titles.of(session, [technology.id])

    def titles(self, session: Session, *, technology_id: str) -> list[Title]:
        """Return the titles of a technology, as far as they are recorded."""
        return self._titles.of(session, [technology_id])

    def attach_instrument(self, session: Session, *, actor: Actor, right_id: str, document_id: str) -> None:
        """Attach a deposited instrument, such as an assignment, to a right: *instrument attached*.

        Repeatable. Raises NotFound, Forbidden, Invalid.
        """
        row, technology = rows.own_right(session, actor, right_id)
        policy.check_may_attach_instrument(actor)
        document = self._vault.document(session, document_id=document_id)
        if (document.subject_kind, document.subject_id) != ("technology", technology.id):
            raise NotFound("There is no such document.")
        if document.role is not DocumentRole.INSTRUMENT:
            raise Invalid("Only a document that was deposited as an instrument can be attached.", field="document")
        if row.instrument_document_id == document_id:
            return
        row.instrument_document_id = document_id
        row.evidence = max(row.evidence, EvidenceLevel.INSTRUMENT)
        details: Mapping[str, Json] = {"document": document_id, "evidence": row.evidence}
        self._changed(session, actor, technology, "right:evidence:instrument_attached", "right", right_id, details)
        self._titles.substantiate(session, right=row)

    def match_office_record(self, session: Session, *, actor: Actor, right_id: str, date: date, source: str) -> None:
        """State that the record matches the office's of that day, and where that was seen.

        Raises NotFound, Forbidden, Invalid.
        """
        row, technology = rows.own_right(session, actor, right_id)
        policy.check_may_curate(actor)
        cleaned = " ".join(source.split())
        if not 3 <= len(cleaned) <= LONGEST_SOURCE:
            raise Invalid("Say where the office's record was seen, such as its register and page.", field="source")
        if date > self._today():
            raise Invalid("This day has not come yet.", field="date")
        if not (row.office and row.number):
            raise Invalid("State the office and the number of the right first.", field="source")
        row.matched_on, row.matched_source, row.evidence = date, cleaned, EvidenceLevel.OFFICE_RECORD
        details: Mapping[str, Json] = {"evidence": row.evidence, "matched_on": date.isoformat()}
        self._changed(session, actor, technology, "right:evidence:office_record_matched", "right", right_id, details)
        self._titles.substantiate(session, right=row)

    # ── what the chain tells; wiring registers these ─────────────────────────────────────────────

    def on_transaction_mined(self, session: Session, event: TransactionMined) -> None:
        """A record of title, or better evidence for one, is in a block."""
        self._titles.on_mined(session, event)

    def on_transaction_final(self, session: Session, event: TransactionFinal) -> None:
        """Its block is final."""
        if event.purpose == MOVE:
            self.custody.on_final(session, event)
        self._titles.on_mined(session, event)

    def on_transaction_reorged(self, session: Session, event: TransactionReorged) -> None:
        """Its block vanished."""
        self._titles.on_reorged(session, event)

    def on_transaction_failed(self, session: Session, event: TransactionFailed) -> None:
        """The contract refused it."""
        self._titles.on_failed(session, event)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _changed(
        self,
        session: Session,
        actor: Actor,
        technology: TechnologyRow,
        action: str,
        subject_kind: str,
        subject_id: str,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        technology.revision += 1
        technology.changed_at = self._clock.now()
        session.flush()
        self._record(session, actor, action, subject_kind, subject_id, details)
        self._events.publish(session, TechnologyRevised(technology.id, technology.revision))

    def _record(
        self,
        session: Session,
        actor: Actor,
        action: str,
        subject_kind: str,
        subject_id: str,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        self._audit.record(
            session, action=action, by=actor.by, subject_kind=subject_kind, subject_id=subject_id, details=details
        )

    def _today(self) -> date:
        return self._clock.now().date()
