"""Undertakings of confidentiality: shown, accepted once, logged on chain by commitment."""

from collections.abc import Sequence
from typing import cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Account, Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.core.typed_data import ACCEPTANCE, TypedData
from ipx.deals.models import NdaRow
from ipx.deals.nda import Undertaking, acceptance_message, clauses
from ipx.deals.policy import may_approach, may_negotiate
from ipx.deals.records import Nda, NdaText
from ipx.deals.rules import NDA_DEADLINE, NDA_PERIOD_YEARS, Side
from ipx.licences.rules import months_later
from ipx.notices.service import NoticeService
from ipx.vault.rules import DocumentRole, SourceKind
from ipx.vault.service import Document, VaultService

REGISTRY = "TermsAcceptance"


class Ndas:
    """Undertakings."""

    def __init__(
        self,
        *,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        accounts: AccountService,
        chain: ChainService,
        catalogue: CatalogueService,
        vault: VaultService,
        notices: NoticeService,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._chain = chain
        self._catalogue = catalogue
        self._vault = vault
        self._notices = notices

    def text(self, session: Session, *, actor: Actor, listing_id: str) -> NdaText:
        """Return the undertaking as it would be accepted now."""
        listing = self._catalogue.published(session, listing_id=listing_id)
        may_approach(actor, listing)
        account = self._accounts.account_of(session, actor.organisation_id)
        undertaking = self._undertaking("", listing, actor, account)
        return NdaText(
            undertaking.technology_id,
            listing.title,
            listing.owner_name,
            clauses(undertaking),
            account=account.address,
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
        return _record(found)

    def find(self, session: Session, *, licensee_id: str, technology_id: str) -> Nda | None:
        """Return the undertaking that binds a company about a technology now, if there is one."""
        row = self._row_of(session, licensee_id, technology_id)
        return _record(row) if row else None

    def nda(self, session: Session, *, actor: Actor, nda_id: str) -> Nda:
        """Return an undertaking to one of its sides."""
        row = session.get(NdaRow, nda_id)
        if row is None or actor.organisation_id not in (row.licensor_id, row.licensee_id):
            raise NotFound("There is no such undertaking, or it is not yours to see.")
        return _record(row)

    def ndas_of(self, session: Session, *, organisation_id: str) -> list[Nda]:
        """Return an organisation's undertakings, newest first."""
        mine = or_(NdaRow.licensor_id == organisation_id, NdaRow.licensee_id == organisation_id)
        rows = session.scalars(select(NdaRow).where(mine).order_by(NdaRow.accepted_at.desc(), NdaRow.id))
        return [_record(row) for row in rows]

    def ndas_on(self, session: Session, *, technology_id: str) -> list[Nda]:
        """Return the undertakings about a technology, oldest first; the caller has checked who asks."""
        query = select(NdaRow).where(NdaRow.technology_id == technology_id).order_by(NdaRow.accepted_at)
        return [_record(row) for row in session.scalars(query)]

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
            subject=f"Documents disclosed: {nda.technology_title}",
            body=f"{nda.licensor_name} lets you read {len(document_ids)} document(s) under your undertaking.",
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
        undertaking = self._undertaking(self._entropy.new_id(), listing, actor, account)
        salt, now = self._entropy.token(32), self._clock.now()
        message = acceptance_message(undertaking, salt=salt, deadline=int((now + NDA_DEADLINE).timestamp()))
        signature = self._accounts.sign(
            session,
            account_id=account.id,
            data=TypedData("Acceptance", message, self._chain.chain_id, self._chain.contract_address(REGISTRY)),
        )
        transaction_id = self._chain.submit(
            session,
            key=f"nda:{undertaking.nda_id}",
            contract=REGISTRY,
            function="accept",
            arguments=[[message[name] for name, _ in ACCEPTANCE], "0x" + signature.hex()],
            purpose="log the acceptance of an undertaking",
        )
        row = self._row(undertaking, actor, listing, message, signature, salt, session)
        row.transaction_id = transaction_id
        session.add(row)
        session.flush()
        self._tell(session, actor, row)
        return row

    def _row(
        self,
        undertaking: Undertaking,
        actor: Actor,
        listing: Listing,
        message: object,
        signature: bytes,
        salt: bytes,
        session: Session,
    ) -> NdaRow:
        assert listing.technology_id is not None
        assert listing.organisation_id is not None
        now = self._clock.now()
        context = f"nda/{undertaking.nda_id}"
        return NdaRow(
            id=undertaking.nda_id,
            technology_id=listing.technology_id,
            technology_title=listing.title,
            listing_id=listing.id,
            licensor_id=listing.organisation_id,
            licensor_name=listing.owner_name,
            licensee_id=actor.organisation_id,
            licensee_name=actor.organisation_name,
            person_id=actor.person_id,
            address=undertaking.recipient_address,
            value=undertaking.to_json(),
            message=cast("dict[str, Json]", message),
            signature=signature,
            licensor_salt=self._accounts.wrap(
                session, organisation_id=listing.organisation_id, secret=salt, context=context
            ),
            licensee_salt=self._accounts.wrap(
                session, organisation_id=actor.organisation_id, secret=salt, context=context
            ),
            accepted_at=now,
            expires_at=months_later(now, 12 * NDA_PERIOD_YEARS),
        )

    def _tell(self, session: Session, actor: Actor, row: NdaRow) -> None:
        self._audit.record(
            session,
            action="deal:nda:accepted",
            by=actor.by,
            subject_kind="nda",
            subject_id=row.id,
            details={
                "technology": row.technology_id,
                "terms": row.message["terms"],
                "signer": row.address,
                "transaction": row.transaction_id,
            },
        )
        self._notices.tell(
            session,
            organisation_id=row.licensor_id,
            subject=f"Undertaking accepted: {row.technology_title}",
            body=f"{row.licensee_name} promised confidentiality and may now be shown documents.",
            link=f"/deals/rooms/{row.id}",
        )

    def _undertaking(self, nda_id: str, listing: Listing, actor: Actor, account: Account) -> Undertaking:
        assert listing.technology_id is not None
        assert listing.organisation_id is not None
        return Undertaking(
            nda_id=nda_id,
            technology_id=listing.technology_id,
            technology_title=listing.title,
            discloser_id=listing.organisation_id,
            discloser_name=listing.owner_name,
            recipient_id=actor.organisation_id,
            recipient_name=actor.organisation_name,
            recipient_address=account.address,
        )

    def _row_of(self, session: Session, licensee_id: str, technology_id: str) -> NdaRow | None:
        query = select(NdaRow).where(
            NdaRow.licensee_id == licensee_id,
            NdaRow.technology_id == technology_id,
            NdaRow.expires_at > self._clock.now(),
        )
        return session.scalar(query.order_by(NdaRow.expires_at.desc()).limit(1))


def side(nda: Nda, organisation_id: str) -> Side:
    """Return which side of an undertaking an organisation is."""
    return Side.LICENSOR if organisation_id == nda.licensor_id else Side.LICENSEE


def _record(row: NdaRow) -> Nda:
    return Nda(
        id=row.id,
        technology_id=row.technology_id,
        technology_title=row.technology_title,
        listing_id=row.listing_id,
        licensor_id=row.licensor_id,
        licensor_name=row.licensor_name,
        licensee_id=row.licensee_id,
        licensee_name=row.licensee_name,
        person_id=row.person_id,
        clauses=tuple(row.value["clauses"]),
        transaction_id=row.transaction_id,
        accepted_at=row.accepted_at,
        expires_at=row.expires_at,
    )
