"""Compares organisations and readers with the denied-party list, and keeps what was found and decided.

A name on the list is refused, and nobody of an organisation can lift that; a name that resembles one is refused until
a named person has decided. It must never write while it refuses: what was found is noted in a transaction of its own.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.notices.service import NoticeService
from ipx.vault.denied_parties import DeniedParties, Match
from ipx.vault.models import ScreeningRow
from ipx.vault.policy import check_may_decide
from ipx.vault.records import Screening
from ipx.vault.rules import Decision, PartyKind, clean_sentence
from ipx.web.translating import paragraphs

_EXACT = (
    _("Access refused: a name is on the denied-party list"),
    _("A document was not opened or shared. See the comparison."),
)
_RESEMBLING = (
    _("Access refused: a name resembles a name on the denied-party list"),
    _("A document was not opened or shared. See the comparison, and decide."),
)
REFUSED = (
    "This cannot be opened or shared at present: a name has to be compared with a list of denied parties first. "
    "The owner of the document is told and decides; ask there."
)


@dataclass(frozen=True)
class Party:
    """An organisation or a person whose name is compared."""

    kind: PartyKind
    id: str
    name: str


@dataclass(frozen=True)
class Finding:
    """A party and what its name met on the list."""

    party: Party
    match: Match


class PartyRefused(Forbidden):
    """A party is on the denied-party list, or resembles one and nobody has decided."""

    def __init__(self, owner_id: str, document_id: str, findings: Sequence[Finding]) -> None:
        super().__init__(REFUSED)
        self.owner_id = owner_id
        self.document_id = document_id
        self.findings = findings


class Screenings:
    """What was found, and decisions."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        notices: NoticeService,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        denied: Callable[[], DeniedParties],
    ) -> None:
        self._accounts = accounts
        self._notices = notices
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._denied = denied

    def check(
        self, session: Session, *, owner_id: str, document_id: str, organisation_id: str, person_id: str | None
    ) -> None:
        """Raise PartyRefused when the organisation or the person may not be let in; changes nothing.

        Raises Unavailable when the list cannot be read.
        """
        findings = self.findings(session, owner_id=owner_id, organisation_id=organisation_id, person_id=person_id)
        if findings:
            raise PartyRefused(owner_id, document_id, findings)

    def findings(
        self, session: Session, *, owner_id: str, organisation_id: str, person_id: str | None
    ) -> list[Finding]:
        """Return what stands against the parties now: names on the list, and near ones that were not cleared."""
        denied = self._denied()
        found = [
            Finding(party, match)
            for party in self._parties(session, owner_id, organisation_id, person_id)
            for match in denied.find(party.name)
        ]
        return [one for one in found if one.match.is_exact or not self._is_cleared(session, owner_id, one)]

    def note(self, session: Session, refusal: PartyRefused) -> None:
        """Keep what was found, once, and tell the owner's administrators."""
        for finding in refusal.findings:
            if self._row(session, refusal.owner_id, finding) is None:
                self._keep(session, refusal, finding)

    def decide(self, session: Session, *, actor: Actor, screening_id: str, clear: bool, reason: str) -> None:
        """Record a named person's decision on a near match. Raises NotFound, Forbidden, Conflict (exact), Invalid."""
        row = session.get(ScreeningRow, screening_id, with_for_update=True)
        if row is None or row.owner_id != actor.organisation_id:
            raise NotFound("There is no such comparison.")
        check_may_decide(actor, row.party_id)
        if row.is_exact:
            raise Conflict("This name is on the list itself. Only a corrected list changes that; ask the operator.")
        missing = "Write on what the decision rests, such as another address or date of birth."
        row.reason = clean_sentence(reason, field="reason", missing=missing)
        row.decision = Decision.CLEARED if clear else Decision.REFUSED
        row.decided_by, row.decided_at = actor.person_id, self._clock.now()
        session.flush()
        self._audit.record(
            session,
            action=f"organisation:screening:{row.decision}",
            by=actor.by,
            subject_kind="organisation",
            subject_id=row.owner_id,
            details={"screening": row.id, "party": [str(row.party_kind), row.party_id], "fingerprint": row.fingerprint},
        )

    def of(self, session: Session, *, owner_id: str) -> list[Screening]:
        """Return what an owner was told: undecided first, then the newest first."""
        rows = session.scalars(
            select(ScreeningRow).where(ScreeningRow.owner_id == owner_id).order_by(ScreeningRow.found_at.desc())
        )
        return sorted((_screening(row) for row in rows), key=lambda found: found.decision is not None)

    def on(self, session: Session, *, document_id: str) -> list[Screening]:
        """Return what was found when this document was to be shared or read, oldest first."""
        query = select(ScreeningRow).where(ScreeningRow.document_id == document_id).order_by(ScreeningRow.found_at)
        return [_screening(row) for row in session.scalars(query)]

    def _parties(self, session: Session, owner_id: str, organisation_id: str, person_id: str | None) -> list[Party]:
        parties = []
        if organisation_id != owner_id:
            name = self._accounts.organisation(session, organisation_id).name
            parties.append(Party(PartyKind.ORGANISATION, organisation_id, name))
        if person_id is not None:
            name = self._accounts.names(session, [person_id]).get(person_id, "")
            parties.append(Party(PartyKind.PERSON, person_id, name))
        return parties

    def _row(self, session: Session, owner_id: str, finding: Finding) -> ScreeningRow | None:
        query = select(ScreeningRow).where(
            ScreeningRow.owner_id == owner_id,
            ScreeningRow.party_kind == finding.party.kind,
            ScreeningRow.party_id == finding.party.id,
            ScreeningRow.fingerprint == finding.match.fingerprint,
        )
        return session.scalar(query)

    def _is_cleared(self, session: Session, owner_id: str, finding: Finding) -> bool:
        row = self._row(session, owner_id, finding)
        return row is not None and row.decision == Decision.CLEARED

    def _keep(self, session: Session, refusal: PartyRefused, finding: Finding) -> None:
        row = _row(finding, refusal, self._entropy.new_id(), self._clock.now())
        session.add(row)
        session.flush()
        details: dict[str, Json] = {
            "screening": row.id,
            "party": [str(finding.party.kind), finding.party.id],
            "exact": row.is_exact,
            "fingerprint": row.fingerprint,
        }
        self._audit.record(
            session,
            action="document:access:party_refused",
            by=THE_EXCHANGE,
            subject_kind="document",
            subject_id=refusal.document_id,
            details=details,
        )
        self._tell(session, row)

    def _tell(self, session: Session, row: ScreeningRow) -> None:
        """A notice for the organisation, and a mail to its administrators (to its owners where it has none)."""
        subject, body = _EXACT if row.is_exact else _RESEMBLING
        self._notices.tell(session, organisation_id=row.owner_id, subject=subject, body=body, link="/screenings")
        members = self._accounts.members(session, row.owner_id)
        for role in (Role.LAB_ADMINISTRATOR, Role.OWNER):
            addresses = [member.email for member in members if role in member.roles and member.is_verified]
            for address in addresses:
                text = paragraphs(body, _("Sign in: it is among the notices."))
                self._notices.mail(session, to=address, subject=subject, body=text)
            if addresses:
                return


def _row(finding: Finding, refusal: PartyRefused, id_: str, now: datetime) -> ScreeningRow:
    entry = finding.match.entry
    return ScreeningRow(
        id=id_,
        owner_id=refusal.owner_id,
        party_kind=finding.party.kind,
        party_id=finding.party.id,
        party_name=finding.party.name,
        entry=entry.id,
        entry_name=entry.name,
        is_exact=finding.match.is_exact,
        fingerprint=finding.match.fingerprint,
        document_id=refusal.document_id,
        found_at=now,
    )


def _screening(row: ScreeningRow) -> Screening:
    return Screening(
        id=row.id,
        owner_id=row.owner_id,
        party_kind=PartyKind(row.party_kind),
        party_id=row.party_id,
        party_name=row.party_name,
        entry=row.entry,
        entry_name=row.entry_name,
        is_exact=row.is_exact,
        document_id=row.document_id,
        found_at=row.found_at,
        decision=Decision(row.decision) if row.decision else None,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        reason=row.reason,
    )
