"""Alarms of the stores: each begins and ends once, is logged, audited, and mailed to the operator."""

import logging
from datetime import UTC

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.ports import Clock, Entropy
from ipx.notices.service import NoticeService
from ipx.vault.custody_models import StoreAlarmRow
from ipx.vault.custody_rules import AlarmKind, StoreAlarm

logger = logging.getLogger("ipx.vault")

SUBJECTS = {
    AlarmKind.UNREACHABLE: "a document store cannot be used",
    AlarmKind.FILES: "stored documents are missing or damaged",
}
SHOWN = 20


class StoreAlarms:
    """``to`` is the operator's address; without one alarms are shown and logged, but not mailed."""

    def __init__(
        self,
        *,
        audit: AuditService,
        notices: NoticeService,
        clock: Clock,
        entropy: Entropy,
        to: str | None,
        public_url: str,
    ) -> None:
        self._audit = audit
        self._notices = notices
        self._clock = clock
        self._entropy = entropy
        self._to = to
        self._public_url = public_url

    def begin(self, session: Session, store: str, kind: AlarmKind, note: str) -> None:
        """Raise the alarm, or give the one that lasts its present words."""
        row = self._open(session, store, kind)
        if row is not None:
            row.note = note
            return
        row = StoreAlarmRow(
            id=self._entropy.new_id(),
            open_key=f"{kind}/{store}",
            store=store,
            kind=kind,
            note=note,
            began_at=self._clock.now(),
            ended_at=None,
        )
        session.add(row)
        session.flush()
        logger.error("alarm %s %s: %s", kind, store, note)
        self._record(session, row, "begin")
        self._mail(session, f"IPX alarm: {SUBJECTS[kind]}", row)

    def end(self, session: Session, store: str, kind: AlarmKind) -> None:
        """Say that it is over. Harmless when there is none."""
        row = self._open(session, store, kind)
        if row is None:
            return
        row.open_key, row.ended_at = None, self._clock.now()
        session.flush()
        logger.warning("the alarm %s %s is over", kind, store)
        self._record(session, row, "end")
        self._mail(session, f"IPX alarm is over: {SUBJECTS[kind]}", row)

    def newest(self, session: Session) -> list[StoreAlarm]:
        """Return the alarms that last, and the newest of those that are over."""
        query = select(StoreAlarmRow).order_by(StoreAlarmRow.ended_at.is_not(None), StoreAlarmRow.began_at.desc())
        return [
            StoreAlarm(row.store, AlarmKind(row.kind), row.note, row.began_at, row.ended_at)
            for row in session.scalars(query.limit(SHOWN))
        ]

    def _open(self, session: Session, store: str, kind: AlarmKind) -> StoreAlarmRow | None:
        return session.scalar(select(StoreAlarmRow).where(StoreAlarmRow.open_key == f"{kind}/{store}"))

    def _record(self, session: Session, row: StoreAlarmRow, verb: str) -> None:
        details = {"kind": row.kind, "store": row.store}
        self._audit.record(
            session,
            action=f"vault:alarm:{verb}",
            by=THE_EXCHANGE,
            subject_kind="alarm",
            subject_id=row.id,
            details=details,
        )

    def _mail(self, session: Session, subject: str, row: StoreAlarmRow) -> None:
        if self._to:
            since = row.began_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")
            body = (
                f"{row.store}, since {since}: {row.note}.\n\nThe present state: {self._public_url}/operator/custody\n"
            )
            self._notices.mail(session, to=self._to, subject=subject, body=body)
