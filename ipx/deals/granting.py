"""From the second signature to the licence in force, or back where it cannot be: what payments and licences tell.

Every step happens inside the transaction of who tells; the state of the agreement decides, so a repeat changes nothing.
"""

from datetime import UTC, datetime

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, By
from ipx.core.errors import Conflict, Invalid
from ipx.core.money import Money
from ipx.deals.agreement_room import AgreementRoom
from ipx.deals.models import AgreementRow
from ipx.deals.rules import AgreementState, Side
from ipx.licences.dues import fee_by_card, waits_for_payment
from ipx.licences.events import LicenceActivated, LicenceRefused
from ipx.licences.records import Grant
from ipx.licences.rules import State
from ipx.licences.terms_v2.versions import read_any
from ipx.payments.events import CheckoutRefunded, CheckoutSettled, PaymentTroubled
from ipx.payments.rules import State as Payment
from ipx.vault.rules import DocumentRole, SourceKind

_OVER = (AgreementState.WITHDRAWN, AgreementState.ISSUE_FAILED)


class Granting(AgreementRoom):
    """Payment, grant, failure."""

    # ── what other rooms tell ────────────────────────────────────────────────────────────────────

    def on_checkout_settled(self, session: Session, settled: CheckoutSettled) -> None:
        """The money is there: grant, or give it back where that is not possible any more."""
        row = self._locked(session, settled.agreement_id)
        if row.state == AgreementState.AWAITING_PAYMENT:
            self._grant_or_fail(session, row)
        elif row.state in _OVER:
            self._payments.ask_refund(session, agreement_id=row.id, reason="paid after the end")

    def on_checkout_refunded(self, session: Session, refunded: CheckoutRefunded) -> None:
        """The money is back. Where we did not ask for that, nothing can rest on it any more."""
        row = self._locked(session, refunded.agreement_id)
        if row.state in _OVER:
            self._tell(session, row, row.licensee_id, _("Your payment was returned"))
            return
        self._note(session, row, "deal:agreement:payment_gone", THE_EXCHANGE)
        if row.state in (AgreementState.SIGNING, AgreementState.AWAITING_PAYMENT):
            row.state, row.reason = AgreementState.ISSUE_FAILED, "The payment was returned by the payment service."
            self._tell_both(session, row, _("Licence not granted: the payment was returned"))
            return
        row.reason = "The payment was returned by the payment service, so the documents are closed."
        row.documents_from = None
        licence = self._licences.find_by_agreement(session, agreement_id=row.id)
        if licence is not None:
            self._vault.revoke(
                session,
                by=By(organisation_id=row.licensor_id),
                source_kind=SourceKind.LICENCE,
                source_id=licence.id,
            )
        self._tell_both(session, row, _("The payment went back; the documents are closed"))

    def on_payment_troubled(self, session: Session, troubled: PaymentTroubled) -> None:
        """Tell both sides what is not as it should be."""
        self._tell_both(session, self._locked(session, troubled.agreement_id), troubled.what)

    def on_licence_activated(self, session: Session, activated: LicenceActivated) -> None:
        """The right exists: let the licensee read, and tell both sides."""
        row = self._locked(session, activated.agreement_id)
        if row.state != AgreementState.GRANTING:
            return
        row.state = AgreementState.ACTIVE
        checkout = self._payments.find_by_agreement(session, agreement_id=row.id)
        if checkout is None or checkout.state not in (Payment.REFUNDING, Payment.REFUNDED):
            self._open_when_begun(session, row)
        self._note(session, row, "deal:agreement:active", THE_EXCHANGE)
        self._tell_both(session, row, _("Licence active"), f"/licences/{activated.licence_id}")

    def on_licence_refused(self, session: Session, refused: LicenceRefused) -> None:
        """The chain refused for good: give the money back, and tell both sides."""
        self._payments.hold(session, agreement_id=refused.agreement_id)
        row = self._locked(session, refused.agreement_id)
        if row.state == AgreementState.GRANTING:
            self._fail(session, row, refused.reason)

    def open_begun(self, session: Session) -> None:
        """Open the documents of licences whose first day has come: a chore, repeatable."""
        due = AgreementRow.documents_from <= self._clock.now()
        for row in session.scalars(select(AgreementRow).where(due).with_for_update()):
            self._open_documents(session, row)
            row.documents_from = None

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _both_signed(self, session: Session, row: AgreementRow) -> None:
        """Open the payment, and grant where the grant does not wait for it.

        Raises Conflict when a licence excludes this one.
        """
        terms = read_any(row.value["terms"])
        fee = fee_by_card(terms)
        if fee is not None:
            self._licences.refuse_conflict(session, technology_id=row.technology_id, terms=row.value["terms"])
            self._open_checkout(session, row, fee)
        if not waits_for_payment(terms):
            self._grant(session, row)
            return
        row.state = AgreementState.AWAITING_PAYMENT
        if fee is None:
            self._licences.refuse_conflict(session, technology_id=row.technology_id, terms=row.value["terms"])
            self._tell_both(session, row, _("Signed by both sides; the fee is due by bank transfer"))

    def _open_checkout(self, session: Session, row: AgreementRow, fee: Money) -> None:
        self._payments.open_checkout(
            session,
            agreement_id=row.id,
            payer_id=row.licensee_id,
            payee_id=row.licensor_id,
            amount=fee,
            description=f"Upfront fee, licence of {row.value['technology']['title']}"[:250],
        )
        self._tell(session, row, row.licensee_id, _("Signed by both sides; the upfront fee is due"))

    def _grant_or_fail(self, session: Session, row: AgreementRow) -> None:
        """Another exclusive licence may have been granted while this one waited for its payment."""
        try:
            self._grant(session, row)
        except (Conflict, Invalid) as error:
            self._fail(session, row, error.message)

    def _grant(self, session: Session, row: AgreementRow) -> None:
        signatures = {signature.side: signature.signature for signature in self._signature_rows(session, row)}
        self._licences.issue(
            session,
            grant=Grant(
                agreement_id=row.id,
                technology_id=row.technology_id,
                technology_title=row.value["technology"]["title"],
                licensor_id=row.licensor_id,
                licensor_name=row.value["licensor"]["name"],
                licensee_id=row.licensee_id,
                licensee_name=row.value["licensee"]["name"],
                message=row.message,
                licensor_signature=signatures[Side.LICENSOR],
                licensee_signature=signatures[Side.LICENSEE],
                terms=row.value["terms"],
            ),
        )
        row.state = AgreementState.GRANTING

    def _fail(self, session: Session, row: AgreementRow, reason: str) -> None:
        row.state, row.reason = AgreementState.ISSUE_FAILED, reason
        pays_back = self._payments.ask_refund(session, agreement_id=row.id, reason=reason)
        self._close_unpaid(session, row)
        self._note(session, row, "deal:agreement:issue_failed", THE_EXCHANGE)
        what = _("Licence not granted; the payment goes back") if pays_back else _("Licence not granted")
        self._tell_both(session, row, what)

    def _close_unpaid(self, session: Session, row: AgreementRow) -> None:
        """Let nobody pay for what was not granted: a fee may be open beside a grant that did not wait for it."""
        checkout = self._payments.find_by_agreement(session, agreement_id=row.id)
        if checkout is not None and checkout.state is Payment.OPEN:
            self._payments.cancel(session, agreement_id=row.id)

    def _open_when_begun(self, session: Session, row: AgreementRow) -> None:
        """Open the documents, or note when: the grant may be there before the first day of its term."""
        first = read_any(row.value["terms"]).term.start.date
        if first is None or first <= self._clock.now().date():
            self._open_documents(session, row)
        else:
            row.documents_from = datetime(first.year, first.month, first.day, tzinfo=UTC)

    def _open_documents(self, session: Session, row: AgreementRow) -> None:
        """Open what is confidential about the technology, for as long as the licence lasts; deeds stay closed."""
        licence = self._licences.find_by_agreement(session, agreement_id=row.id)
        if licence is None or licence.state is not State.ACTIVE:
            return
        documents = self._vault.documents_of(session, subject_kind="technology", subject_id=row.technology_id)
        for document in documents:
            if document.role is DocumentRole.CONFIDENTIAL:
                self._vault.grant(
                    session,
                    by=By(organisation_id=row.licensor_id),
                    document_id=document.id,
                    organisation_id=row.licensee_id,
                    source_kind=SourceKind.LICENCE,
                    source_id=licence.id,
                    expires_at=licence.ends_at,
                )
