"""Rectifiers' signatures, and what follows from them: the announcement at once, the rectification after the delay.

Our relayer only carries what rectifiers signed: the contract counts their signatures itself. It must never send an act
again that may still be mined; each attempt has a key of its own, so a crash sends nothing twice.
"""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE, AuditService, By
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.titles import policy
from ipx.titles.models import RegisterRectificationRow, RegisterSignatureRow
from ipx.titles.rectifiers import Rectifiers
from ipx.titles.register import REGISTRY
from ipx.titles.register_rows import CONTRACT_STATES, OnChain, data_of, on_chain, signatures_of, state_of
from ipx.titles.rules import MOST_ATTEMPTS, RegisterAct, RegisterState, SignatureOrigin
from ipx.wallets.service import Proof

PURPOSE = "title:rectify"
FUNCTIONS = {RegisterAct.ANNOUNCE: "proposeRectification", RegisterAct.CARRY_OUT: "rectify"}
_OPEN = (RegisterState.PROPOSED, RegisterState.ANNOUNCING, RegisterState.ANNOUNCED)


class RectifierSignatures:
    """Takes signatures in, and brings what they allow to the chain."""

    def __init__(self, *, audit: AuditService, chain: ChainService, clock: Clock, rectifiers: Rectifiers) -> None:
        self._audit = audit
        self._chain = chain
        self._clock = clock
        self._rectifiers = rectifiers

    def add(
        self, session: Session, *, actor: Actor, rectification_id: str, proof: Proof, origin: SignatureOrigin
    ) -> None:
        """Keep a rectifier's signature; the first one announces the rectification on the chain. Repeatable.

        ``origin`` WALLET is a rectifier at a page of ours; ELSEWHERE and SIMULATED are brought by a lab administrator
        of the organisation. Raises NotFound, Forbidden, Conflict (settled, something else signed, no rectifier).
        """
        row = self._row(session, rectification_id)
        is_rectifier = self._rectifiers.includes(proof.address)
        if origin is SignatureOrigin.WALLET:
            policy.check_may_sign_as_rectifier(actor, organisation_id=row.organisation_id, is_rectifier=is_rectifier)
        else:
            self._check_own(actor, row)
        if not is_rectifier:
            raise Forbidden(f"{proof.address} is no rectifier of the register.")
        if proof.data != data_of(row):
            raise Conflict("What was signed is not this rectification. Open its page again, and sign what it shows.")
        if state_of(row, on_chain(session, self._chain, row)) not in _OPEN:
            raise Conflict("This rectification is under way or settled; it needs no further signature.")
        if session.get(RegisterSignatureRow, (row.id, proof.address)) is not None:
            return
        self._keep(session, actor, row, proof, origin)
        if row.sent_act is None:
            self._send(session, row, RegisterAct.ANNOUNCE)

    def send_again(self, session: Session, *, actor: Actor, rectification_id: str) -> None:
        """Send again what the contract refused. Raises NotFound, Forbidden, Conflict: nothing was refused."""
        row = self._row(session, rectification_id)
        self._check_own(actor, row)
        if row.settled_as is not None or row.sent_act is None:
            raise Conflict("There is nothing to send again; reload the page.")
        if on_chain(session, self._chain, row).failure is None:
            raise Conflict("There is nothing to send again; reload the page.")
        self._send(session, row, RegisterAct(row.sent_act))

    def advance(self, session: Session, *, rectification_id: str) -> bool:
        """Do what has come due for one: carry it out after the delay, or see it settled. True when anything was done.

        What counts is the chain's own time: the contract knows no other.
        """
        row = session.get(RegisterRectificationRow, rectification_id, with_for_update=True)
        now = self._chain.newest_block_time(session)
        if row is None or row.settled_as is not None or now is None:
            return False
        final = on_chain(session, self._chain, row, final_only=True)
        if final.ended is not None:
            self._settle(session, row, CONTRACT_STATES[final.ended.event])
            return True
        if now.timestamp() > row.deadline and not final.is_under_way:
            self._settle(session, row, RegisterState.LAPSED)
            return True
        if self._is_due(session, row, final, now.timestamp()):
            self._send(session, row, RegisterAct.CARRY_OUT)
            return True
        return False

    def open_ids(self, session: Session) -> list[str]:
        """Return all that are not settled, oldest first."""
        table = RegisterRectificationRow
        query = select(table.id).where(table.settled_as.is_(None)).order_by(table.proposed_at, table.id)
        return list(session.scalars(query))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _row(self, session: Session, rectification_id: str) -> RegisterRectificationRow:
        row = session.get(RegisterRectificationRow, rectification_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such rectification.")
        return row

    def _check_own(self, actor: Actor, row: RegisterRectificationRow) -> None:
        if row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such rectification.")
        policy.check_may_ask_for_rectification(actor)

    def _keep(
        self, session: Session, actor: Actor, row: RegisterRectificationRow, proof: Proof, origin: SignatureOrigin
    ) -> None:
        kept = RegisterSignatureRow(
            rectification_id=row.id,
            rectifier=proof.address,
            signature=proof.signature,
            origin=str(origin),
            brought_by=actor.person_id,
            brought_at=self._clock.now(),
        )
        session.add(kept)
        session.flush()
        self._note(session, row, "signed", actor.by, {"rectifier": proof.address, "origin": str(origin)})

    def _is_due(self, session: Session, row: RegisterRectificationRow, final: OnChain, now: float) -> bool:
        if final.not_before is None or now < final.not_before.timestamp() or final.is_under_way:
            return False
        if row.sent_act == RegisterAct.CARRY_OUT and row.attempt >= MOST_ATTEMPTS:
            return False
        return len(signatures_of(session, row)) >= self._rectifiers.rule().threshold

    def _send(self, session: Session, row: RegisterRectificationRow, act: RegisterAct) -> None:
        row.attempt = row.attempt + 1 if row.sent_act == act else 1
        signed = signatures_of(session, row)
        names: list[Json] = [each.rectifier for each in signed]
        hexed: list[Json] = ["0x" + each.signature.hex() for each in signed]
        first = act is RegisterAct.ANNOUNCE
        arguments: list[Json] = [dict(data_of(row).message), names[0] if first else names, hexed[0] if first else hexed]
        row.transaction_id = self._chain.submit(
            session,
            key=f"rectification:{row.id}:{act}:{row.attempt}",
            contract=REGISTRY,
            function=FUNCTIONS[act],
            arguments=arguments,
            purpose=PURPOSE,
        )
        row.sent_act = act
        session.flush()
        details: dict[str, Json] = {"act": str(act), "attempt": row.attempt, "transaction": row.transaction_id}
        self._note(session, row, "sent", THE_EXCHANGE, details)

    def _settle(self, session: Session, row: RegisterRectificationRow, state: RegisterState) -> None:
        row.settled_as, row.settled_at = str(state), self._clock.now()
        session.flush()
        self._note(session, row, str(state), THE_EXCHANGE, {"digest": row.digest})

    def _note(
        self, session: Session, row: RegisterRectificationRow, verb: str, by: By, more: Mapping[str, Json]
    ) -> None:
        self._audit.record(
            session,
            action=f"right:register_rectification:{verb}",
            by=by,
            subject_kind="right",
            subject_id=row.right_id,
            details={"rectification": row.id, **more},
        )


def advance(database: Database, signatures: RectifierSignatures) -> bool:
    """The chore: look at every open rectification, each in a transaction of its own. True when anything was done."""
    with database.read() as session:
        waiting = signatures.open_ids(session)
    moved = False
    for rectification_id in waiting:
        with database.write() as session:
            moved |= signatures.advance(session, rectification_id=rectification_id)
    return moved
