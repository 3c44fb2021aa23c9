"""Offers on a listing: on its terms or on others, each answered in turn until one side says yes or no."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.deals.dues import check_dues
from ipx.deals.models import AgreementRow, OfferRow
from ipx.deals.ndas import Ndas
from ipx.deals.offer_versions import add_version, clean_message, turn_of, versions_of
from ipx.deals.policy import may_approach, may_negotiate, side_of
from ipx.deals.records import Offer
from ipx.deals.rules import MOST_VERSIONS, OfferState, Side, other_side
from ipx.licences.conflicts import refuse_clash
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.notices.service import NoticeService
from ipx.web.translating import Text


class Offers:
    """Offers."""

    def __init__(
        self,
        *,
        audit: AuditService,
        accounts: AccountService,
        clock: Clock,
        entropy: Entropy,
        catalogue: CatalogueService,
        licences: LicenceService,
        ndas: Ndas,
        notices: NoticeService,
    ) -> None:
        self._audit = audit
        self._accounts = accounts
        self._clock = clock
        self._entropy = entropy
        self._catalogue = catalogue
        self._licences = licences
        self._ndas = ndas
        self._notices = notices

    def make(
        self,
        session: Session,
        *,
        actor: Actor,
        listing_id: str,
        message: str,
        submit_key: str,
        seen_version: int | None = None,
        terms: LicenceTerms | None = None,
    ) -> Offer:
        """Offer to take a licence on the listed terms, or on ``terms``. The same form sent twice is one offer.

        Raises Conflict without an undertaking, when an offer of ours is open, when no card can pay the fee, when a
        grant excludes these terms for sure (what is undecided the licensor may decide), or when the listing is not the
        one that was seen: nobody offers terms that he has not read.
        """
        listing = self._catalogue.published(session, listing_id=listing_id)
        may_approach(actor, listing)
        self._accounts.hold(session, organisation_id=actor.organisation_id)  # two forms at once are decided in turn
        row = session.scalar(select(OfferRow).where(OfferRow.submit_key == submit_key))
        if row is not None and (row.licensee_id, row.listing_id) != (actor.organisation_id, listing_id):
            raise Conflict("This form was used for another offer; open the listing again.")
        if row is None:
            if seen_version not in (None, listing.version):
                raise Conflict("The owner has changed this listing meanwhile. Read the terms again before you offer.")
            row = self._add(session, actor, listing, terms, clean_message(message), submit_key)
        return self._record(session, row)

    def counter(
        self,
        session: Session,
        *,
        actor: Actor,
        offer_id: str,
        terms: LicenceTerms,
        message: str,
        seen_version: int | None = None,
    ) -> Offer:
        """Answer with other terms, for the side whose turn it is; then it is the other side's turn.

        ``seen_version``: the number of the version that was read. Raises Invalid (message), Forbidden, and Conflict
        when the terms are the same, were answered meanwhile, cannot be paid, or are excluded by a grant for sure.
        """
        row = self._open(session, actor, offer_id, turn=True)
        versions = versions_of(session, row.id)
        if seen_version not in (None, len(versions)):
            raise Conflict("This offer has gone on meanwhile. Read its latest terms before you answer.")
        if terms == versions[-1].terms:
            raise Conflict("These are the terms that lie before you. Accept them, or change what you want otherwise.")
        if len(versions) >= MOST_VERSIONS:
            raise Conflict("This offer has been answered too often. Accept or decline it, and begin with a new one.")
        self._check_terms(session, row.technology_id, terms)
        side, cleaned = other_side(versions[-1].side), clean_message(message)
        add_version(
            session,
            row,
            number=len(versions) + 1,
            side=side,
            actor=actor,
            terms=terms,
            message=cleaned,
            at=self._clock.now(),
        )
        details: Mapping[str, Json] = {"version": len(versions) + 1, "terms_sha256": terms.sha256().hex()}
        self._note(session, actor, row, "deal:offer:countered", subject=_("Counter-offer"), **details)
        return self._record(session, row)

    def accept(self, session: Session, *, actor: Actor, offer_id: str) -> Offer:
        """Say yes, for the side whose turn it is; ``Agreements`` draws the agreement up in the same transaction."""
        row = self._open(session, actor, offer_id, turn=True)
        row.state, row.decided_at = OfferState.ACCEPTED, self._clock.now()
        self._note(session, actor, row, "deal:offer:accepted", subject=_("Offer accepted"))
        return self._record(session, row)

    def decline(self, session: Session, *, actor: Actor, offer_id: str, reason: str) -> Offer:
        """Say no, for the side whose turn it is, with a reason that the other side reads."""
        if not reason.strip() or len(reason) > 1000:
            raise Invalid("Write a reason in 1,000 characters or fewer; it helps the other side.", field="reason")
        row = self._open(session, actor, offer_id, turn=True)
        row.state, row.reason, row.decided_at = OfferState.DECLINED, reason.strip(), self._clock.now()
        self._note(session, actor, row, "deal:offer:declined", subject=_("Offer declined"))
        return self._record(session, row)

    def withdraw(self, session: Session, *, actor: Actor, offer_id: str) -> Offer:
        """Take back what the other side has not answered yet; with it the talks are over."""
        row = self._open(session, actor, offer_id, turn=False)
        row.state, row.decided_at = OfferState.WITHDRAWN, self._clock.now()
        self._note(session, actor, row, "deal:offer:withdrawn", subject=_("Offer withdrawn"))
        return self._record(session, row)

    def offer(self, session: Session, *, actor: Actor, offer_id: str) -> Offer:
        """Return an offer to one of its sides."""
        return self._record(session, self._seen(session, actor, offer_id))

    def offers_of(self, session: Session, *, organisation_id: str) -> list[Offer]:
        """Return the offers that an organisation made or got, newest first."""
        mine = or_(OfferRow.licensor_id == organisation_id, OfferRow.licensee_id == organisation_id)
        rows = session.scalars(select(OfferRow).where(mine).order_by(OfferRow.created_at.desc(), OfferRow.id))
        return [self._record(session, row) for row in rows]

    def offers_on(self, session: Session, *, technology_id: str) -> list[Offer]:
        """Return the offers on a technology, oldest first; the caller has checked who asks."""
        query = (
            select(OfferRow).where(OfferRow.technology_id == technology_id).order_by(OfferRow.created_at, OfferRow.id)
        )
        return [self._record(session, row) for row in session.scalars(query)]

    def _add(
        self,
        session: Session,
        actor: Actor,
        listing: Listing,
        proposed: LicenceTerms | None,
        message: str,
        submit_key: str,
    ) -> OfferRow:
        assert listing.technology_id is not None
        assert listing.organisation_id is not None
        terms = proposed or listing.terms
        if terms is None:
            raise Conflict("This listing states no terms to make an offer on.")
        self._check_terms(session, listing.technology_id, terms)
        self._refuse_unready(session, actor, listing.technology_id, listing.id)
        row = OfferRow(
            id=self._entropy.new_id(),
            listing_id=listing.id,
            technology_id=listing.technology_id,
            technology_title=listing.title,
            licensor_id=listing.organisation_id,
            licensor_name=listing.owner_name,
            licensee_id=actor.organisation_id,
            licensee_name=actor.organisation_name,
            person_id=actor.person_id,
            terms=terms.to_json(),
            message=message,
            state=OfferState.OFFERED,
            submit_key=submit_key,
            created_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        add_version(
            session,
            row,
            number=1,
            side=Side.LICENSEE,
            actor=actor,
            terms=terms,
            message=message,
            at=row.created_at,
        )
        self._note(session, actor, row, "deal:offer:made", subject=_("New offer"))
        return row

    def _check_terms(self, session: Session, technology_id: str, terms: LicenceTerms) -> None:
        check_dues(terms)
        refuse_clash(self._licences.book.compare(session, technology_id=technology_id, terms=terms))

    def _refuse_unready(self, session: Session, actor: Actor, technology_id: str, listing_id: str) -> None:
        if self._ndas.find(session, licensee_id=actor.organisation_id, technology_id=technology_id) is None:
            raise Conflict("Accept the confidentiality undertaking of this listing first.")
        open_offer = select(OfferRow.id).where(
            OfferRow.listing_id == listing_id,
            OfferRow.licensee_id == actor.organisation_id,
            OfferRow.state == OfferState.OFFERED,
        )
        if session.scalar(open_offer):
            raise Conflict("Your organisation has an open offer on this listing already.")

    def _seen(self, session: Session, actor: Actor, offer_id: str, *, lock: bool = False) -> OfferRow:
        row = session.get(OfferRow, offer_id, with_for_update=lock or None)
        if row is None:
            raise NotFound("There is no such deal, or it is not yours to see.")
        side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        return row

    def _open(self, session: Session, actor: Actor, offer_id: str, *, turn: bool) -> OfferRow:
        """Return an open offer, locked, to the side whose turn it is, or to the one that waits."""
        row = self._seen(session, actor, offer_id, lock=True)
        may_negotiate(actor)
        side = side_of(actor, licensor_id=row.licensor_id, licensee_id=row.licensee_id)
        if (turn_of(session, row) is side) is not turn:
            raise Forbidden("This is for the other side to decide.")
        if row.state != OfferState.OFFERED:
            raise Conflict(f"This offer has been {row.state.lower()} already.")
        return row

    def _note(self, session: Session, actor: Actor, row: OfferRow, action: str, *, subject: Text, **more: Json) -> None:
        """Put it on record, and tell the other side."""
        to = row.licensee_id if actor.organisation_id == row.licensor_id else row.licensor_id
        details: Mapping[str, Json] = {"technology": row.technology_id, "listing": row.listing_id, **more}
        self._audit.record(
            session, action=action, by=actor.by, subject_kind="offer", subject_id=row.id, details=details
        )
        self._notices.tell(
            session,
            organisation_id=to,
            subject=_("%(what)s: %(title)s", what=subject, title=row.technology_title),
            body=_("By %(name)s, %(organisation)s.", name=actor.name, organisation=actor.organisation_name),
            link=f"/deals/offers/{row.id}",
        )

    def _record(self, session: Session, row: OfferRow) -> Offer:
        agreement_id = session.scalar(select(AgreementRow.id).where(AgreementRow.offer_id == row.id))
        versions = versions_of(session, row.id)
        return Offer(
            id=row.id,
            listing_id=row.listing_id,
            technology_id=row.technology_id,
            technology_title=row.technology_title,
            licensor_id=row.licensor_id,
            licensor_name=row.licensor_name,
            licensee_id=row.licensee_id,
            licensee_name=row.licensee_name,
            person_id=row.person_id,
            terms=versions[-1].terms,
            message=row.message,
            state=OfferState(row.state),
            reason=row.reason,
            created_at=row.created_at,
            decided_at=row.decided_at,
            agreement_id=agreement_id,
            versions=versions,
        )
