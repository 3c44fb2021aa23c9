"""Acts on the chain that a side's own wallet signs: the licensor's where it holds the title and the grant names no
authority, the licensee's where it holds the licence and gives it back."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict
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
        found = self._waits_for_wallet(session, licence)
        if found is None or found[1].side is not side_in(actor, licence):
            return None
        row, signer = found
        until = self._checked(deadline) if deadline is not None else self._deadline()
        data = self._data(self._message(session, licence, row, until))
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
        block = proof.block.number if proof.block else None
        row = session.get_one(StepRow, found.step_id)
        self._queue(session, licence, row, found.data, found.wallet, proof.signature, by=actor.by, block=block)

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
        found = self._waits_for_wallet(session, licence)
        return Awaited(found[0].id, found[1].side) if found else None

    def _waits_for_wallet(self, session: Session, licence: Licence) -> tuple[StepRow, Signer] | None:
        row = self._next(session, licence)
        if row is None:
            return None
        signer = self._signer(session, licence, row)
        return (row, signer) if signer.is_wallet else None

    def _checked(self, deadline: int) -> int:
        """Return a deadline between now and that of a signature of this moment. Raises Conflict for others."""
        if not self._clock.now().timestamp() < deadline <= self._deadline():
            raise Conflict("The page was open for too long. Open it again, and sign anew.")
        return deadline
