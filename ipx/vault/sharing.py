"""Sharing by hand and what stands before any sharing: classification, screening, grants with reason and end.

It must never let another organisation in while the document is unreviewed or a name is on the denied-party list.
"""

from collections.abc import Callable
from datetime import date

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.errors import Invalid, Unavailable
from ipx.core.ports import Clock, Entropy
from ipx.notices.service import NoticeService
from ipx.vault import policy
from ipx.vault.access import Access
from ipx.vault.declarations import Declarations
from ipx.vault.denied_parties import DeniedParties
from ipx.vault.documents import document_of, document_row
from ipx.vault.export_control import clean_export_control
from ipx.vault.hand_overs import HandOvers
from ipx.vault.recipients import Recipients
from ipx.vault.records import Document
from ipx.vault.rules import LONGEST_PURPOSE, SourceKind, clean_sentence, end_of_grant
from ipx.vault.screening import PartyRefused, Screenings


class Sharing:
    """Who may be let in, and letting in."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        notices: NoticeService,
        denied: Callable[[], DeniedParties],
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self.access = Access(audit=audit, clock=clock, entropy=entropy)
        self.declarations = Declarations(audit=audit, clock=clock)
        self.screenings = Screenings(
            accounts=accounts, notices=notices, audit=audit, clock=clock, entropy=entropy, denied=denied
        )
        self.recipients = Recipients(audit=audit, clock=clock, entropy=entropy)
        self.hand_overs = HandOvers(recipients=self.recipients, notices=notices, audit=audit, clock=clock)
        self._accounts = accounts
        self._notices = notices
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def classify(self, session: Session, *, actor: Actor, document_id: str, export_control: str) -> None:
        """State what a document is for export control, from the next request on. Raises NotFound, Forbidden, Invalid.

        Back to ``unreviewed``, other organisations cannot open it any more, whatever was granted.
        """
        row = document_row(session, document_id)
        policy.check_may_classify(actor, document_of(row))
        stated = clean_export_control(export_control)
        if stated == row.export_control:
            return
        before, row.export_control = row.export_control, stated
        session.flush()
        self._audit.record(
            session,
            action="document:export_control:stated",
            by=actor.by,
            subject_kind="document",
            subject_id=document_id,
            details={"before": before, "now": stated},
        )

    def check_may_share(self, session: Session, *, document: Document, organisation_id: str) -> None:
        """Raise Conflict (unreviewed) or PartyRefused unless this organisation may be let in."""
        if organisation_id != document.organisation_id:
            policy.check_is_reviewed(document)
        self._screen(session, document, organisation_id, None)

    def note_waiting(self, session: Session, *, document: Document, organisation_id: str) -> None:
        """Note what stands against an organisation that is let in by contract; its readings will be refused.

        A list that cannot be read holds up no licence: each reading compares again, and is refused meanwhile.
        """
        try:
            self._screen(session, document, organisation_id, None)
        except PartyRefused as refusal:
            self.screenings.note(session, refusal)
        except Unavailable:
            return

    def check_reader(self, session: Session, *, actor: Actor, document: Document) -> None:
        """Raise PartyRefused, or Invalid when a reader has not declared yet. Who deposited it knows it already."""
        if policy.is_depositor(actor, document):
            return
        self._screen(session, document, actor.organisation_id, actor.person_id)
        if self.needs_declaration(session, actor=actor, document=document):
            raise Invalid("Before the first reading, name your nationality and the end use.", field="nationality")

    def needs_declaration(self, session: Session, *, actor: Actor, document: Document) -> bool:
        """Tell whether the reader has to declare before he reads."""
        owner_id = document.organisation_id
        declared = self.declarations.find(session, person_id=actor.person_id, owner_id=owner_id)
        return declared is None and not policy.is_depositor(actor, document)

    def grant(
        self,
        session: Session,
        *,
        actor: Actor,
        document_id: str,
        email: str,
        whole_organisation: bool,
        reason: str,
        nda: str,
        until: date,
    ) -> str:
        """Let the person with this address read, or the readers of the person's organisation; return the grant's id.

        Raises NotFound, Forbidden, Conflict (unreviewed), PartyRefused, Invalid (address, reason, end).
        """
        document = document_of(document_row(session, document_id))
        policy.check_may_grant(actor, document)
        if not document.confidential:
            raise Invalid("A public document needs no grant.", field="email")
        missing = "Write why this reader has to know it, such as: evaluates the coating for our licence offer."
        said = clean_sentence(reason, field="reason", missing=missing)
        end = end_of_grant(until, self._clock.now())
        reader = self._reader(session, email)
        person_id = None if whole_organisation else reader.person_id
        if reader.organisation_id != document.organisation_id:
            policy.check_is_reviewed(document)
        self._screen(session, document, reader.organisation_id, person_id)
        grant_id = self._entropy.new_id()
        self.access.grant(
            session,
            by=actor.by,
            document_id=document_id,
            organisation_id=reader.organisation_id,
            source_kind=SourceKind.PERSON,
            source_id=grant_id,
            expires_at=end,
            person_id=person_id,
            reason=said,
            nda=_reference(nda),
        )
        self._tell(session, actor, document, reader)
        self.hand_overs.note_waiting(session, document=document, organisation_id=reader.organisation_id)
        return grant_id

    def revoke(self, session: Session, *, actor: Actor, document_id: str, grant_id: str) -> None:
        """End one grant, of whatever source, from the next request on; a repeat changes nothing.

        Raises NotFound, Forbidden.
        """
        document = document_of(document_row(session, document_id))
        policy.check_may_grant(actor, document)
        self.access.revoke_one(session, by=actor.by, document_id=document_id, grant_id=grant_id)

    def _screen(self, session: Session, document: Document, organisation_id: str, person_id: str | None) -> None:
        self.screenings.check(
            session,
            owner_id=document.organisation_id,
            document_id=document.id,
            organisation_id=organisation_id,
            person_id=person_id,
        )

    def _reader(self, session: Session, email: str) -> Actor:
        reader = self._accounts.find_by_email(session, email=email)
        if reader is None or not reader.has(*policy.READERS):
            raise Invalid(
                "Nobody with this address can read here. The reader needs a verified account and a role that reads.",
                field="email",
            )
        return reader

    def _tell(self, session: Session, actor: Actor, document: Document, reader: Actor) -> None:
        if reader.organisation_id == document.organisation_id:
            return
        self._notices.tell(
            session,
            organisation_id=reader.organisation_id,
            subject=_("A document was opened to you: %(name)s", name=document.file_name),
            body=_(
                "%(owner)s lets %(reader)s read it, or your whole organisation.",
                owner=actor.organisation_name,
                reader=reader.name,
            ),
            link=f"/documents/{document.id}",
        )


def _reference(nda: str) -> str | None:
    cleaned = " ".join(nda.split())
    if len(cleaned) > LONGEST_PURPOSE or not cleaned.isprintable():
        raise Invalid("Name the undertaking in a few words, such as its number and date.", field="nda")
    return cleaned or None
