"""What all parts of the accounts' door share: their tools, and the few look-ups that each needs."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.models import MembershipRow, OrganisationRow, PersonRow
from ipx.accounts.passwords import Passwords
from ipx.audit.service import AuditService, By
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy, KeyVault, Signer
from ipx.db.events import Events


class AccountRoom:
    """Tools and look-ups."""

    def __init__(
        self,
        *,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        keys: KeyVault,
        signer: Signer,
        passwords: Passwords,
    ) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._keys = keys
        self._signer = signer
        self._passwords = passwords

    def _person_of(self, session: Session, email: str, *, lock: bool = False) -> PersonRow | None:
        query = select(PersonRow).where(PersonRow.email == email)
        return session.scalar(query.with_for_update() if lock else query)

    def _memberships(self, session: Session, person_id: str) -> list[MembershipRow]:
        query = select(MembershipRow).where(MembershipRow.person_id == person_id)
        return list(session.scalars(query.order_by(MembershipRow.created_at, MembershipRow.organisation_id)))

    def _organisation_row(self, session: Session, organisation_id: str, *, lock: bool = False) -> OrganisationRow:
        # Without touching the key: rows that only name the organisation need not wait.
        row = session.get(OrganisationRow, organisation_id, with_for_update={"key_share": True} if lock else None)
        if row is None:
            raise NotFound("There is no such organisation.")
        return row

    def _record_person(
        self,
        session: Session,
        action: str,
        person_id: str,
        *,
        by: By | None = None,
        details: dict[str, Json] | None = None,
    ) -> None:
        self._audit.record(
            session,
            action=action,
            by=by or By(person_id=person_id),
            subject_kind="person",
            subject_id=person_id,
            details=details,
        )


def hash_token(token: str) -> str:
    """Return what is stored of a bearer secret: its SHA-256 in hex. Enough, since the token has 256 random bits."""
    return hashlib.sha256(token.encode()).hexdigest()
