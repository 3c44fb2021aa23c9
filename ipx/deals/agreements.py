"""Agreements: drawn up from an accepted offer, signed by both sides, paid, granted."""

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.core.opening import write_opening
from ipx.core.typed_data import TypedData
from ipx.deals.agreement_room import deadline_of
from ipx.deals.claims import AgreementClaim, NdaClaim, agreement_claims, nda_claims
from ipx.deals.granting import Granting
from ipx.deals.models import AgreementRow, SignatureRow
from ipx.deals.policy import may_negotiate, side_of
from ipx.deals.records import AgreementView
from ipx.deals.redrawing import Redrawing
from ipx.deals.rules import WALLET, AgreementState, Side
from ipx.licences.agreement import grant_data
from ipx.payments.rules import State as Payment
from ipx.wallets.service import Proof


class Agreements(Redrawing, Granting):
    """Agreements. Its parts, each a file: ``redrawing`` on ``drafting``, and ``granting``, on ``agreement_room``."""

    def to_sign(self, session: Session, *, actor: Actor, agreement_id: str) -> TypedData:
        """Return the EIP-712 Grant that both sides sign, to one of them."""
        row = self._seen(session, actor, agreement_id)
        return grant_data(row.message, chain_id=row.chain_id, registry=row.registry_address)

    def sign(
        self, session: Session, *, actor: Actor, agreement_id: str, commitment: str, proof: Proof | None = None
    ) -> AgreementView:
        """Sign for the actor's side what the page showed: ``commitment`` must be that of these terms; ``proof``: what
        the side's own wallet signed, where that signs.

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
        self._refuse_moved(session, row)
        signed = self._proven(row, side, proof) or self._kept(session, row, side)
        block = proof.block.number if proof and proof.block else None
        self._add_signature(session, row, side, actor, signed, block)
        self._note(session, row, "deal:agreement:signed", actor.by, side=side, wallet=proof is not None, block=block)
        if len(self._signature_rows(session, row)) == len(Side):
            self._both_signed(session, row)
        else:
            self._tell_other(session, row, side, _("Your signature is awaited"))
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
        self._tell_other(session, row, side, _("Agreement withdrawn"))
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
        if row.state == AgreementState.AWAITING_PAYMENT:
            self._refuse_moved(session, row)

    def confirm_fee(self, session: Session, *, actor: Actor, agreement_id: str) -> AgreementView:
        """Say, for the licensor, that a fee by bank transfer has arrived: then the licence is granted.

        The exchange cannot see it, so only who was to get it can say so. Raises Forbidden, and Conflict when no such
        fee is awaited.
        """
        may_negotiate(actor)
        row = self._seen(session, actor, agreement_id, lock=True)
        if side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id) is not Side.LICENSOR:
            raise Forbidden("Only the licensor can say that its fee has arrived.")
        by_card = self._payments.find_by_agreement(session, agreement_id=row.id) is not None
        if row.state != AgreementState.AWAITING_PAYMENT or by_card:
            raise Conflict("No fee by bank transfer is awaited here.")
        self._note(session, row, "deal:agreement:fee_received", actor.by)
        self._grant_or_fail(session, row)
        return self._view(session, row)

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
        return list(agreement_claims(session, self._accounts, self._wallets.signatures))

    def nda_claims(self, session: Session) -> list[NdaClaim]:
        """Return the same of every undertaking."""
        registry = self._chain.contract_address("TermsAcceptance")
        signatures = self._wallets.signatures
        claims = nda_claims(session, self._accounts, signatures, chain_id=self._chain.chain_id, registry=registry)
        return list(claims)

    def _refuse_moved(self, session: Session, row: AgreementRow) -> None:
        """Raise Conflict when the titles went over to another account since: the chain would refuse the grant."""
        holder = self._holder(session, technology_id=row.technology_id, licensor_id=row.licensor_id)
        if holder.address != row.value[Side.LICENSOR]["address"]:
            raise Conflict(
                "The titles have gone over to another account of the licensor since this was drawn up. Withdraw it, "
                "and begin with a new offer."
            )

    def _kept(self, session: Session, row: AgreementRow, side: Side) -> bytes:
        """Sign with the account that the exchange keeps for a side."""
        account_id = row.licensor_account if side is Side.LICENSOR else row.licensee_account
        if account_id == WALLET:
            raise Conflict(
                "This agreement names your own wallet, so only it can sign. Sign with it on the agreement’s page."
            )
        data = grant_data(row.message, chain_id=row.chain_id, registry=row.registry_address)
        signature = self._accounts.sign(session, account_id=account_id, data=data)
        if self._signer.recover(data, signature) != row.value[side]["address"]:
            raise Conflict("The signature is not that of the account named in the agreement.")
        return signature

    def _proven(self, row: AgreementRow, side: Side, proof: Proof | None) -> bytes | None:
        """Return what the side's wallet signed, once it is sure that it is this grant; None where none came."""
        if proof is None:
            return None
        data = grant_data(row.message, chain_id=row.chain_id, registry=row.registry_address)
        if proof.data != data or proof.address != row.value[side]["address"]:
            raise Conflict("The wallet has signed something else than this agreement. Open the page again, and sign.")
        return proof.signature

    def _add_signature(
        self, session: Session, row: AgreementRow, side: Side, actor: Actor, signature: bytes, block: int | None
    ) -> None:
        session.add(
            SignatureRow(
                agreement_id=row.id,
                side=side,
                person_id=actor.person_id,
                address=row.value[side]["address"],
                signature=signature,
                signed_at=self._clock.now(),
                block_number=block,
            )
        )
        session.flush()
