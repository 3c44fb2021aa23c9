"""The public keys for which an organisation's browsers seal documents: made, proven, retired.

The secret half is made in a browser and is never here. It must never call a key active before somebody has opened,
with the kept key file, what only that key opens.
"""

import hashlib
import hmac
import io
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role, clean_name
from ipx.audit.service import AuditService
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.vault import sealing
from ipx.vault.browser_models import RecipientRow
from ipx.vault.browser_seal import MOST_RECIPIENTS

KEEPERS = (Role.OWNER,)


@dataclass(frozen=True)
class Recipient:
    """A public key (``age1…``). ``challenge``: the age file that its key file opens to prove that it was kept."""

    id: str
    organisation_id: str
    recipient: str
    label: str
    challenge: bytes | None
    made_at: datetime
    made_by: str
    proven_at: datetime | None
    retired_at: datetime | None

    @property
    def is_active(self) -> bool:
        """True when new documents are sealed for it."""
        return self.proven_at is not None and self.retired_at is None


class Recipients:
    """The recipients of organisations."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def make(self, session: Session, *, actor: Actor, recipient: str, label: str) -> Recipient:
        """Keep a public key that an owner's browser has made; it is active once it is proven.

        The same key again is the same recipient. Raises Forbidden, Invalid (a secret key, no key, the label),
        Conflict (too many).
        """
        _check_may_keep(actor)
        public = sealing.check_recipient(recipient)
        known = session.scalar(
            select(RecipientRow).where(
                RecipientRow.organisation_id == actor.organisation_id, RecipientRow.recipient == public
            )
        )
        if known is not None:
            return _recipient(known)
        if sum(one.retired_at is None for one in self.of(session, actor.organisation_id)) >= MOST_RECIPIENTS:
            raise Conflict(f"An organisation has {MOST_RECIPIENTS} recipients at most. Retire one first.")
        answer = self._entropy.token(32)
        row = RecipientRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            recipient=public,
            label=clean_name(label, field="label"),
            challenge=_sealed(answer.hex().encode(), public),
            answer_sha256=hashlib.sha256(answer.hex().encode()).digest(),
            made_at=self._clock.now(),
            made_by=actor.person_id,
        )
        session.add(row)
        session.flush()
        self._record(session, "made", actor, row)
        return _recipient(row)

    def prove(self, session: Session, *, actor: Actor, recipient_id: str, answer: str) -> None:
        """Make a recipient active: ``answer`` is what its challenge holds. A repeat changes nothing.

        Raises Forbidden, NotFound, Invalid (another answer), Conflict (retired).
        """
        row = self._own(session, actor, recipient_id)
        if row.retired_at is not None:
            raise Conflict("This recipient is retired. Make a new one.")
        if row.proven_at is not None:
            return
        if not hmac.compare_digest(hashlib.sha256(answer.encode()).digest(), row.answer_sha256 or b""):
            raise Invalid("This is not what the key file opens. Drop the key file of this recipient.", field="answer")
        row.proven_at = self._clock.now()
        row.challenge = row.answer_sha256 = None
        session.flush()
        self._record(session, "proven", actor, row)

    def retire(self, session: Session, *, actor: Actor, recipient_id: str) -> None:
        """Seal nothing more for a recipient; what was sealed for it opens with its key file still. Repeatable.

        Raises Forbidden, NotFound.
        """
        row = self._own(session, actor, recipient_id)
        if row.retired_at is not None:
            return
        row.retired_at = self._clock.now()
        row.challenge = row.answer_sha256 = None
        session.flush()
        self._record(session, "retired", actor, row)

    def of(self, session: Session, organisation_id: str) -> list[Recipient]:
        """Return all recipients of an organisation, oldest first."""
        query = select(RecipientRow).where(RecipientRow.organisation_id == organisation_id)
        return [_recipient(row) for row in session.scalars(query.order_by(RecipientRow.made_at, RecipientRow.id))]

    def active(self, session: Session, organisation_id: str) -> list[str]:
        """Return the public keys for which is sealed now, in order."""
        return sorted(one.recipient for one in self.of(session, organisation_id) if one.is_active)

    def check_are_active(self, session: Session, *, organisation_id: str, recipients: list[str]) -> None:
        """Raise Conflict unless these are the active recipients, all of them and no other."""
        if not recipients or recipients != self.active(session, organisation_id):
            raise Conflict("The recipients of the organisation have changed meanwhile. Open the page again.")

    def _own(self, session: Session, actor: Actor, recipient_id: str) -> RecipientRow:
        _check_may_keep(actor)
        row = session.get(RecipientRow, recipient_id, with_for_update=True)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such recipient in your organisation.")
        return row

    def _record(self, session: Session, verb: str, actor: Actor, row: RecipientRow) -> None:
        self._audit.record(
            session,
            action=f"organisation:recipient:{verb}",
            by=actor.by,
            subject_kind="organisation",
            subject_id=row.organisation_id,
            details={"recipient": row.id, "key": row.recipient},
        )


def _check_may_keep(actor: Actor) -> None:
    # Not the lab administrators: they see who read what, and are trusted for it because they cannot read themselves.
    if not actor.has(*KEEPERS):
        raise Forbidden("Only an owner of your organisation makes and retires its recipients.")


def _sealed(content: bytes, recipient: str) -> bytes:
    sink = io.BytesIO()
    sealing.encrypt([content], sink, recipient=recipient)
    return sink.getvalue()


def _recipient(row: RecipientRow) -> Recipient:
    return Recipient(
        id=row.id,
        organisation_id=row.organisation_id,
        recipient=row.recipient,
        label=row.label,
        challenge=row.challenge,
        made_at=row.made_at,
        made_by=row.made_by,
        proven_at=row.proven_at,
        retired_at=row.retired_at,
    )
