"""Who signs an act on the chain: an account that the exchange keeps, or a side's own wallet, which has to be asked."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.core.typed_data import ZERO_ADDRESS
from ipx.deals.rules import Side
from ipx.licences.records import Licence
from ipx.life.handing_rows import HandingRows
from ipx.life.models import StepRow
from ipx.life.room import terms_of
from ipx.life.rules import Kind, needs_consent


@dataclass(frozen=True)
class Signer:
    """An account that signs for a side. ``account_id``: of its key with the exchange, empty for a wallet."""

    side: Side
    address: str
    account_id: str

    @property
    def is_wallet(self) -> bool:
        """Tell whether the exchange has no key of it."""
        return not self.account_id


class Signers(HandingRows):
    """Finds them. The contract asks for the same ones."""

    def _signers(self, session: Session, licence: Licence, row: StepRow) -> list[Signer]:
        """Return who signs an act, in the contract's order: to give a licence back its holder, to hand it on the holder
        and, where the terms ask for consent, whoever holds the title."""
        if row.kind == Kind.SURRENDERED:
            return [self._holder(session, licence)]
        if row.kind != Kind.HANDED_ON:
            return [self._changer(session, licence)]
        consent = [self._licensor(session, licence)] if needs_consent(terms_of(licence)) else []
        return [self._holder(session, licence), *consent]

    def _changer(self, session: Session, licence: Licence) -> Signer:
        """Return the authority that both sides signed into the grant, else whoever holds the title."""
        if licence.authority != ZERO_ADDRESS:
            account = self._accounts.deadline_account(session)
            if account.address == licence.authority:
                return Signer(Side.LICENSOR, account.address, account.id)
        return self._licensor(session, licence)

    def _licensor(self, session: Session, licence: Licence) -> Signer:
        """Return whoever holds the title: the licensor's account with the exchange, or its wallet."""
        account = self._accounts.account_of(session, licence.licensor_id)
        titles = self._technologies.titles(session, technology_id=licence.technology_id)
        holder = next((title.holder for title in titles if str(title.token) == str(licence.titles[0])), account.address)
        return Signer(Side.LICENSOR, holder, account.id if holder == account.address else "")

    def _holder(self, session: Session, licence: Licence) -> Signer:
        """Return whoever holds the licence: the account that the exchange made for it, or the licensee's wallet."""
        account = self._accounts.find_account(session, address=licence.holder)
        return Signer(Side.LICENSEE, licence.holder, account.id if account else "")

    def _wallet_that_signs(self, session: Session, licence: Licence) -> str | None:
        """Return the licensor's own wallet where only it can change the licence's status, None elsewhere."""
        signer = self._changer(session, licence)
        return signer.address if signer.is_wallet else None
