"""The measures that kept one document secret, as they are on record.

It states what is recorded. Whether that was reasonable under the circumstances, as the law asks (Directive (EU)
2016/943, Art. 2(1)(c); 18 U.S.C. § 1839(3)(A)), is for others to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, ChainCheck
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.deals.records import Nda
from ipx.deals.service import DealService
from ipx.evidence.records import StampView
from ipx.evidence.service import EvidenceService
from ipx.vault.records import ChainCheck as ReceiptCheck
from ipx.vault.records import Document, Grant, HandOver, Receipt, Screening
from ipx.vault.service import VaultService


@dataclass(frozen=True)
class Measures:
    """Everything on record about the secrecy of one document at ``made_at``; names by id."""

    document: Document
    owner: str
    made_at: datetime
    stamp: StampView
    grants: Sequence[Grant]
    ndas: Sequence[Nda]
    receipts: Sequence[Receipt]
    screenings: Sequence[Screening]
    hand_overs: Sequence[HandOver]
    people: Mapping[str, str]
    organisations: Mapping[str, str]
    audit: ChainCheck
    receipt_chain: ReceiptCheck

    @property
    def open_grants(self) -> list[Grant]:
        """Grants that let somebody read at the time of the report."""
        return [grant for grant in self.grants if grant.is_open(self.made_at)]

    @property
    def ended_grants(self) -> list[Grant]:
        """Grants that were revoked or have expired."""
        return [grant for grant in self.grants if not grant.is_open(self.made_at)]

    def person(self, person_id: str | None) -> str:
        """Return a person's name."""
        return self.people.get(person_id or "", "a former member")

    def organisation(self, organisation_id: str) -> str:
        """Return an organisation's name."""
        return self.organisations.get(organisation_id, "a former organisation")


class MeasuresGatherer:
    """Asks vault, evidence, deals and the logs for their part."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        evidence: EvidenceService,
        vault: VaultService,
        deals: DealService,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._evidence = evidence
        self._vault = vault
        self._deals = deals
        self._clock = clock

    def measures(self, session: Session, *, actor: Actor, document_id: str) -> Measures:
        """Return what is on record about a sealed document of the actor's organisation. Raises NotFound."""
        document = self._vault.document(session, document_id=document_id)
        if document.organisation_id != actor.organisation_id or not document.confidential:
            raise NotFound("There is no such confidential document in your organisation.")
        grants = self._vault.grants_of(session, document_ids=[document_id])
        receipts = self._vault.receipts_of(session, document_ids=[document_id])
        screenings = self._vault.sharing.screenings.on(session, document_id=document_id)
        hand_overs = self._hand_overs(session, document, grants)
        return Measures(
            document=document,
            owner=actor.organisation_name,
            made_at=self._clock.now(),
            stamp=self._evidence.get_stamp(session, document.stamp_id),
            grants=grants,
            ndas=self._ndas(session, document),
            receipts=receipts,
            screenings=screenings,
            hand_overs=hand_overs,
            people=self._accounts.names(
                session, [*_people(document, grants, receipts, screenings), *(one.made_by for one in hand_overs)]
            ),
            organisations=self._organisations(session, _organisations(grants, receipts)),
            audit=self._audit.check(session),
            receipt_chain=self._vault.check_receipts(session),
        )

    def _hand_overs(self, session: Session, document: Document, grants: Sequence[Grant]) -> list[HandOver]:
        """Return to whom the key of a document that a browser sealed was handed over, ended ones too."""
        readers = sorted({grant.organisation_id for grant in grants})
        made = self._vault.sharing.hand_overs.of(session, document_id=document.id, organisation_ids=readers)
        return sorted(made.values(), key=lambda one: one.made_at)

    def _ndas(self, session: Session, document: Document) -> list[Nda]:
        if document.subject_kind != "technology":
            return []
        return self._deals.ndas.ndas_on(session, technology_id=document.subject_id)

    def _organisations(self, session: Session, organisation_ids: set[str]) -> dict[str, str]:
        return {found: self._accounts.organisation(session, found).name for found in organisation_ids}


def _organisations(grants: Sequence[Grant], receipts: Sequence[Receipt]) -> set[str]:
    return {grant.organisation_id for grant in grants} | {receipt.organisation_id for receipt in receipts}


def _people(
    document: Document, grants: Sequence[Grant], receipts: Sequence[Receipt], screenings: Sequence[Screening]
) -> list[str]:
    named = [document.created_by, *(receipt.person_id for receipt in receipts)]
    named += [person for grant in grants for person in (grant.person_id, grant.granted_by) if person]
    return [*named, *(found.decided_by for found in screenings if found.decided_by)]
