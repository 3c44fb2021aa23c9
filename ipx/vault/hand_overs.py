"""Keys of documents that a browser sealed, each sealed for an organisation's recipients: who has one, who waits.

We keep and deliver them and open none. To let another organisation read, a browser of the owner opens the version's
key and seals it for the reader's recipients; until then a grant is pending. What was handed over stays handed over.
"""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock
from ipx.notices.service import NoticeService
from ipx.vault import policy
from ipx.vault.age_header import check_small_file
from ipx.vault.browser_models import BrowserSealRow, HandOverRow
from ipx.vault.browser_seal import LARGEST_IDENTITY, LARGEST_OPENING, read_base64, read_recipients
from ipx.vault.recipients import Recipients
from ipx.vault.records import Document, Grant, HandOver

WAITING = (
    "The key of this document was not handed over yet: it was sealed in a browser of its owner, and we do not have it. "
    "The owner was told, and hands it over from his browser."
)


class HandOvers:
    """The sealed keys of documents."""

    def __init__(self, *, recipients: Recipients, notices: NoticeService, audit: AuditService, clock: Clock) -> None:
        self._recipients = recipients
        self._notices = notices
        self._audit = audit
        self._clock = clock

    def key_for(self, session: Session, *, document: Document, organisation_id: str) -> bytes | None:
        """Return the age file of the version's key for an organisation, None while there is none."""
        if organisation_id == document.organisation_id:
            seal = session.get(BrowserSealRow, document.id)
            return seal.identity if seal else None
        row = session.get(HandOverRow, (document.id, organisation_id))
        return row.identity if row else None

    def opening_of(self, session: Session, *, document_id: str) -> bytes | None:
        """Return the age file of the stamp's receipt, which is for the owner alone. None once it was erased."""
        seal = session.get(BrowserSealRow, document_id)
        return seal.opening if seal else None

    def check_handed_over(self, session: Session, *, document: Document, organisation_id: str) -> None:
        """Raise Conflict while an organisation has no key of a document."""
        if document.erased_at is not None:
            raise Conflict("This document was erased: nobody can open it any more.")
        if self.key_for(session, document=document, organisation_id=organisation_id) is None:
            raise Conflict(WAITING)

    def note_waiting(self, session: Session, *, document: Document, organisation_id: str) -> None:
        """Tell owner and reader that a key has to be handed over, if one has. Of other documents nothing is told."""
        if not document.is_browser_sealed:
            return
        if self.key_for(session, document=document, organisation_id=organisation_id) is not None:
            return
        self._notices.tell(
            session,
            organisation_id=document.organisation_id,
            subject=_("A key has to be handed over: %(name)s", name=document.file_name),
            body=_("It was granted to another organisation. One of you hands it over on its page, with a key file."),
            link=f"/documents/{document.id}/hand-over",
        )
        self._notices.tell(
            session,
            organisation_id=organisation_id,
            subject=_("Access is pending: %(name)s", name=document.file_name),
            body=_(
                "Its owner has to hand the key over from a browser. Your organisation needs a recipient of its own."
            ),
            link=f"/documents/{document.id}",
        )

    def waiting(self, session: Session, *, document: Document, grants: Sequence[Grant]) -> list[str]:
        """Return the organisations with an open grant and no key, in order."""
        now = self._clock.now()
        others = {one.organisation_id for one in grants if one.is_open(now)} - {document.organisation_id}
        return sorted(one for one in others if self.key_for(session, document=document, organisation_id=one) is None)

    def hand_over(
        self,
        session: Session,
        *,
        actor: Actor,
        document: Document,
        grants: Sequence[Grant],
        organisation_id: str,
        identity: str,
        recipients: Sequence[str],
    ) -> HandOver:
        """Keep the version's key as the owner's browser sealed it (base64) for a reader's recipients, and tell them.

        A later hand-over takes the earlier one's place. Raises NotFound, Forbidden, Invalid (no age file, no reader),
        Conflict (erased, unreviewed, the recipients have changed).
        """
        policy.check_may_grant(actor, document)
        self.check_handed_over(session, document=document, organisation_id=document.organisation_id)
        policy.check_is_reviewed(document)
        now = self._clock.now()
        if not any(one.is_open(now) and one.organisation_id == organisation_id for one in grants):
            raise Invalid("This organisation may not read the document: grant it first.")
        named = read_recipients(list(recipients))
        self._recipients.check_are_active(session, organisation_id=organisation_id, recipients=named)
        sealed = read_base64(identity, name="identity")
        check_small_file(sealed, recipients=len(named), most=LARGEST_IDENTITY)
        row = session.merge(
            HandOverRow(
                document_id=document.id,
                organisation_id=organisation_id,
                identity=sealed,
                recipients=named,
                made_at=now,
                made_by=actor.person_id,
            )
        )
        session.flush()
        self._audit.record(
            session,
            action="document:key:handed_over",
            by=actor.by,
            subject_kind="document",
            subject_id=document.id,
            details={"organisation": organisation_id, "recipients": named},
        )
        self._notices.tell(
            session,
            organisation_id=organisation_id,
            subject=_("The key was handed over: %(name)s", name=document.file_name),
            body=_("It opens in your browser with a key file of your organisation."),
            link=f"/documents/{document.id}",
        )
        return _hand_over(row)

    def has_other_recipients(self, session: Session, *, document: Document) -> bool:
        """Tell whether the owner's active recipients are others than those that the document is sealed for: a newer one
        cannot open it, or a retired one still can."""
        seal = session.get(BrowserSealRow, document.id)
        if seal is None or seal.identity is None:
            return False
        active = self._recipients.active(session, document.organisation_id)
        return bool(active) and set(active) != set(seal.recipients)

    def reseal(
        self,
        session: Session,
        *,
        actor: Actor,
        document: Document,
        identity: str,
        opening: str,
        recipients: Sequence[str],
    ) -> None:
        """Keep key and opening (base64) as the owner's browser sealed them for the recipients that are active now.

        A recipient that is not among them any more can open nothing that is delivered from now on. Raises NotFound,
        Forbidden, Invalid (no age files), Conflict (erased, the recipients have changed).
        """
        policy.check_may_grant(actor, document)
        self.check_handed_over(session, document=document, organisation_id=document.organisation_id)
        named = read_recipients(list(recipients))
        self._recipients.check_are_active(session, organisation_id=document.organisation_id, recipients=named)
        sealed, opened = read_base64(identity, name="identity"), read_base64(opening, name="opening")
        check_small_file(sealed, recipients=len(named), most=LARGEST_IDENTITY)
        check_small_file(opened, recipients=len(named), most=LARGEST_OPENING)
        seal = session.get_one(BrowserSealRow, document.id, with_for_update=True)
        seal.identity, seal.opening, seal.recipients = sealed, opened, named
        session.flush()
        self._audit.record(
            session,
            action="document:key:resealed",
            by=actor.by,
            subject_kind="document",
            subject_id=document.id,
            details={"recipients": named},
        )

    def of(self, session: Session, *, document_id: str, organisation_ids: Sequence[str]) -> dict[str, HandOver]:
        """Return what was handed over to these organisations, by organisation."""
        rows = [session.get(HandOverRow, (document_id, one)) for one in organisation_ids]
        return {row.organisation_id: _hand_over(row) for row in rows if row is not None}


def _hand_over(row: HandOverRow) -> HandOver:
    return HandOver(row.organisation_id, row.made_at, row.made_by, is_open=row.identity is not None)
