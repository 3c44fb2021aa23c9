"""Undertakings that an organisation's own wallet signs: drawn up first, so that what it signs stays."""

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.records import Listing
from ipx.core.errors import Conflict, NotFound
from ipx.deals.models import NdaDraftRow
from ipx.deals.nda import acceptance_message
from ipx.deals.nda_making import NdaMaking, record_of
from ipx.deals.policy import may_approach, may_negotiate
from ipx.deals.records import Nda, NdaDraft
from ipx.deals.rules import DRAFT_LIFE, NDA_DEADLINE
from ipx.wallets.service import Proof


class NdaDrafts(NdaMaking):
    """Drawing up for a wallet, and taking what it signed."""

    def draw_up(self, session: Session, *, actor: Actor, listing_id: str) -> NdaDraft:
        """Draw an undertaking up for the organisation's wallet; one drawn up before makes room.

        Raises Forbidden, NotFound, Conflict (no wallet, or an undertaking binds already).
        """
        listing = self._catalogue.published(session, listing_id=listing_id)
        may_approach(actor, listing)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        self._refuse_bound(session, actor, listing)
        address = self._wallet_of(session, actor)
        self._forget(session, actor, listing)
        undertaking = self._undertaking(self._entropy.new_id(), listing, actor, address)
        salt, now = self._entropy.token(32), self._clock.now()
        deadline = int((now + NDA_DEADLINE).timestamp())
        row = NdaDraftRow(
            id=undertaking.nda_id,
            organisation_id=actor.organisation_id,
            listing_id=listing.id,
            address=address,
            value=undertaking.to_json(),
            message=dict(acceptance_message(undertaking, salt=salt, deadline=deadline)),
            salt=self._wrap(session, actor.organisation_id, undertaking.nda_id, salt),
            created_at=now,
        )
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="deal:nda:drawn_up",
            by=actor.by,
            subject_kind="nda",
            subject_id=row.id,
            details={"technology": undertaking.technology_id, "terms": row.message["terms"], "signer": address},
        )
        return self._draft(row)

    def draft(self, session: Session, *, actor: Actor, nda_id: str) -> NdaDraft:
        """Return what the wallet is asked to sign. Raises NotFound, Conflict (drawn up too long ago)."""
        return self._draft(self._drawn_up(session, actor, nda_id))

    def accept_with_wallet(self, session: Session, *, actor: Actor, nda_id: str, proof: Proof) -> Nda:
        """Accept with what the organisation's own wallet has signed.

        Raises Forbidden, NotFound, and Conflict: drawn up too long ago, another wallet or another text by now,
        something else was signed, or an undertaking binds already.
        """
        may_negotiate(actor)
        self._accounts.hold(session, organisation_id=actor.organisation_id)
        row = self._drawn_up(session, actor, nda_id)
        listing = self._catalogue.published(session, listing_id=row.listing_id)
        may_approach(actor, listing)
        self._refuse_bound(session, actor, listing)
        undertaking = self._undertaking(row.id, listing, actor, row.address)
        if undertaking.to_json() != row.value or self._wallet_of(session, actor) != row.address:
            raise Conflict("The listing or your wallet has changed since this was drawn up. Begin again.")
        data = self._data(row.message)
        if proof.data != data or proof.address != row.address:
            raise Conflict("The wallet has signed something else than this undertaking. Open the page again, and sign.")
        salt = self._accounts.unwrap(
            session, organisation_id=row.organisation_id, wrapped=row.salt, context=f"nda/{row.id}"
        )
        accepted = self._write(
            session,
            actor,
            undertaking,
            listing,
            data=data,
            salt=salt,
            signature=proof.signature,
            block=proof.block.number if proof.block else None,
            by_wallet=True,
        )
        session.delete(row)
        session.flush()
        return record_of(accepted)

    def forget_old(self, session: Session) -> None:
        """Delete what no wallet can sign any more."""
        session.execute(delete(NdaDraftRow).where(NdaDraftRow.created_at <= self._clock.now() - DRAFT_LIFE))

    def _drawn_up(self, session: Session, actor: Actor, nda_id: str) -> NdaDraftRow:
        row = session.get(NdaDraftRow, nda_id)
        if row is None or row.organisation_id != actor.organisation_id:
            raise NotFound(
                "There is no such undertaking to sign: it was signed, or drawn up anew. Begin at the listing."
            )
        if row.created_at + DRAFT_LIFE <= self._clock.now():
            raise Conflict("This was drawn up more than an hour ago. Begin again at the listing.")
        return row

    def _draft(self, row: NdaDraftRow) -> NdaDraft:
        return NdaDraft(
            id=row.id,
            listing_id=row.listing_id,
            technology_title=row.value["technology_title"],
            discloser_name=row.value["discloser_name"],
            clauses=tuple(row.value["clauses"]),
            wallet=row.address,
            data=self._data(row.message),
        )

    def _wallet_of(self, session: Session, actor: Actor) -> str:
        found = self._wallets.find_organisation_wallet(session, organisation_id=actor.organisation_id)
        if found is None:
            raise Conflict("Your organisation has named no wallet. An owner names it first.")
        return found.address

    def _refuse_bound(self, session: Session, actor: Actor, listing: Listing) -> None:
        assert listing.technology_id is not None
        if self._row_of(session, actor.organisation_id, listing.technology_id) is not None:
            raise Conflict("Your organisation has accepted an undertaking about this technology already.")

    def _forget(self, session: Session, actor: Actor, listing: Listing) -> None:
        mine = (NdaDraftRow.organisation_id == actor.organisation_id, NdaDraftRow.listing_id == listing.id)
        session.execute(delete(NdaDraftRow).where(*mine))
