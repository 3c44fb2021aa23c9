"""The second clock: a time stamp of an RFC 3161 authority over each batch's root, renewed before it runs out.

It must never keep a stamp that does not verify against the operator's own roots, nor change one that was kept.
"""

import base64
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.errors import Tampered, Unavailable
from ipx.core.ports import Clock, TimeStampAuthority
from ipx.db.durable import Durable, Workflow
from ipx.evidence.events import BatchFrozen
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.models import BatchRow, TimeStampRow
from ipx.evidence.records import ClockView
from ipx.evidence.time_stamps import TimeStamps, are_apart, chain_of, revocation_addresses, verify_time_stamps

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

TIME_STAMP = "evidence.time_stamp_batch"
RENEW_BEFORE = timedelta(days=180)
LARGEST_CRL = 200_000  # bytes; a bundle must stay small, and lists of public authorities can be megabytes
_AT_ONCE = 200
log = logging.getLogger("ipx.evidence")


@dataclass(frozen=True)
class Obtained:
    """What a step brings home: all of it text, as the runtime keeps it."""

    response: str
    certificates: list[str]
    crls: list[str]
    time: str
    holds_until: str
    authority: str


class SecondClock:
    """Asks for stamps and keeps them. Without an authority in the settings it does nothing."""

    def __init__(
        self,
        *,
        durable: Durable,
        audit: AuditService,
        clock: Clock,
        authority: TimeStampAuthority | None,
        roots: Sequence["Certificate"],
        qualified: str | None,
    ) -> None:
        self._durable = durable
        self._audit = audit
        self._clock = clock
        self._authority = authority
        self._roots = roots
        self._qualified = qualified

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {TIME_STAMP: self.time_stamp_batch}

    # ── when one is due ──────────────────────────────────────────────────────────────────────────

    def on_batch_frozen(self, session: Session, event: BatchFrozen) -> None:
        """Listener: the root will not change any more, so it can be stamped at once."""
        if self._authority is not None:
            self._ask_for(session, event.batch_id, 0)

    def ask_for_due(self, session: Session) -> bool:
        """Ask for renewals, and for batches from before there was an authority. True: there may be more."""
        if self._authority is None:
            return False
        stamped = select(TimeStampRow.batch_id)
        missing = (
            select(BatchRow.id)
            .where(IS_FROZEN, BatchRow.id.not_in(stamped))
            .order_by(BatchRow.sequence)
            .limit(_AT_ONCE)
        )
        due = [(batch_id, 0) for batch_id in session.scalars(missing)]
        newer = aliased(TimeStampRow)
        renewed = exists().where(newer.batch_id == TimeStampRow.batch_id, newer.number > TimeStampRow.number)
        ending = select(TimeStampRow.batch_id, TimeStampRow.number).where(
            TimeStampRow.holds_until < self._clock.now() + RENEW_BEFORE, ~renewed
        )
        due += [(batch_id, number + 1) for batch_id, number in session.execute(ending.limit(_AT_ONCE))]
        for batch_id, number in due:
            self._ask_for(session, batch_id, number)
        return len(due) >= _AT_ONCE

    def _ask_for(self, session: Session, batch_id: str, number: int) -> None:
        self._durable.enqueue(session, TIME_STAMP, batch_id, str(number), key=f"{batch_id}:{number}")

    # ── the flow ─────────────────────────────────────────────────────────────────────────────────

    def time_stamp_batch(self, batch_id: str, number: str) -> None:
        """Have root or former stamp stamped, again and again while the authority is away, and keep what it gave."""
        obtained = self._durable.outside(self._obtain, batch_id, int(number))
        if obtained is not None:
            self._durable.transaction(self._keep, batch_id, int(number), obtained)

    def _obtain(self, batch_id: str, number: int) -> Obtained | None:
        with self._durable.reading() as session:
            if session.get(TimeStampRow, (batch_id, number)) is not None:
                return None
            data = self._data(session, batch_id, number)
        if self._authority is None:
            raise Unavailable("No time-stamp authority is set (IPX_TSA_URL).")
        response = self._authority.stamp(data)
        try:
            chain = chain_of(response, self._roots, self._roots)
            crls = [crl for crl in map(self._revocations, chain[:-1]) if crl]
            stamps = TimeStamps([response], [_der(one) for one in chain], crls)
            (reading,) = verify_time_stamps(stamps, data, self._roots)
        except Tampered as error:
            # Whatever is wrong over there, or with the roots here: an operator can mend it, and nothing is lost.
            raise Unavailable(f"The authority's stamp is of no use: {error.message}") from error
        return Obtained(
            response=_text(response),
            certificates=[_text(_der(one)) for one in chain],
            crls=[_text(crl) for crl in crls],
            time=reading.time.isoformat(),
            holds_until=reading.holds_until.isoformat(),
            authority=reading.authority,
        )

    def _revocations(self, certificate: "Certificate") -> bytes | None:
        assert self._authority is not None
        for address in revocation_addresses(certificate):
            crl = self._authority.revocation_list(address)
            if len(crl) <= LARGEST_CRL:
                return crl
            log.warning("the revocation list at %s has %d bytes; it is left out", address, len(crl))
        return None

    def _keep(self, session: Session, batch_id: str, number: int, obtained: Obtained) -> None:
        if session.get(TimeStampRow, (batch_id, number)) is not None:
            return
        row = TimeStampRow(
            batch_id=batch_id,
            number=number,
            response=_bytes(obtained.response),
            certificates=json.dumps(obtained.certificates),
            crls=json.dumps(obtained.crls),
            time=datetime.fromisoformat(obtained.time),
            holds_until=datetime.fromisoformat(obtained.holds_until),
            authority=obtained.authority,
            qualified=self._qualified,
            created_at=self._clock.now(),
        )
        session.add(row)
        self._audit.record(
            session,
            action="evidence:batch:time_stamped",
            by=THE_EXCHANGE,
            subject_kind="batch",
            subject_id=batch_id,
            details={"number": number, "time": obtained.time},
        )

    def _data(self, session: Session, batch_id: str, number: int) -> bytes:
        if number == 0:
            return session.scalars(select(BatchRow.root).where(BatchRow.id == batch_id)).one()
        return session.get_one(TimeStampRow, (batch_id, number - 1)).response

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def stamps_of(self, session: Session, *, batch_id: str) -> TimeStamps | None:
        """Return what a bundle carries of a batch's stamps."""
        rows = self._rows(session, batch_id)
        return _stamps(rows) if rows else None

    def find_view(self, session: Session, *, batch_id: str) -> ClockView | None:
        """Return what people are told of a batch's stamps."""
        rows = self._rows(session, batch_id)
        if not rows:
            return None
        block_time = session.scalars(select(BatchRow.block_time).where(BatchRow.id == batch_id)).one()
        return ClockView(
            time=rows[0].time,
            authority=rows[0].authority,
            qualified=rows[0].qualified,
            holds_until=rows[-1].holds_until,
            renewals=len(rows) - 1,
            disagrees=block_time is not None and are_apart(rows[0].time, block_time),
        )

    def _rows(self, session: Session, batch_id: str) -> Sequence[TimeStampRow]:
        query = select(TimeStampRow).where(TimeStampRow.batch_id == batch_id).order_by(TimeStampRow.number)
        return session.scalars(query).all()


def _stamps(rows: Sequence[TimeStampRow]) -> TimeStamps:
    """Join what the rows hold; a certificate or list that several of them have is carried once."""
    certificates = [text for row in rows for text in json.loads(row.certificates)]
    crls = [text for row in rows for text in json.loads(row.crls)]
    return TimeStamps(
        [row.response for row in rows],
        [_bytes(text) for text in dict.fromkeys(certificates)],
        [_bytes(text) for text in dict.fromkeys(crls)],
    )


def _der(certificate: "Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.DER)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
