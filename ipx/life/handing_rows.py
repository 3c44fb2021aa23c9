"""Rows of licences that are handed on: the one that is open, what wallets signed of it, and what it is in the end."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.deals.rules import Side
from ipx.licences.records import Licence, Licensee
from ipx.life.access import Access
from ipx.life.models import HandingRow, StepRow
from ipx.life.rules import OPEN_HANDINGS, Handing, Kind


class HandingRows(Access):
    """Finds and changes them. Whoever changes one holds the lock of its licence."""

    def _open_handing(self, session: Session, licence_id: str) -> HandingRow | None:
        """Return the one that is not settled; there is one at most."""
        mine = (HandingRow.licence_id == licence_id) & HandingRow.state.in_(OPEN_HANDINGS)
        return session.scalar(select(HandingRow).where(mine))

    def _handings(self, session: Session, licence_id: str) -> list[HandingRow]:
        """Return those that are done, oldest first."""
        query = select(HandingRow).where(HandingRow.licence_id == licence_id, HandingRow.state == Handing.DONE)
        return list(session.scalars(query.order_by(HandingRow.number)))

    def _handing_of(self, session: Session, step: StepRow) -> HandingRow | None:
        """Return what a step is about, None where it is no handing on."""
        if step.kind != Kind.HANDED_ON:
            return None
        return session.scalars(select(HandingRow).where(HandingRow.step_id == step.id)).one()

    def _signed(self, handing: HandingRow) -> Mapping[Side, bytes]:
        """Return what own wallets signed, as far as it still counts."""
        if handing.deadline is None or handing.deadline <= self._clock.now().timestamp():
            return {}
        found = {Side.LICENSEE: handing.holder_signature, Side.LICENSOR: handing.licensor_signature}
        return {side: signature for side, signature in found.items() if signature is not None}

    def _forget_signatures(self, session: Session, step: StepRow) -> None:
        """Let the wallets be asked anew: the contract has refused what they signed."""
        handing = self._handing_of(session, step)
        if handing is not None:
            handing.deadline = handing.holder_signature = handing.licensor_signature = None
            handing.holder_block = handing.licensor_block = None

    def _arrive(self, session: Session, licence: Licence, step: StepRow) -> Licensee | None:
        """Note that a licence has gone over, and return who holds it now; None for any other step."""
        handing = self._handing_of(session, step)
        if handing is None:
            return None
        handing.state, handing.settled_at = Handing.DONE, self._clock.now()
        session.flush()
        subject = _("The licence has gone over")
        body = _("From %(one)s to %(other)s.", one=handing.from_name, other=handing.to_name)
        for organisation_id in (licence.licensor_id, handing.to_id):
            self._tell_side(session, licence, organisation_id, subject, body)
        self._tell_side(session, licence, handing.from_id, subject, body, path="/licences")
        return Licensee(handing.to_id, handing.to_name, str(handing.address))
