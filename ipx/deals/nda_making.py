"""What both ways to an undertaking share, whoever signs: its value, its row, and how the other side is told."""

from typing import cast

from flask_babel import lazy_gettext as _
from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.records import Listing
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.ports import Clock, Entropy
from ipx.core.typed_data import ACCEPTANCE, TypedData
from ipx.deals.models import NdaRow
from ipx.deals.nda import Undertaking
from ipx.deals.records import Nda
from ipx.deals.rules import NDA_PERIOD_YEARS
from ipx.licences.rules import months_later
from ipx.notices.service import NoticeService
from ipx.vault.service import VaultService
from ipx.wallets.service import WalletService

REGISTRY = "TermsAcceptance"


class NdaMaking:
    """Tools and rows."""

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
        wallets: WalletService,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._accounts = accounts
        self._chain = chain
        self._catalogue = catalogue
        self._vault = vault
        self._notices = notices
        self._wallets = wallets

    def _undertaking(self, nda_id: str, listing: Listing, actor: Actor, address: str) -> Undertaking:
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
            recipient_address=address,
        )

    def _data(self, message: dict[str, Json]) -> TypedData:
        """Return the EIP-712 Acceptance that is signed."""
        return TypedData("Acceptance", message, self._chain.chain_id, self._chain.contract_address(REGISTRY))

    def _write(
        self,
        session: Session,
        actor: Actor,
        undertaking: Undertaking,
        listing: Listing,
        *,
        data: TypedData,
        salt: bytes,
        signature: bytes,
        block: int | None = None,
        by_wallet: bool = False,
    ) -> NdaRow:
        """Keep what was signed and bring it to the chain. ``block``: as of which a contract wallet said yes."""
        transaction_id = self._chain.submit(
            session,
            key=f"nda:{undertaking.nda_id}",
            contract=REGISTRY,
            function="accept",
            arguments=[[data.message[name] for name, _ in ACCEPTANCE], "0x" + signature.hex()],
            purpose="log the acceptance of an undertaking",
        )
        row = self._row(session, undertaking, actor, listing, salt)
        row.message, row.signature = cast("dict[str, Json]", data.message), signature
        row.block_number, row.transaction_id = block, transaction_id
        session.add(row)
        session.flush()
        self._tell(session, actor, row, by_wallet=by_wallet)
        return row

    def _row(self, session: Session, undertaking: Undertaking, actor: Actor, listing: Listing, salt: bytes) -> NdaRow:
        now = self._clock.now()
        licensor_id = undertaking.discloser_id
        return NdaRow(
            id=undertaking.nda_id,
            technology_id=undertaking.technology_id,
            technology_title=undertaking.technology_title,
            listing_id=listing.id,
            licensor_id=licensor_id,
            licensor_name=undertaking.discloser_name,
            licensee_id=actor.organisation_id,
            licensee_name=actor.organisation_name,
            person_id=actor.person_id,
            address=undertaking.recipient_address,
            value=undertaking.to_json(),
            licensor_salt=self._wrap(session, licensor_id, undertaking.nda_id, salt),
            licensee_salt=self._wrap(session, actor.organisation_id, undertaking.nda_id, salt),
            accepted_at=now,
            expires_at=months_later(now, 12 * NDA_PERIOD_YEARS),
        )

    def _wrap(self, session: Session, organisation_id: str, nda_id: str, salt: bytes) -> bytes:
        context = f"nda/{nda_id}"
        return self._accounts.wrap(session, organisation_id=organisation_id, secret=salt, context=context)

    def _tell(self, session: Session, actor: Actor, row: NdaRow, *, by_wallet: bool) -> None:
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
                "wallet": by_wallet,
                "block": row.block_number,
            },
        )
        self._notices.tell(
            session,
            organisation_id=row.licensor_id,
            subject=_("Undertaking accepted: %(title)s", title=row.technology_title),
            body=_("%(company)s promised confidentiality and may now be shown documents.", company=row.licensee_name),
            link=f"/deals/rooms/{row.id}",
        )

    def _row_of(self, session: Session, licensee_id: str, technology_id: str) -> NdaRow | None:
        query = select(NdaRow).where(
            NdaRow.licensee_id == licensee_id,
            NdaRow.technology_id == technology_id,
            NdaRow.expires_at > self._clock.now(),
        )
        return session.scalar(query.order_by(NdaRow.expires_at.desc()).limit(1))


def record_of(row: NdaRow) -> Nda:
    """Return an undertaking as its two sides see it."""
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
