"""Rows of challenges, sealed words in clear for a moment, and the notes that every step leaves. Decides nothing."""

from collections.abc import Mapping, Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.catalogue.service import CatalogueService
from ipx.challenges.models import (
    AcceptanceRow,
    ChallengeNeedRow,
    ChallengeRow,
    EntryRow,
    EvaluatorRow,
    ScoreRow,
)
from ipx.challenges.records import Challenge
from ipx.challenges.rules import Criterion, EntryState, Outcome, Scenario, State
from ipx.challenges.terms import entry_terms_from_json
from ipx.challenges.wrapped import DRAFT, RECORD, REMARK
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy
from ipx.notices.service import NoticeService
from ipx.web.translating import Text, paragraphs

CHALLENGE, ENTRY = "challenge", "entry"


class Shelf:
    """What the parts of this room share."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        catalogue: CatalogueService,
        notices: NoticeService,
        clock: Clock,
        entropy: Entropy,
        public_url: str,
    ) -> None:
        self.accounts = accounts
        self.clock = clock
        self.entropy = entropy
        self.notices = notices
        self.public_url = public_url
        self._audit = audit
        self._catalogue = catalogue

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def challenge_row(self, session: Session, challenge_id: str, *, lock: bool = False) -> ChallengeRow:
        """Return a call's row; ``lock`` lets one step happen at a time. Raises NotFound."""
        row = session.get(ChallengeRow, challenge_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such challenge.")
        return row

    def entry_row(self, session: Session, entry_id: str, *, lock: bool = False) -> EntryRow:
        """Return an entry's row. Raises NotFound."""
        row = session.get(EntryRow, entry_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such entry, or it is not yours to see.")
        return row

    def submitted(self, session: Session, challenge_id: str) -> list[EntryRow]:
        """Return the entries that are in, in an order that says nothing of who was first."""
        query = select(EntryRow).where(EntryRow.challenge_id == challenge_id, EntryRow.state == EntryState.SUBMITTED)
        return sorted(session.scalars(query), key=lambda row: row.id[::-1])

    def panel(self, session: Session, challenge_id: str) -> list[EvaluatorRow]:
        """Return the evaluators who took the invitation up and were not removed."""
        query = select(EvaluatorRow).where(
            EvaluatorRow.challenge_id == challenge_id,
            EvaluatorRow.person_id.is_not(None),
            EvaluatorRow.removed_at.is_(None),
        )
        return list(session.scalars(query.order_by(EvaluatorRow.invited_at, EvaluatorRow.id)))

    def has_accepted(self, session: Session, row: ChallengeRow, organisation_id: str) -> bool:
        """Tell whether an organisation accepted the entry terms as they stand."""
        return session.get(AcceptanceRow, (row.id, organisation_id, row.terms_version)) is not None

    def challenge(self, session: Session, row: ChallengeRow) -> Challenge:
        """Return a call as it is shown."""
        needs = select(ChallengeNeedRow.need_id).where(ChallengeNeedRow.challenge_id == row.id)
        ids = list(session.scalars(needs.order_by(ChallengeNeedRow.position)))
        return Challenge(
            id=row.id,
            organisation_id=row.organisation_id,
            organiser_name=row.organiser_name,
            title=row.title,
            text=row.text,
            scenario=Scenario(row.scenario) if row.scenario else None,
            deadline=row.deadline,
            zone=row.zone,
            criteria=criteria_of(row),
            terms=entry_terms_from_json(row.terms),
            terms_version=row.terms_version,
            terms_hash=row.terms_hash,
            state=State(row.state),
            reason=row.reason,
            opened_at=row.opened_at,
            decided_at=row.decided_at,
            needs=self._catalogue.needs(session, ids=ids),
            winners=self._winners(session, row),
        )

    def _winners(self, session: Session, row: ChallengeRow) -> Sequence[str]:
        query = select(EntryRow.organisation_name).where(EntryRow.challenge_id == row.id)
        return sorted(session.scalars(query.where(EntryRow.outcome == Outcome.AWARDED)))

    # ── sealed words ─────────────────────────────────────────────────────────────────────────────

    def close_draft(self, session: Session, organisation_id: str, entry_id: str, draft: Mapping[str, Json]) -> bytes:
        """Return what is being written, sealed by the entrant's key."""
        return self._close(session, organisation_id, canonical.encode(draft), DRAFT.format(entry_id))

    def draft(self, session: Session, row: EntryRow) -> Mapping[str, str]:
        """Return what is being written."""
        return _words(self._open(session, row.organisation_id, row.sealed_draft, DRAFT.format(row.id)))

    def close_record(self, session: Session, row: EntryRow, record: bytes) -> bytes:
        """Return the record of a submission, sealed by the entrant's key."""
        return self._close(session, row.organisation_id, record, RECORD.format(row.id))

    def record(self, session: Session, row: EntryRow) -> bytes:
        """Return the bytes that were stamped. Raises NotFound where nothing was submitted."""
        if row.sealed_record is None:
            raise NotFound("Nothing was submitted here.")
        return self._open(session, row.organisation_id, row.sealed_record, RECORD.format(row.id))

    def submission(self, session: Session, row: EntryRow) -> Mapping[str, str]:
        """Return title and text as they were submitted."""
        return _words(self.record(session, row))

    def close_remark(self, session: Session, challenge: ChallengeRow, score_id: str, remark: str) -> bytes | None:
        """Return an evaluator's remark, sealed by the organiser's key; None when there is none."""
        context = REMARK.format(score_id)
        return self._close(session, challenge.organisation_id, remark.encode(), context) if remark else None

    def remark(self, session: Session, challenge: ChallengeRow, row: ScoreRow) -> str:
        """Return an evaluator's remark."""
        if row.sealed_remark is None:
            return ""
        return self._open(session, challenge.organisation_id, row.sealed_remark, REMARK.format(row.id)).decode()

    def _close(self, session: Session, organisation_id: str, secret: bytes, context: str) -> bytes:
        return self.accounts.wrap(session, organisation_id=organisation_id, secret=secret, context=context)

    def _open(self, session: Session, organisation_id: str, wrapped: bytes, context: str) -> bytes:
        return self.accounts.unwrap(session, organisation_id=organisation_id, wrapped=wrapped, context=context)

    # ── notes ────────────────────────────────────────────────────────────────────────────────────

    def note(
        self,
        session: Session,
        what: ChallengeRow | EntryRow,
        verb: str,
        *,
        by: By,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        """Write the audit line of a step, ``challenge:thing:verb`` or ``entry:thing:verb``."""
        kind = CHALLENGE if isinstance(what, ChallengeRow) else ENTRY
        facts: dict[str, Json] = {"challenge": what.challenge_id} if isinstance(what, EntryRow) else {}
        self._audit.record(
            session,
            action=f"{kind}:{verb}",
            by=by,
            subject_kind=kind,
            subject_id=what.id,
            details={**facts, **(details or {})},
        )

    def tell(
        self, session: Session, organisation_id: str, row: ChallengeRow, subject: Text, body: Text, link: str
    ) -> None:
        """Put a notice before an organisation. Says what happened and where to look, never what an entry says."""
        self.notices.tell(
            session,
            organisation_id=organisation_id,
            subject=_("%(what)s: %(title)s", what=subject, title=row.title),
            body=body,
            link=link,
        )

    def tell_entrants(self, session: Session, row: ChallengeRow, subject: Text, body: Text) -> None:
        """Tell every organisation that began an entry, once each."""
        entrants = select(EntryRow.organisation_id).where(EntryRow.challenge_id == row.id).distinct()
        for organisation_id in session.scalars(entrants.order_by(EntryRow.organisation_id)):
            self.tell(session, organisation_id, row, subject, body, f"/challenges/{row.id}")

    def mail_managers(
        self, session: Session, organisation_id: str, row: ChallengeRow, subject: Text, body: Text, link: str
    ) -> None:
        """Mail an organisation's licensing managers; ``link`` is a path of ours."""
        text = paragraphs(body, _("Challenge: %(title)s", title=row.title), f"{self.public_url}{link}\n")
        for member in self.accounts.members(session, organisation_id):
            if member.is_verified and Role.LICENSING_MANAGER in member.roles:
                self.notices.mail(session, to=member.email, subject=subject, body=text)

    def mail_panel(self, session: Session, row: ChallengeRow, subject: Text, body: Text) -> None:
        """Mail everybody of the panel."""
        for evaluator in self.panel(session, row.id):
            link = f"{self.public_url}/challenges/{row.id}/evaluate"
            text = paragraphs(body, _("Challenge: %(title)s", title=row.title), f"{link}\n")
            self.notices.mail(session, to=evaluator.email, subject=subject, body=text)


def criteria_of(row: ChallengeRow) -> tuple[Criterion, ...]:
    """Return a call's criteria."""
    return tuple(Criterion(kept["name"], kept["weight"]) for kept in row.criteria)


def _words(content: bytes) -> Mapping[str, str]:
    said = canonical.decode(content)
    assert isinstance(said, dict)
    return {name: str(said[name]) for name in ("title", "text")}
