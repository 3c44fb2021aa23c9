"""A rectification of the register as its row, its signatures and the mirrored events tell it. It decides nothing."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.chain.service import ChainService, EventView, TransactionState, TransactionView
from ipx.core.canonical import Json
from ipx.core.typed_data import TypedData
from ipx.titles.models import RegisterRectificationRow, RegisterSignatureRow
from ipx.titles.register import REGISTRY
from ipx.titles.rules import Basis, RegisterAct, RegisterState

CONTRACT_STATES = {"Rectified": RegisterState.RECTIFIED, "RectificationWithdrawn": RegisterState.WITHDRAWN}


@dataclass(frozen=True)
class OnChain:
    """What the mirror says of a rectification: its announcement, its end, and the transaction of ours sent last."""

    announced: EventView | None
    ended: EventView | None
    sent: TransactionView | None

    @property
    def is_under_way(self) -> bool:
        """Tell whether something of ours may still be mined, or may still vanish."""
        return self.sent is not None and self.sent.state not in (TransactionState.FINAL, TransactionState.FAILED)

    @property
    def failure(self) -> str | None:
        """Return why the contract refused what was sent last."""
        refused = self.sent is not None and self.sent.state is TransactionState.FAILED
        return (self.sent.note or "") if refused and self.sent is not None else None

    @property
    def not_before(self) -> datetime | None:
        """Return the end of the public delay, None before it began."""
        said = self.announced
        return None if said is None else datetime.fromtimestamp(int(said.arguments["notBefore"]), UTC)


def data_of(row: RegisterRectificationRow) -> TypedData:
    """Return what rectifiers sign."""
    message: dict[str, Json] = {
        "title": str(int(row.token, 16)),
        "to": row.to_address,
        "basis": str(list(Basis).index(Basis(row.basis)) + 1),
        "document": row.document,
        "nonce": str(row.nonce),
        "deadline": str(row.deadline),
    }
    return TypedData("Rectification", message, row.chain_id, row.contract)


def signatures_of(session: Session, row: RegisterRectificationRow) -> list[RegisterSignatureRow]:
    """Return the signatures in the order of addresses, which is the order that the contract asks for."""
    query = select(RegisterSignatureRow).where(RegisterSignatureRow.rectification_id == row.id)
    return sorted(session.scalars(query), key=lambda each: int(each.rectifier, 16))


def on_chain(
    session: Session, chain: ChainService, row: RegisterRectificationRow, *, final_only: bool = False
) -> OnChain:
    """Return what the mirror says."""
    title = int(row.token, 16)

    def find(event: str, subject: int | str) -> EventView | None:
        found = chain.events_of(session, contract=REGISTRY, event=event, subject=subject, final_only=final_only)
        return next((each for each in found if str(each.arguments["digest"]).lower() == row.digest), None)

    return OnChain(
        announced=find("RectificationProposed", title),
        ended=find("Rectified", title) or find("RectificationWithdrawn", row.digest),
        sent=chain.transaction(session, row.transaction_id) if row.transaction_id else None,
    )


def state_of(row: RegisterRectificationRow, seen: OnChain) -> RegisterState:
    """Return how far it is. An end counts for ever once its block is final; until then it is *sent*."""
    if row.settled_as is not None:
        return RegisterState(row.settled_as)
    if seen.ended is not None or (seen.is_under_way and row.sent_act == RegisterAct.CARRY_OUT):
        return RegisterState.SENT
    if seen.announced is not None:
        return RegisterState.ANNOUNCED
    return RegisterState.PROPOSED if row.sent_act is None else RegisterState.ANNOUNCING
