"""Acts on the chain that a side's own wallet signs: the licensor's where it holds the title and the grant names no
authority, the licensee's where it holds the licence and gives it back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.canonical import Json
from ipx.core.errors import Conflict
from ipx.deals.rules import Side
from ipx.licences.records import Licence
from ipx.life.models import StepRow
from ipx.life.policy import may_act, side_in
from ipx.life.records import ActToSign, Awaited
from ipx.life.rules import Chain, Kind
from ipx.life.signers import Signer
from ipx.life.timers import Timers
from ipx.technologies.events import TitleMoved
from ipx.wallets.service import Proof

_OTHER = "The wallet has signed something else than what is to be done now. Open the page again, and sign."


class WalletActs(Timers):
    """What waits for the wallet, and what it signed."""

    def to_sign(
        self, session: Session, *, actor: Actor, licence_id: str, deadline: int | None = None
    ) -> ActToSign | None:
        """Return the act that waits for a signature of the own wallet of the actor's side; None where none does.

        ``deadline``: that of a page shown before, in seconds since 1970. Raises NotFound, Conflict (too old).
        """
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        found = self._waits_for_wallet(session, licence, side_in(actor, licence))
        if found is None:
            return None
        row, signer = found
        handing = self._handing_of(session, row)
        if handing is not None and self._signed(handing):
            until = int(handing.deadline or 0)  # the other wallet's signature holds for this deadline alone
        else:
            until = self._checked(deadline) if deadline is not None else self._deadline()
        data = self._data_of(session, licence, row, until)
        return ActToSign(step_id=row.id, kind=Kind(row.kind), until=row.until, wallet=signer.address, data=data)

    def sign_with_wallet(self, session: Session, *, actor: Actor, licence_id: str, proof: Proof) -> None:
        """Bring to the chain what the side's own wallet has signed.

        Raises Forbidden, NotFound, Conflict (nothing waits for it, something else was signed, or too long ago).
        """
        licence = self._licences.licence(session, actor=actor, licence_id=licence_id)
        may_act(actor, licence)
        self._lock(session, licence)
        deadline = int(str(proof.data.message["deadline"])) if proof.data else 0
        found = self.to_sign(session, actor=actor, licence_id=licence_id, deadline=deadline)
        if found is None:
            raise Conflict("Nothing waits for a signature of your wallet here any more; reload the page.")
        if proof.data != found.data or proof.address != found.wallet:
            raise Conflict(_OTHER)
        row = session.get_one(StepRow, found.step_id)
        self._take_signature(session, licence, row, found, proof, actor)

    def _take_signature(
        self, session: Session, licence: Licence, row: StepRow, found: ActToSign, proof: Proof, actor: Actor
    ) -> None:
        """Queue an act that one account signs; keep a signature of handing on until all are there."""
        side, block = side_in(actor, licence), proof.block.number if proof.block else None
        handing = self._handing_of(session, row)
        if handing is None:
            signer = Signer(side, found.wallet, "")
            self._queue(session, licence, row, found.data, [signer], [proof.signature], by=actor.by, block=block)
            return
        if not self._signed(handing):
            self._forget_signatures(session, row)
            handing.deadline = int(str(found.data.message["deadline"]))
        if side is Side.LICENSEE:
            handing.holder_signature, handing.holder_block = proof.signature, block
        else:
            handing.licensor_signature, handing.licensor_block = proof.signature, block
        session.flush()
        details: dict[str, Json] = {"step": row.id, "by": found.wallet, "block": block}
        self._note(session, licence, "licence:life:wallet_signed", actor.by, details)
        if not self._wallets_awaited(session, licence, row):
            self._send(session, licence, row)

    def on_title_moved(self, session: Session, moved: TitleMoved) -> None:
        """Whoever holds the title now signs what waits."""
        waiting = select(StepRow.licence_id).where(StepRow.chain == Chain.WAITING).distinct()
        for licence_id in session.scalars(waiting).all():
            licence = self._licences.known(session, licence_id=licence_id)
            if licence.technology_id == moved.technology_id:
                self._lock(session, licence)
                self._send_next(session, licence)

    def _wallet_awaited(self, session: Session, licence: Licence) -> Awaited | None:
        """Return the step that waits for a wallet, and whose; None where none does."""
        found = self._waits_for_wallet(session, licence, None)
        return Awaited(found[0].id, found[1].side) if found else None

    def _waits_for_wallet(self, session: Session, licence: Licence, side: Side | None) -> tuple[StepRow, Signer] | None:
        """Return the act that waits for a wallet of a side, or of any."""
        row = self._next(session, licence)
        if row is None:
            return None
        awaited = self._wallets_awaited(session, licence, row)
        return next(((row, one) for one in awaited if side is None or one.side is side), None)

    def _checked(self, deadline: int) -> int:
        """Return a deadline between now and that of a signature of this moment. Raises Conflict for others."""
        if not self._clock.now().timestamp() < deadline <= self._deadline():
            raise Conflict("The page was open for too long. Open it again, and sign anew.")
        return deadline
