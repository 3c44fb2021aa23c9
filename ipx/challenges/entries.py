"""Entries: terms accepted, drafts saved, submitted with a stamp and withdrawn until the deadline."""

import hashlib

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.rules import State as ListingState
from ipx.catalogue.service import CatalogueService
from ipx.challenges import policy
from ipx.challenges.entry_record import write_entry_record
from ipx.challenges.licensing import Licensing
from ipx.challenges.models import AcceptanceRow, ChallengeRow, EntryRow
from ipx.challenges.records import Entry
from ipx.challenges.rules import (
    EntryState,
    Outcome,
    State,
    checked_line,
    checked_text,
    code_of,
    refuse_late,
    refuse_names,
)
from ipx.challenges.shelf import ENTRY, Shelf
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Invalid
from ipx.evidence.service import EvidenceService
from ipx.licences.algebra.conflicts import Answer
from ipx.technologies.service import TechnologyService


class Entries:
    """Entries, from their own organisation's side."""

    def __init__(
        self,
        *,
        shelf: Shelf,
        catalogue: CatalogueService,
        technologies: TechnologyService,
        evidence: EvidenceService,
        licensing: Licensing,
    ) -> None:
        self._shelf = shelf
        self._catalogue = catalogue
        self._technologies = technologies
        self._evidence = evidence
        self._licensing = licensing

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def entry(self, session: Session, *, actor: Actor, entry_id: str) -> Entry:
        """Return an own entry. Raises NotFound."""
        row = self._shelf.entry_row(session, entry_id)
        policy.check_may_write(actor, organisation_id=row.organisation_id)
        return self._view(session, row)

    def licensable(self, session: Session, *, actor: Actor, entry_id: str) -> Answer:
        """Return whether the licence that entrants agree to can be granted now for what an own entry is about: an
        award asks the same, and is refused where it cannot. Raises NotFound.
        """
        row = self._shelf.entry_row(session, entry_id)
        policy.check_may_write(actor, organisation_id=row.organisation_id)
        terms = self._shelf.challenge_row(session, row.challenge_id).terms
        return self._licensing.compare(session, technology_id=row.technology_id, licence=terms["licence"])

    def entries_of(self, session: Session, *, actor: Actor, challenge_id: str | None = None) -> list[Entry]:
        """Return the own organisation's entries, the newest first, for those of it who write them."""
        if not actor.has(*policy.WRITERS):
            return []
        query = select(EntryRow).where(EntryRow.organisation_id == actor.organisation_id)
        if challenge_id is not None:
            query = query.where(EntryRow.challenge_id == challenge_id)
        rows = session.scalars(query.order_by(EntryRow.created_at.desc(), EntryRow.id))
        return [self._view(session, row) for row in rows]

    def entries_on(self, session: Session, *, technology_id: str) -> list[tuple[str, str]]:
        """Return id and call's title of the entries of a technology; the caller has checked who asks."""
        query = (
            select(EntryRow.id, ChallengeRow.title)
            .join(ChallengeRow, ChallengeRow.id == EntryRow.challenge_id)
            .where(EntryRow.technology_id == technology_id)
        )
        return [(entry_id, title) for entry_id, title in session.execute(query.order_by(EntryRow.created_at))]

    def record(self, session: Session, *, actor: Actor, entry_id: str) -> bytes:
        """Return the bytes that were stamped, to the entrant. Raises NotFound."""
        row = self._shelf.entry_row(session, entry_id)
        policy.check_may_write(actor, organisation_id=row.organisation_id)
        return self._shelf.record(session, row)

    def bundle(self, session: Session, *, actor: Actor, entry_id: str) -> bytes:
        """Return the evidence of a submission, to the entrant. Raises NotFound, Conflict (still pending)."""
        entry = self.entry(session, actor=actor, entry_id=entry_id)
        if entry.stamp_id is None:
            raise Conflict("Nothing was submitted here, so nothing was stamped.")
        return self._evidence.bundle(session, stamp_id=entry.stamp_id)

    def has_accepted(self, session: Session, *, actor: Actor, challenge_id: str) -> bool:
        """Tell whether the actor's organisation accepted the entry terms."""
        row = self._shelf.challenge_row(session, challenge_id)
        return self._shelf.has_accepted(session, row, actor.organisation_id)

    # ── entering ─────────────────────────────────────────────────────────────────────────────────

    def accept_terms(self, session: Session, *, actor: Actor, challenge_id: str, seen: str) -> None:
        """Accept the entry terms in the organisation's name; ``seen``: the hash that the page showed. Repeatable.

        Raises NotFound, Forbidden, Conflict (own call, not open any more, or other terms than those that were read).
        """
        row = self._open(session, actor, challenge_id)
        policy.check_may_accept(actor, organiser_id=row.organisation_id)
        if seen != row.terms_hash:
            raise Conflict("These are not the entry terms that you have read. Read them again before you accept.")
        self._shelf.accounts.hold(session, organisation_id=actor.organisation_id)  # pressed twice is one acceptance
        if self._shelf.has_accepted(session, row, actor.organisation_id):
            return
        session.add(
            AcceptanceRow(
                challenge_id=row.id,
                organisation_id=actor.organisation_id,
                terms_version=row.terms_version,
                terms_hash=row.terms_hash,
                person_id=actor.person_id,
                accepted_at=self._shelf.clock.now(),
            )
        )
        session.flush()
        details: dict[str, Json] = {"terms": row.terms_hash, "terms_version": row.terms_version}
        self._shelf.note(session, row, "terms:accepted", by=actor.by, details=details)

    def begin(self, session: Session, *, actor: Actor, challenge_id: str, technology_id: str) -> str:
        """Begin an entry with a technology that is listed here, and return its id.

        Raises NotFound, Conflict (terms not accepted, closed, not listed, or entered already).
        """
        row = self._open(session, actor, challenge_id)
        policy.check_is_other(actor, organiser_id=row.organisation_id)
        policy.check_may_write(actor, organisation_id=actor.organisation_id)
        if not self._shelf.has_accepted(session, row, actor.organisation_id):
            raise Conflict("A licensing manager of your organisation accepts the entry terms first.")
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        self._check_listed(session, technology_id)
        entry_id = self._shelf.entropy.new_id()
        draft: dict[str, Json] = {"title": "", "text": ""}
        entry = EntryRow(
            id=entry_id,
            challenge_id=row.id,
            organisation_id=actor.organisation_id,
            organisation_name=actor.organisation_name,
            technology_id=technology_id,
            created_by=actor.person_id,
            created_at=self._shelf.clock.now(),
            state=EntryState.DRAFT,
            sealed_draft=self._shelf.close_draft(session, actor.organisation_id, entry_id, draft),
            is_shortlisted=False,
        )
        session.add(entry)
        _flush_only_one(session)
        self._shelf.note(session, entry, "draft:begun", by=actor.by, details={"technology": technology_id})
        return entry_id

    def save(
        self, session: Session, *, actor: Actor, entry_id: str, title: str, text: str, quietly: bool = False
    ) -> None:
        """Keep what was typed, as it was typed; ``quietly``: between two moments of typing, without an audit line.

        Raises NotFound, Conflict (submitted, or closed), Invalid (too long).
        """
        row = self._writable(session, actor, entry_id)
        if row.state == EntryState.SUBMITTED:
            raise Conflict(
                "This entry is submitted. Withdraw it to write on; until the deadline you can submit it anew."
            )
        if len(title) + len(text) > 100_000:
            raise Invalid("That is too long to be kept.", field="text")
        typed: dict[str, Json] = {"title": title, "text": text.replace("\r\n", "\n")}
        row.sealed_draft = self._shelf.close_draft(session, row.organisation_id, row.id, typed)
        if not quietly:
            self._shelf.note(session, row, "draft:saved", by=actor.by)

    def submit(self, session: Session, *, actor: Actor, entry_id: str) -> None:
        """Submit what was saved: it is stamped, and stands at the deadline. Submitting again changes nothing.

        Raises NotFound, Forbidden, Invalid (title or text), Conflict (too late, with the minute; not listed any more).
        """
        row = self._writable(session, actor, entry_id)
        challenge = self._shelf.challenge_row(session, row.challenge_id)
        policy.check_may_accept(actor, organiser_id=challenge.organisation_id)
        if row.state == EntryState.SUBMITTED:
            return
        self._check_listed(session, row.technology_id)
        now = self._shelf.clock.now()
        record = self._record(session, row, challenge, int(now.timestamp()))
        stamp = self._evidence.stamp(
            session,
            organisation_id=row.organisation_id,
            content_sha256=hashlib.sha256(record).digest(),
            subject_kind=ENTRY,
            subject_id=row.id,
        )
        row.sealed_record = self._shelf.close_record(session, row, record)
        row.state, row.submitted_at, row.stamp_id = EntryState.SUBMITTED, now, stamp.id
        self._shelf.note(session, row, "record:submitted", by=actor.by, details={"stamp": stamp.id})
        link = f"/challenges/{challenge.id}/organise"
        body = _("Whose it is stays hidden until the shortlist.")
        self._shelf.tell(session, challenge.organisation_id, challenge, _("An entry was submitted"), body, link)

    def withdraw(self, session: Session, *, actor: Actor, entry_id: str) -> None:
        """Take a submitted entry back, until the deadline. Repeatable. Raises NotFound, Forbidden, Conflict."""
        row = self._writable(session, actor, entry_id)
        challenge = self._shelf.challenge_row(session, row.challenge_id)
        policy.check_may_accept(actor, organiser_id=challenge.organisation_id)
        if row.state != EntryState.SUBMITTED:
            return
        row.state = EntryState.WITHDRAWN
        self._shelf.note(session, row, "record:withdrawn", by=actor.by)
        link = f"/challenges/{challenge.id}/organise"
        self._shelf.tell(session, challenge.organisation_id, challenge, _("An entry was withdrawn"), "", link)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _open(self, session: Session, actor: Actor, challenge_id: str) -> ChallengeRow:
        row = self._shelf.challenge_row(session, challenge_id)
        policy.check_may_see(actor, organiser_id=row.organisation_id, state=State(row.state))
        if row.state not in (State.OPEN, State.CLOSED):
            raise Conflict("This challenge takes no entries now.")
        refuse_late(row.deadline, now=self._shelf.clock.now())
        return row

    def _writable(self, session: Session, actor: Actor, entry_id: str) -> EntryRow:
        row = self._shelf.entry_row(session, entry_id)
        policy.check_may_write(actor, organisation_id=row.organisation_id)
        challenge = self._shelf.challenge_row(session, row.challenge_id, lock=True)  # not beside the closing
        session.refresh(row)
        self._open(session, actor, challenge.id)
        return row

    def _check_listed(self, session: Session, technology_id: str) -> None:
        listing = self._catalogue.find_by_technology(session, technology_id=technology_id)
        if listing is None or listing.state is not ListingState.PUBLISHED:
            raise Conflict(
                "An award opens a deal on a listing, so only a listed technology can enter. Publish it first."
            )

    def _record(self, session: Session, row: EntryRow, challenge: ChallengeRow, at: int) -> bytes:
        draft = self._shelf.draft(session, row)
        title = checked_line(draft["title"], field="title", what="a title that does not say who you are")
        text = checked_text(draft["text"], field="text")
        names = (row.organisation_name, *self._shelf.accounts.names(session, [row.created_by]).values())
        refuse_names(f"{title}\n{text}", names)
        return write_entry_record(
            challenge_id=challenge.id,
            entry_id=row.id,
            organisation_id=row.organisation_id,
            technology_id=row.technology_id,
            terms=challenge.terms_hash,
            title=title,
            text=text,
            at=at,
        )

    def _view(self, session: Session, row: EntryRow) -> Entry:
        challenge = self._shelf.challenge_row(session, row.challenge_id)
        submitted = row.state == EntryState.SUBMITTED
        said = self._shelf.submission(session, row) if submitted else self._shelf.draft(session, row)
        technology = self._technologies.public_view(session, technology_id=row.technology_id)
        is_told = challenge.state in (State.SHORTLISTED, State.AWARDED)
        return Entry(
            id=row.id,
            code=code_of(row.id),
            challenge_id=row.challenge_id,
            challenge_title=challenge.title,
            technology_id=row.technology_id,
            technology_title=technology.title,
            title=said["title"],
            text=said["text"],
            state=EntryState(row.state),
            submitted_at=row.submitted_at,
            stamp_id=row.stamp_id,
            is_shortlisted=row.is_shortlisted and is_told,
            outcome=Outcome(row.outcome) if row.outcome else None,
            reason=row.reason,
            option_ends_at=row.option_ends_at,
            offer_id=row.offer_id,
        )


def _flush_only_one(session: Session) -> None:
    """Write; a technology is entered once into a call."""
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict("Your organisation has entered this technology already; open that entry.") from error
