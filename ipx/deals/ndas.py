"""Undertakings of confidentiality: shown, accepted once, logged on chain by commitment."""

from collections.abc import Sequence

from flask_babel import lazy_gettext as _
from flask_babel import lazy_ngettext
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.catalogue.records import Listing
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.deals.models import NdaRow
from ipx.deals.nda import acceptance_message, clauses
from ipx.deals.nda_drafts import NdaDrafts
from ipx.deals.nda_making import record_of
from ipx.deals.policy import may_approach, may_negotiate
from ipx.deals.records import Nda, NdaText
from ipx.deals.rules import NDA_DEADLINE, Side
from ipx.vault.rules import DocumentRole, SourceKind
from ipx.vault.service import Document


class Ndas(NdaDrafts):
    """Undertakings. Its parts, each a file: ``nda_drafts``, for what an own wallet signs, on ``nda_making``."""

    def text(self, session: Session, *, actor: Actor, listing_id: str) -> NdaText:
        """Return the undertaking as it would be accepted now."""
        listing = self._catalogue.published(session, listing_id=listing_id)
        may_approach(actor, listing)
        account = self._accounts.account_of(session, actor.organisation_id)
        wallet = self._wallets.find_organisation_wallet(session, organisation_id=actor.organisation_id)
        undertaking = self._undertaking("", listing, actor, account.address)
        return NdaText(
            undertaking.technology_id,
            listing.title,
            listing.owner_name,
            clauses(undertaking),
            account=account.address,
            wallet=wallet.address if wallet else None,
            deadline=int((self._clock.now() + NDA_DEADLINE).timestamp()),
        )

    def accept(self, session: Session, *, actor: Actor, listing_id: str) -> Nda:
        """Accept in the organisation's name; accepting again returns what was accepted before, while that lasts."""
        listing = self._catalogue.published(session, listing_id=listing_id)
        may_approach(actor, listing)
        assert listing.technology_id is not None
        self._accounts.hold(session, organisation_id=actor.organisation_id)  # one acceptance at a time
        found = self._row_of(session, actor.organisation_id, listing.technology_id)
        if found is None:
            found = self._accept(session, actor, listing)
        return record_of(found)

    def find(self, session: Session, *, licensee_id: str, technology_id: str) -> Nda | None:
        """Return the undertaking that binds a company about a technology now, if there is one."""
        row = self._row_of(session, licensee_id, technology_id)
        return record_of(row) if row else None

    def nda(self, session: Session, *, actor: Actor, nda_id: str) -> Nda:
        """Return an undertaking to one of its sides."""
        row = session.get(NdaRow, nda_id)
        if row is None or actor.organisation_id not in (row.licensor_id, row.licensee_id):
            raise NotFound("There is no such undertaking, or it is not yours to see.")
        return record_of(row)

    def ndas_of(self, session: Session, *, organisation_id: str) -> list[Nda]:
        """Return an organisation's undertakings, newest first."""
        mine = or_(NdaRow.licensor_id == organisation_id, NdaRow.licensee_id == organisation_id)
        rows = session.scalars(select(NdaRow).where(mine).order_by(NdaRow.accepted_at.desc(), NdaRow.id))
        return [record_of(row) for row in rows]

    def ndas_on(self, session: Session, *, technology_id: str) -> list[Nda]:
        """Return the undertakings about a technology, oldest first; the caller has checked who asks."""
        query = select(NdaRow).where(NdaRow.technology_id == technology_id).order_by(NdaRow.accepted_at)
        return [record_of(row) for row in session.scalars(query)]

    def disclose(self, session: Session, *, actor: Actor, nda_id: str, document_ids: Sequence[str]) -> None:
        """Let the company of an undertaking read some documents of the technology, until the undertaking ends.

        Raises Invalid (none, or others chosen), Forbidden, Conflict (the undertaking has ended).
        """
        may_negotiate(actor)
        nda = self.nda(session, actor=actor, nda_id=nda_id)
        if nda.licensor_id != actor.organisation_id:
            raise Forbidden("Only the owner of the documents can disclose them.")
        if nda.is_over(self._clock.now()):
            raise Conflict("This undertaking has ended; the company has to accept a new one first.")
        owned = {document.id for document in self.documents(session, nda=nda)}
        if not document_ids or not set(document_ids) <= owned:
            raise Invalid("Choose one or more documents of this technology.", field="documents")
        for document_id in document_ids:
            self._vault.grant(
                session,
                by=actor.by,
                document_id=document_id,
                organisation_id=nda.licensee_id,
                source_kind=SourceKind.NDA,
                source_id=nda.id,
                expires_at=nda.expires_at,
            )
        self._notices.tell(
            session,
            organisation_id=nda.licensee_id,
            subject=_("Documents disclosed: %(title)s", title=nda.technology_title),
            body=lazy_ngettext(
                "%(licensor)s lets you read %(num)s document under your undertaking.",
                "%(licensor)s lets you read %(num)s documents under your undertaking.",
                len(document_ids),
                licensor=nda.licensor_name,
            ),
            link=f"/deals/rooms/{nda.id}",
        )

    def documents(self, session: Session, *, nda: Nda) -> list[Document]:
        """Return what can be disclosed under an undertaking: the technology's confidential documents, no deeds."""
        found = self._vault.documents_of(session, subject_kind="technology", subject_id=nda.technology_id)
        return [document for document in found if document.role is DocumentRole.CONFIDENTIAL]

    def disclosed(self, session: Session, *, nda: Nda) -> set[str]:
        """Return the ids of the documents that are disclosed under an undertaking now."""
        ids = [document.id for document in self.documents(session, nda=nda)]
        now = self._clock.now()
        grants = self._vault.grants_of(session, document_ids=ids)
        return {grant.document_id for grant in grants if grant.source_id == nda.id and grant.is_open(now)}

    def _accept(self, session: Session, actor: Actor, listing: Listing) -> NdaRow:
        account = self._accounts.account_of(session, actor.organisation_id)
        undertaking = self._undertaking(self._entropy.new_id(), listing, actor, account.address)
        salt, deadline = self._entropy.token(32), int((self._clock.now() + NDA_DEADLINE).timestamp())
        data = self._data(dict(acceptance_message(undertaking, salt=salt, deadline=deadline)))
        signature = self._accounts.sign(session, account_id=account.id, data=data)
        return self._write(session, actor, undertaking, listing, data=data, salt=salt, signature=signature)


def side(nda: Nda, organisation_id: str) -> Side:
    """Return which side of an undertaking an organisation is."""
    return Side.LICENSOR if organisation_id == nda.licensor_id else Side.LICENSEE
