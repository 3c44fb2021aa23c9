"""Drawing up an agreement from an accepted offer: parties, subject, terms, and the message that both will sign."""

from sqlalchemy.orm import Session

from ipx.accounts.records import Account
from ipx.audit.service import THE_EXCHANGE
from ipx.core.errors import Conflict
from ipx.core.typed_data import ZERO_ADDRESS
from ipx.deals.agreement_room import AgreementRoom
from ipx.deals.dues import check_dates, check_dues
from ipx.deals.models import AgreementRow
from ipx.deals.records import AgreementView, Offer
from ipx.deals.rules import GRANT_DEADLINE, MOST_RIGHTS, WALLET, AgreementState
from ipx.licences.agreement import Party, SubjectRight
from ipx.licences.agreement_v2 import Agreement, grant_message
from ipx.licences.authority import needs_authority
from ipx.licences.service import REGISTRY
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.rules import TitleState


class Drafting(AgreementRoom):
    """Drawing up."""

    def draw_up(self, session: Session, *, offer: Offer) -> AgreementView:
        """Draw up the agreement of an accepted offer: parties, subject, terms, and what both will sign.

        An offer of terms of version 1 is drawn up in their reading as version 2. Raises Conflict when a title is not
        recorded yet, an existing licence excludes this one, its fee cannot be paid, or its term is over.
        """
        check_dues(offer.terms)
        check_dates(offer.terms, today=self._clock.now().date())
        self._licences.refuse_conflict(session, technology_id=offer.technology_id, terms=offer.terms.to_json())
        subject = self._subject(session, offer.technology_id)
        agreement_id = self._entropy.new_id()
        licensor = self._holder(session, technology_id=offer.technology_id, licensor_id=offer.licensor_id)
        licensee = self._licensee(session, offer.licensee_id, agreement_id, own=self._signs_itself(session, offer))
        agreement = Agreement(
            agreement_id=agreement_id,
            technology_id=offer.technology_id,
            technology_title=offer.technology_title,
            licensor=Party(offer.licensor_id, offer.licensor_name, licensor.address),
            licensee=Party(offer.licensee_id, offer.licensee_name, licensee.address),
            subject=subject,
            terms=offer.terms,
        )
        row = self._add(session, offer, agreement, licensor, licensee)
        self._note(session, row, "deal:agreement:drawn_up", THE_EXCHANGE)
        return self._view(session, row)

    def _licensee(self, session: Session, licensee_id: str, agreement_id: str, *, own: bool) -> Account:
        """Return the account that takes the licence: the licensee's own wallet, or a fresh one that the exchange keeps,
        so that two sealed licences of one licensee cannot be linked on chain. Raises Conflict without a wallet."""
        if not own:
            purpose = f"agreement:{agreement_id}"
            return self._accounts.create_account(session, organisation_id=licensee_id, purpose=purpose)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=licensee_id)
        if wallet is None:
            raise Conflict("Your organisation has named no wallet. An owner names it first.")
        return Account(id=WALLET, organisation_id=licensee_id, address=wallet.address)

    def _signs_itself(self, session: Session, offer: Offer) -> bool:
        """Tell whether the licensee has chosen to sign agreements with its own wallet."""
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=offer.licensee_id)
        return wallet is not None and wallet.signs_deals

    def _subject(self, session: Session, technology_id: str) -> tuple[SubjectRight, ...]:
        technology = self._technologies.whole(session, technology_id=technology_id)
        titles = {title.right_id: title for title in self._technologies.titles(session, technology_id=technology_id)}
        if not technology.rights:
            raise Conflict("This technology has no rights yet; add a right and record its title before accepting.")
        if len(technology.rights) > MOST_RIGHTS:
            raise Conflict(f"One licence can name {MOST_RIGHTS} rights at most; this technology has more.")
        if any(right.id not in titles for right in technology.rights):
            raise Conflict("The title of a right is not recorded yet; record it on the technology’s page first.")
        if any(titles[right.id].state is TitleState.FAILED for right in technology.rights):
            raise Conflict("The record of a title was refused; record it again on the technology’s page first.")
        if any(titles[right.id].state is not TitleState.FINAL for right in technology.rights):
            raise Conflict("A title of this technology is not recorded finally yet; try again in a minute.")
        return tuple(
            SubjectRight(
                right_id=right.id,
                kind=str(right.particulars.kind),
                name=right.particulars.title,
                office=right.particulars.office,
                number=right.particulars.number,
                title=str(titles[right.id].token),
            )
            for right in technology.rights
        )

    def _authority(self, session: Session, terms: LicenceTerms, licensor: Account) -> str:
        """Return the exchange's account for deadlines, or nobody's.

        It is named where the terms let something follow a deadline, and where the licensor's own wallet holds the
        titles: else what both sides agree on later would wait for that wallet.
        """
        is_named = needs_authority(terms) or licensor.id == WALLET
        return self._accounts.deadline_account(session).address if is_named else ZERO_ADDRESS

    def _add(
        self, session: Session, offer: Offer, agreement: Agreement, licensor: Account, licensee: Account
    ) -> AgreementRow:
        authority = self._authority(session, offer.terms, licensor)
        row = AgreementRow(
            id=agreement.agreement_id,
            offer_id=offer.id,
            technology_id=offer.technology_id,
            licensor_id=offer.licensor_id,
            licensee_id=offer.licensee_id,
            licensor_account=licensor.id,
            licensee_account=licensee.id,
            chain_id=self._chain.chain_id,
            registry_address=self._chain.contract_address(REGISTRY),
            state=AgreementState.SIGNING,
            created_at=self._clock.now(),
        )
        self._seal(session, row, agreement, authority)
        session.add(row)
        session.flush()
        return row

    def _seal(self, session: Session, row: AgreementRow, agreement: Agreement, authority: str) -> None:
        """Give a row what both sides sign, under a fresh salt."""
        salt, context = self._entropy.token(32), f"agreement/{agreement.agreement_id}"
        deadline = int((self._clock.now() + GRANT_DEADLINE).timestamp())
        message = dict(grant_message(agreement, salt=salt, deadline=deadline, authority=authority))
        row.value, row.message, row.commitment = agreement.to_json(), message, str(message["commitment"])
        row.licensor_salt, row.licensee_salt = (
            self._accounts.wrap(session, organisation_id=organisation_id, secret=salt, context=context)
            for organisation_id in (row.licensor_id, row.licensee_id)
        )
