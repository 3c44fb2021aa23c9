"""Agreements: drawn up from an accepted offer, signed by both sides, paid, granted."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Invalid
from ipx.core.opening import write_opening
from ipx.deals.agreement_room import deadline_of
from ipx.deals.claims import AgreementClaim, NdaClaim, agreement_claims, nda_claims
from ipx.deals.drafting import Drafting
from ipx.deals.granting import Granting
from ipx.deals.models import AgreementRow, SignatureRow
from ipx.deals.policy import may_negotiate, side_of
from ipx.deals.records import AgreementView
from ipx.deals.rules import AgreementState, Side
from ipx.licences.agreement import grant_data
from ipx.payments.rules import State as Payment


class Agreements(Drafting, Granting):
    """Agreements. Its parts, each a file: ``drafting`` and ``granting`` on ``agreement_room``."""

    def sign(self, session: Session, *, actor: Actor, agreement_id: str, commitment: str) -> AgreementView:
        """Sign for the actor's side what the page showed: ``commitment`` must be that of these terms.

        Raises Conflict when the terms are others, or the agreement is no longer to be signed. Signing twice is one
        signature. When both have signed, payment opens, or the grant begins where nothing is to be paid.
        """
        may_negotiate(actor)
        row = self._seen(session, actor, agreement_id, lock=True)
        side = side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        if commitment != row.commitment:
            raise Conflict("The terms on your page are not those of this agreement; read them again, then sign.")
        if session.get(SignatureRow, (row.id, side)) is not None:
            return self._view(session, row)
        if row.state != AgreementState.SIGNING:
            raise Conflict("This agreement is not open for signature any more.")
        if deadline_of(row) <= self._clock.now().timestamp():
            raise Conflict("This agreement has waited too long to be signed. Withdraw it, and begin with a new offer.")
        self._add_signature(session, row, side, actor)
        self._note(session, row, "deal:agreement:signed", actor.by, side=side)
        if len(self._signature_rows(session, row)) == len(Side):
            self._both_signed(session, row)
        else:
            self._tell_other(session, row, side, "Your signature is awaited")
        return self._view(session, row)

    def withdraw(self, session: Session, *, actor: Actor, agreement_id: str, reason: str) -> AgreementView:
        """Leave an agreement before any money moved. Raises Invalid (reason), Conflict when it was paid."""
        may_negotiate(actor)
        self._seen(session, actor, agreement_id)
        self._payments.hold(session, agreement_id=agreement_id)
        row = self._seen(session, actor, agreement_id, lock=True)
        if not reason.strip() or len(reason) > 1000:
            raise Invalid("Write a reason in 1,000 characters or fewer; the other side reads it.", field="reason")
        if row.state not in (AgreementState.SIGNING, AgreementState.AWAITING_PAYMENT):
            raise Conflict("This agreement cannot be withdrawn any more.")
        self._payments.cancel(session, agreement_id=row.id)
        row.state, row.reason = AgreementState.WITHDRAWN, reason.strip()
        self._note(session, row, "deal:agreement:withdrawn", actor.by)
        side = side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        self._tell_other(session, row, side, "Agreement withdrawn")
        return self._view(session, row)

    def check_may_pay(self, session: Session, *, actor: Actor, agreement_id: str) -> None:
        """Raise Conflict unless it is for the actor's side to pay now, and the chain would still take the grant.

        A fee may be open still after the grant, where the terms do not let the grant wait for it.
        """
        may_negotiate(actor)
        row = self._seen(session, actor, agreement_id)
        checkout = self._payments.find_by_agreement(session, agreement_id=row.id)
        is_open = checkout is not None and checkout.state is Payment.OPEN
        if not is_open or row.licensee_id != actor.organisation_id:
            raise Conflict("There is nothing for your organisation to pay here.")
        if row.state == AgreementState.AWAITING_PAYMENT and deadline_of(row) <= self._clock.now().timestamp():
            raise Conflict("The signatures are too old for the chain, so this cannot be paid any more. Withdraw it.")

    def agreement(self, session: Session, *, actor: Actor, agreement_id: str) -> AgreementView:
        """Return an agreement to one of its sides."""
        return self._view(session, self._seen(session, actor, agreement_id))

    def agreements_of(self, session: Session, *, organisation_id: str) -> list[AgreementView]:
        """Return an organisation's agreements, newest first."""
        mine = or_(AgreementRow.licensor_id == organisation_id, AgreementRow.licensee_id == organisation_id)
        newest = (AgreementRow.created_at.desc(), AgreementRow.id)
        rows = session.scalars(select(AgreementRow).where(mine).order_by(*newest))
        return [self._view(session, row) for row in rows]

    def agreements_on(self, session: Session, *, technology_id: str) -> list[AgreementView]:
        """Return the agreements about a technology, oldest first; the caller has checked who asks."""
        query = select(AgreementRow).where(AgreementRow.technology_id == technology_id)
        return [self._view(session, row) for row in session.scalars(query.order_by(AgreementRow.created_at))]

    def opening(self, session: Session, *, actor: Actor, agreement_id: str) -> bytes:
        """Return what opens the commitment on the chain, for the actor's side to keep: the agreement and its salt.

        That it was taken away is on record. Raises NotFound for everybody but the two sides.
        """
        row = self._seen(session, actor, agreement_id)
        side = side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        wrapped = row.licensor_salt if side is Side.LICENSOR else row.licensee_salt
        salt = self._accounts.unwrap(
            session, organisation_id=actor.organisation_id, wrapped=wrapped, context=f"agreement/{row.id}"
        )
        self._note(session, row, "deal:agreement:opening_taken", actor.by, side=side)
        return write_opening("grant", value=row.value, salt=salt, owner=row.value[Side.LICENSOR]["address"])

    def claims(self, session: Session) -> list[AgreementClaim]:
        """Return what our tables say of every agreement, opened by both sides' salts, for a comparison."""
        return list(agreement_claims(session, self._accounts, self._signer))

    def nda_claims(self, session: Session) -> list[NdaClaim]:
        """Return the same of every undertaking."""
        registry = self._chain.contract_address("TermsAcceptance")
        claims = nda_claims(session, self._accounts, self._signer, chain_id=self._chain.chain_id, registry=registry)
        return list(claims)

    def _add_signature(self, session: Session, row: AgreementRow, side: Side, actor: Actor) -> None:
        account_id = row.licensor_account if side is Side.LICENSOR else row.licensee_account
        data = grant_data(row.message, chain_id=row.chain_id, registry=row.registry_address)
        signature = self._accounts.sign(session, account_id=account_id, data=data)
        address = row.value[side]["address"]
        if self._signer.recover(data, signature) != address:
            raise Conflict("The signature is not that of the account named in the agreement.")
        session.add(
            SignatureRow(
                agreement_id=row.id,
                side=side,
                person_id=actor.person_id,
                address=address,
                signature=signature,
                signed_at=self._clock.now(),
            )
        )
        session.flush()
