"""Records of title on the chain: signed for the holder, queued, and followed until they are final.

A record transfers nothing by itself. It must never sign again what may still be mined: a new attempt begins only
when the contract has refused the one before for good.
"""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.ports import Clock, Entropy
from ipx.core.typed_data import ZERO_WORD
from ipx.db.events import Events
from ipx.evidence.service import EvidenceService
from ipx.technologies.events import TitleRegistered
from ipx.technologies.models import RightRow, TitleRow
from ipx.technologies.records import Title
from ipx.technologies.rights import draft_of
from ipx.technologies.rules import EvidenceLevel, TitleState
from ipx.technologies.title_acts import (
    MOVE,
    REGISTER,
    SUBSTANTIATE,
    Message,
    act_key,
    data_of,
    deadline_from,
    queue,
    substantiation_message,
)
from ipx.technologies.title_record import record_bytes, token_id
from ipx.vault.service import VaultService


class Titles:
    """The records of title of rights."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        chain: ChainService,
        evidence: EvidenceService,
        vault: VaultService,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._accounts = accounts
        self._chain = chain
        self._evidence = evidence
        self._vault = vault
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy

    def register(self, session: Session, *, actor: Actor, right: RightRow) -> None:
        """Sign and queue the first record of a right; nothing happens when there is one that was not refused."""
        known = session.get(TitleRow, right.id)
        if known is not None and known.state != TitleState.FAILED:
            return
        account = self._accounts.account_of(session, actor.organisation_id)
        record = record_bytes(draft_of(right), right_id=right.id, technology_id=right.technology_id)
        salt, instrument = self._entropy.token(32), self._instrument(session, right)
        token = token_id(record, salt=salt, holder=account.address)
        attempt = known.attempt + 1 if known else 1
        message: dict[str, Json] = {
            "holder": account.address,
            "title": str(token),
            "evidence": str(right.evidence),
            "document": instrument,
            "deadline": str(deadline_from(self._clock.now())),
        }
        key = f"title:{right.id}" if attempt == 1 else f"title:{right.id}:{attempt}"
        transaction = self._submit(session, account.id, REGISTER, message, key)
        row = known or TitleRow(right_id=right.id, technology_id=right.technology_id, acts=0, act_pending=False)
        row.account_id, row.holder, row.token = account.id, account.address, f"{token:064x}"
        row.record, row.wrapped_salt = record.decode(), self._wrapped(session, actor, right.id, attempt, salt)
        row.state, row.attempt, row.transaction_id = TitleState.PENDING, attempt, transaction
        row.evidence, row.instrument = right.evidence, instrument
        row.failure, row.registered_at = None, self._clock.now()
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="right:title:signed",
            by=actor.by,
            subject_kind="right",
            subject_id=right.id,
            details={"token": row.token, "holder": row.holder, "evidence": row.evidence, "transaction": transaction},
        )

    def substantiate(self, session: Session, *, right: RightRow) -> None:
        """Bring better evidence to the chain, one act at a time; what comes meanwhile follows after the act.

        A title that a wallet holds waits for that wallet's signature: nothing here can sign in its stead.
        """
        title = session.get(TitleRow, right.id)
        if title is None or not self._lacks_evidence(session, right, title):
            return
        if title.holder != self._accounts.address_of(session, account_id=title.account_id):
            return
        message = self._substantiation(session, right, title, deadline_from(self._clock.now()))
        self._submit(session, title.account_id, SUBSTANTIATE, message, act_key(session, self._chain, title))
        title.act_pending = True
        session.flush()

    def to_substantiate(self, session: Session, *, right: RightRow, deadline: int) -> Message | None:
        """Return what a wallet that holds the title would sign to bring better evidence; None where none is lacking."""
        title = session.get(TitleRow, right.id)
        if title is None or not self._lacks_evidence(session, right, title):
            return None
        return self._substantiation(session, right, title, deadline)

    def of(self, session: Session, technology_ids: list[str]) -> list[Title]:
        """Return the titles of these technologies."""
        query = select(TitleRow).where(TitleRow.technology_id.in_(technology_ids)).order_by(TitleRow.registered_at)
        return [title_of(row) for row in session.scalars(query)]

    # ── what the chain tells ─────────────────────────────────────────────────────────────────────

    def on_mined(self, session: Session, event: TransactionMined | TransactionFinal) -> None:
        """A record, or better evidence for one, is in a block; what was waiting for that follows."""
        title = self._act_mined(session, event) if event.purpose == SUBSTANTIATE else self._registered(session, event)
        if title is not None:
            self.substantiate(session, right=session.get_one(RightRow, title.right_id))

    def on_reorged(self, session: Session, event: TransactionReorged) -> None:
        """The block vanished; the record waits again."""
        title = self._registering(session, event.purpose, event.transaction_id)
        if title is not None:
            title.state = TitleState.PENDING
            session.flush()

    def on_failed(self, session: Session, event: TransactionFailed) -> None:
        """The contract refused: say so, and let the holder try again."""
        title = self._registering(session, event.purpose, event.transaction_id)
        if title is not None:
            title.state = TitleState.FAILED
        elif event.purpose in (SUBSTANTIATE, MOVE):
            title = self._acting(session, event.key)
            if title is not None:
                title.act_pending = False
        if title is None:
            return
        title.failure = event.reason
        session.flush()
        self._audit.record(
            session,
            action="right:title:refused",
            by=THE_EXCHANGE,
            subject_kind="right",
            subject_id=title.right_id,
            details={"transaction": event.transaction_id},
        )

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _registered(self, session: Session, event: TransactionMined | TransactionFinal) -> TitleRow | None:
        title = self._registering(session, event.purpose, event.transaction_id)
        if title is None:
            return None
        first_time = title.block_number is None
        title.state = TitleState.FINAL if isinstance(event, TransactionFinal) else TitleState.INCLUDED
        title.block_number = event.block_number
        title.block_time = datetime.fromtimestamp(event.block_time, UTC)
        session.flush()
        if first_time:
            told = TitleRegistered(title.technology_id, title.right_id, int(title.token, 16))
            self._events.publish(session, told)
        return title

    def _act_mined(self, session: Session, event: TransactionMined | TransactionFinal) -> TitleRow | None:
        title = self._acting(session, event.key)
        if title is None:
            return None  # told before
        message = self._chain.transaction(session, event.transaction_id).arguments[0]
        assert isinstance(message, dict)
        title.evidence, title.instrument = int(message["evidence"]), str(message["document"])
        title.acts, title.act_pending, title.failure = title.acts + 1, False, None
        session.flush()
        return title

    def _acting(self, session: Session, key: str) -> TitleRow | None:
        """Return the title whose next act a key names; None where the chain has gone beyond it, after a
        rectification or a restore, and another act may be under way."""
        _, right_id, _, number, *_ = key.split(":")
        title = session.get(TitleRow, right_id)
        return title if title is not None and title.acts == int(number) else None

    def _registering(self, session: Session, purpose: str, transaction_id: str) -> TitleRow | None:
        if purpose != REGISTER:
            return None
        return session.scalar(select(TitleRow).where(TitleRow.transaction_id == transaction_id))

    def _instrument(self, session: Session, right: RightRow) -> str:
        """Return the salted commitment of the attached instrument, 32 zero bytes without one; as 0x-string."""
        if right.instrument_document_id is None:
            return ZERO_WORD
        document = self._vault.document(session, document_id=right.instrument_document_id)
        return "0x" + self._evidence.get_stamp(session, document.stamp_id).commitment.hex()

    def _lacks_evidence(self, session: Session, right: RightRow, title: TitleRow) -> bool:
        """Tell whether the chain could be told better evidence now."""
        if title.state not in (TitleState.INCLUDED, TitleState.FINAL) or title.act_pending:
            return False
        is_known = (title.evidence, title.instrument) == (right.evidence, self._instrument(session, right))
        return right.evidence != EvidenceLevel.DECLARED and not is_known

    def _substantiation(self, session: Session, right: RightRow, title: TitleRow, deadline: int) -> Message:
        document = self._instrument(session, right)
        return substantiation_message(title, evidence=right.evidence, document=document, deadline=deadline)

    def _submit(self, session: Session, account_id: str, act: str, message: dict[str, Json], key: str) -> str:
        signature = self._accounts.sign(session, account_id=account_id, data=data_of(self._chain, act, message))
        return queue(session, self._chain, act, message, signature, key=key)

    def _wrapped(self, session: Session, actor: Actor, right_id: str, attempt: int, salt: bytes) -> bytes:
        return self._accounts.wrap(
            session, organisation_id=actor.organisation_id, secret=salt, context=f"title-salt/{right_id}/{attempt}"
        )


def title_of(row: TitleRow) -> Title:
    """Return a row as the room hands it out."""
    return Title(
        right_id=row.right_id,
        technology_id=row.technology_id,
        token=int(row.token, 16),
        holder=row.holder,
        state=TitleState(row.state),
        evidence=EvidenceLevel(row.evidence),
        transaction_id=row.transaction_id,
        block_number=row.block_number,
        block_time=row.block_time,
        failure=row.failure,
        registered_at=row.registered_at,
    )
