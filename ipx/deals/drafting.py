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
from ipx.deals.rules import GRANT_DEADLINE, MOST_RIGHTS, AgreementState
from ipx.licences.agreement import Party, SubjectRight
from ipx.licences.agreement_v2 import Agreement, grant_message
from ipx.licences.authority import needs_authority
from ipx.licences.service import REGISTRY
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
        # A fresh account for each agreement: two sealed licences of one licensee cannot be linked on chain.
        licensee = self._accounts.create_account(
            session, organisation_id=offer.licensee_id, purpose=f"agreement:{agreement_id}"
        )
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

    def _authority(self, session: Session, offer: Offer) -> str:
        """Return the exchange's account for deadlines where the terms let something follow one, else nobody's."""
        return self._accounts.deadline_account(session).address if needs_authority(offer.terms) else ZERO_ADDRESS

    def _add(
        self, session: Session, offer: Offer, agreement: Agreement, licensor: Account, licensee: Account
    ) -> AgreementRow:
        salt, now = self._entropy.token(32), self._clock.now()
        deadline, authority = int((now + GRANT_DEADLINE).timestamp()), self._authority(session, offer)
        message = dict(grant_message(agreement, salt=salt, deadline=deadline, authority=authority))
        context = f"agreement/{agreement.agreement_id}"
        row = AgreementRow(
            id=agreement.agreement_id,
            offer_id=offer.id,
            technology_id=offer.technology_id,
            licensor_id=offer.licensor_id,
            licensee_id=offer.licensee_id,
            licensor_account=licensor.id,
            licensee_account=licensee.id,
            value=agreement.to_json(),
            message=message,
            commitment=str(message["commitment"]),
            chain_id=self._chain.chain_id,
            registry_address=self._chain.contract_address(REGISTRY),
            licensor_salt=self._accounts.wrap(session, organisation_id=offer.licensor_id, secret=salt, context=context),
            licensee_salt=self._accounts.wrap(session, organisation_id=offer.licensee_id, secret=salt, context=context),
            state=AgreementState.SIGNING,
            created_at=now,
        )
        session.add(row)
        session.flush()
        return row
