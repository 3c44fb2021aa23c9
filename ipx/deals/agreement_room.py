"""What all parts of agreements share: their tools, their rows, and how both sides are told."""

from typing import Any

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Account, Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.chain.service import ChainService
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy, Signer
from ipx.core.typed_data import ZERO_ADDRESS
from ipx.deals.models import AgreementRow, SignatureRow
from ipx.deals.policy import side_of
from ipx.deals.records import AgreementView, Signature
from ipx.deals.rules import WALLET, AgreementState, Side
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.versions import read_any
from ipx.notices.service import NoticeService
from ipx.payments.service import PaymentService
from ipx.technologies.service import TechnologyService
from ipx.vault.service import VaultService
from ipx.wallets.service import WalletService
from ipx.web.translating import Text


class AgreementRoom:
    """Tools and rows. Whoever locks both an agreement and its checkout takes the checkout first."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        signer: Signer,
        accounts: AccountService,
        chain: ChainService,
        technologies: TechnologyService,
        licences: LicenceService,
        payments: PaymentService,
        vault: VaultService,
        notices: NoticeService,
        wallets: WalletService,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._signer = signer
        self._accounts = accounts
        self._chain = chain
        self._technologies = technologies
        self._licences = licences
        self._payments = payments
        self._vault = vault
        self._notices = notices
        self._wallets = wallets

    def _seen(self, session: Session, actor: Actor, agreement_id: str, *, lock: bool = False) -> AgreementRow:
        row = session.get(AgreementRow, agreement_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such deal, or it is not yours to see.")
        side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        return row

    def _locked(self, session: Session, agreement_id: str) -> AgreementRow:
        return session.get_one(AgreementRow, agreement_id, with_for_update=True)

    def _holder(self, session: Session, *, technology_id: str, licensor_id: str) -> Account:
        """Return the account that holds a technology's titles and so signs grants: the one that the exchange keeps, or
        the licensor's wallet, whose id here is ``WALLET``. Raises Conflict when several hold them."""
        kept = self._accounts.account_of(session, licensor_id)
        holders = {title.holder for title in self._technologies.titles(session, technology_id=technology_id)}
        if holders <= {kept.address}:
            return kept
        if len(holders) > 1:
            raise Conflict(
                "The titles of this technology are held by different accounts, so no one signature can license them. "
                "Move all of them to the wallet, or bring all of them back."
            )
        return Account(id=WALLET, organisation_id=licensor_id, address=holders.pop())

    def _signature_rows(self, session: Session, row: AgreementRow) -> list[SignatureRow]:
        query = select(SignatureRow).where(SignatureRow.agreement_id == row.id).order_by(SignatureRow.signed_at)
        return list(session.scalars(query))

    def _note(self, session: Session, row: AgreementRow, action: str, by: By, **details: Any) -> None:
        self._audit.record(
            session,
            action=action,
            by=by,
            subject_kind="agreement",
            subject_id=row.id,
            details={"technology": row.technology_id, "commitment": row.commitment, **details},
        )

    def _tell_other(self, session: Session, row: AgreementRow, side: Side, subject: Text) -> None:
        self._tell(session, row, row.licensee_id if side is Side.LICENSOR else row.licensor_id, subject)

    def _tell_both(self, session: Session, row: AgreementRow, subject: Text, link: str | None = None) -> None:
        for organisation_id in (row.licensor_id, row.licensee_id):
            self._tell(session, row, organisation_id, subject, link)

    def _tell(
        self, session: Session, row: AgreementRow, organisation_id: str, subject: Text, link: str | None = None
    ) -> None:
        title = row.value["technology"]["title"]
        self._notices.tell(
            session,
            organisation_id=organisation_id,
            subject=_("%(what)s: %(title)s", what=subject, title=title),
            body=_(
                "Between %(licensor)s and %(licensee)s.",
                licensor=row.value["licensor"]["name"],
                licensee=row.value["licensee"]["name"],
            ),
            link=link or f"/deals/agreements/{row.id}",
        )

    def _view(self, session: Session, row: AgreementRow) -> AgreementView:
        return AgreementView(
            id=row.id,
            offer_id=row.offer_id,
            technology_id=row.technology_id,
            technology_title=row.value["technology"]["title"],
            licensor_id=row.licensor_id,
            licensor_name=row.value["licensor"]["name"],
            licensee_id=row.licensee_id,
            licensee_name=row.value["licensee"]["name"],
            terms=read_any(row.value["terms"]),
            subject=row.value["subject"],
            commitment=row.commitment,
            state=AgreementState(row.state),
            reason=row.reason,
            signatures=[
                Signature(Side(signed.side), signed.person_id, signed.address, signed.signed_at)
                for signed in self._signature_rows(session, row)
            ],
            created_at=row.created_at,
            deadline=deadline_of(row),
            accounts={side: row.value[side]["address"] for side in Side},
            own_wallets=frozenset(
                side
                for side, account in ((Side.LICENSOR, row.licensor_account), (Side.LICENSEE, row.licensee_account))
                if account == WALLET
            ),
            authority=None if row.message["authority"] == ZERO_ADDRESS else row.message["authority"],
        )


def deadline_of(row: AgreementRow) -> int:
    """Return until when the chain takes what is signed here, in seconds since 1970."""
    return int(row.message["deadline"])
