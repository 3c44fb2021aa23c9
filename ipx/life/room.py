"""What all parts of this room share: the lock of a life, its steps, its timer, and how both sides are told."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.chain.service import ChainService
from ipx.contests.service import ContestService
from ipx.core.canonical import Json
from ipx.core.ports import Clock, Entropy
from ipx.licences.records import Licence
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.terms_v2.versions import read_any
from ipx.life.folding import Life, due_steps, fold
from ipx.life.models import BEFORE_ALL, LifeRow, StepRow
from ipx.life.rows import step_of
from ipx.life.rules import Kind
from ipx.notices.service import NoticeService
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.wallets.service import WalletService
from ipx.web.translating import Text, paragraphs

TOLD_BY_MAIL = (Role.LICENSING_MANAGER, Role.OWNER)


class LifeRoom:
    """Tools and rows. Whoever takes a step holds the lock of its licence."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        accounts: AccountService,
        chain: ChainService,
        contests: ContestService,
        licences: LicenceService,
        technologies: TechnologyService,
        vault: VaultService,
        wallets: WalletService,
        notices: NoticeService,
        public_url: str,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._chain = chain
        self._contests = contests
        self._licences = licences
        self._technologies = technologies
        self._vault = vault
        self._wallets = wallets
        self._notices = notices
        self._public_url = public_url

    def _lock(self, session: Session, licence: Licence) -> LifeRow:
        """Let nobody else take a step of this licence until the transaction ends; its life begins if it has none."""
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(LifeRow).values(licence_id=licence.id).on_conflict_do_nothing())
        row = session.get_one(LifeRow, licence.id, with_for_update=True, populate_existing=True)
        if not self._rows(session, licence.id):
            at = licence.activated_at or self._clock.now()
            self._add(session, licence, By(), kind=Kind.BEGAN, at=at, until=licence.term_ends_at)
            self._wind(session, row, licence)
        return row

    def _rows(self, session: Session, licence_id: str) -> list[StepRow]:
        query = select(StepRow).where(StepRow.licence_id == licence_id).order_by(StepRow.number)
        return list(session.scalars(query))

    def _life(self, session: Session, licence_id: str) -> Life:
        return fold(step_of(row) for row in self._rows(session, licence_id))

    def _add(self, session: Session, licence: Licence, by: By, *, kind: Kind, **values: Any) -> StepRow:
        """Write a step down, with its line in the audit log: ids, numbers and moments, never what people wrote."""
        count = session.scalar(select(func.count()).where(StepRow.licence_id == licence.id)) or 0
        now = self._clock.now()
        row = StepRow(
            licence_id=licence.id,
            number=count,
            kind=kind,
            person_id=by.person_id,
            recorded_at=now,
            attempt=0,
            **{"id": self._entropy.new_id(), "at": now, "words": "", **values},
        )
        session.add(row)
        session.flush()
        details: dict[str, Json] = {"step": row.id, "number": row.number}
        for name in ("ground", "proposal", "outcome", "answers", "side", "duty"):
            if getattr(row, name) is not None:
                details[name] = str(getattr(row, name))
        for name in ("at", "due", "until"):
            if getattr(row, name) is not None:
                details[name] = getattr(row, name).isoformat()
        self._note(session, licence, f"licence:life:{kind.replace('-', '_')}", by, details)
        return row

    def _wind(self, session: Session, row: LifeRow, licence: Licence) -> None:
        """Set the timer to what follows next, and let somebody look at once whether that changes what is due."""
        coming = due_steps(self._life(session, licence.id), terms_of(licence))
        row.next_due = coming[0].at if coming else None
        row.next_reminder = BEFORE_ALL
        session.flush()

    def _note(self, session: Session, licence: Licence, action: str, by: By, details: Mapping[str, Json]) -> None:
        self._audit.record(
            session,
            action=action,
            by=by,
            subject_kind="licence",
            subject_id=licence.id,
            details={"technology": licence.technology_id, **details},
        )

    def _tell_both(self, session: Session, licence: Licence, subject: Text, body: Text) -> None:
        """Tell both sides in the page and by mail; a mail names the technology and says nothing of the terms."""
        for organisation_id in (licence.licensor_id, licence.licensee_id):
            self._tell_side(session, licence, organisation_id, subject, body)

    def _tell_side(
        self, session: Session, licence: Licence, organisation_id: str, subject: Text, body: Text, path: str = ""
    ) -> None:
        path = path or f"/licences/{licence.id}/life"
        title = _("%(what)s: %(title)s", what=subject, title=licence.technology_title)
        self._notices.tell(session, organisation_id=organisation_id, subject=title, body=body, link=path)
        for member in self._accounts.members(session, organisation_id):
            if member.is_verified and member.roles & set(TOLD_BY_MAIL):
                text = paragraphs(body, f"{self._public_url}{path}")
                self._notices.mail(session, to=member.email, subject=title, body=text)


def terms_of(licence: Licence) -> LicenceTerms:
    """Return the terms of a licence as the newest version."""
    return read_any(licence.terms.to_json())
