"""What belongs to a technology, and what is known of it: enough to tell its audit lines in words, with their proofs."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.rules import AuditLine
from ipx.audit.service import AuditService
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService, TransactionView
from ipx.challenges.service import ChallengeService
from ipx.deals.service import DealService
from ipx.evidence.service import EvidenceService, StampView
from ipx.inventions.service import InventionService
from ipx.licences.records import Licence
from ipx.licences.service import LicenceService
from ipx.payments.service import PaymentService
from ipx.technologies.records import Technology
from ipx.technologies.service import TechnologyService
from ipx.vault.records import Document, Receipt
from ipx.vault.service import VaultService


@dataclass(frozen=True)
class Subject:
    """Something that audit lines are about: its name in a sentence, its page, the transaction that its acts rest on."""

    kind: str
    id: str
    name: str
    href: str
    transaction_id: str | None = None


@dataclass(frozen=True)
class Facts:
    """All there is about one technology. ``transactions`` by our own id of them; ``acts``: (right id, evidence level)
    → id of the transaction that brought that evidence to the chain."""

    technology: Technology
    subjects: Mapping[tuple[str, str], Subject]
    lines: Sequence[AuditLine]
    stamps: Mapping[str, StampView]
    transactions: Mapping[str, TransactionView]
    acts: Mapping[tuple[str, int], str]
    receipts: Sequence[Receipt]


class Gatherer:
    """Asks every room for its part of one technology. The actor sees the technology, or NotFound is raised."""

    def __init__(
        self,
        *,
        audit: AuditService,
        chain: ChainService,
        evidence: EvidenceService,
        vault: VaultService,
        technologies: TechnologyService,
        inventions: InventionService,
        licences: LicenceService,
        catalogue: CatalogueService,
        payments: PaymentService,
        deals: DealService,
        challenges: ChallengeService,
    ) -> None:
        self._audit = audit
        self._chain = chain
        self._evidence = evidence
        self._vault = vault
        self._technologies = technologies
        self._inventions = inventions
        self._licences = licences
        self._catalogue = catalogue
        self._payments = payments
        self._deals = deals
        self._challenges = challenges

    def facts(self, session: Session, *, actor: Actor, technology_id: str) -> Facts:
        """Return everything about a technology of the actor's organisation. Raises NotFound."""
        technology = self._technologies.technology(session, actor=actor, technology_id=technology_id)
        documents = self._vault.documents_of(
            session, subject_kind="technology", subject_id=technology_id, with_erased=True
        )
        found = [
            Subject("technology", technology_id, technology.title, f"/technologies/{technology_id}"),
            *self._rights(session, technology),
            *(Subject("document", document.id, document.file_name, _page_of(document)) for document in documents),
            *self._inventions_of(session, technology_id),
            *self._listing(session, technology_id),
            *self._deal_subjects(session, technology_id),
            *self._entries(session, technology_id),
        ]
        acts = self._acts(session, technology)
        lines = self._audit.lines_of(session, [(subject.kind, subject.id) for subject in found])
        wanted = {subject.transaction_id for subject in found} | {line.details.get("transaction") for line in lines}
        return Facts(
            technology=technology,
            subjects={(subject.kind, subject.id): subject for subject in found},
            lines=lines,
            stamps=self._stamps(session, found),
            transactions=self._transactions(session, {*wanted, *acts.values()}),
            acts=acts,
            receipts=self._vault.receipts_of(session, document_ids=[document.id for document in documents]),
        )

    def _transactions(self, session: Session, ids: Iterable[object]) -> dict[str, TransactionView]:
        return {found: self._chain.transaction(session, found) for found in ids if isinstance(found, str)}

    def _rights(self, session: Session, technology: Technology) -> Iterator[Subject]:
        titles = {title.right_id: title for title in self._technologies.titles(session, technology_id=technology.id)}
        for right in technology.rights:
            title = titles.get(right.id)
            yield Subject(
                "right",
                right.id,
                right.particulars.title,
                f"/technologies/{technology.id}#record-{right.id}",
                title.transaction_id if title else None,
            )

    def _listing(self, session: Session, technology_id: str) -> Iterator[Subject]:
        listing = self._catalogue.find_by_technology(session, technology_id=technology_id)
        if listing is not None:
            yield Subject("listing", listing.id, listing.title, f"/listings/{listing.id}")

    def _deal_subjects(self, session: Session, technology_id: str) -> Iterator[Subject]:
        licences = self._licences.licences_on(session, technology_id=technology_id)
        for nda in self._deals.ndas.ndas_on(session, technology_id=technology_id):
            yield Subject("nda", nda.id, nda.licensee_name, f"/deals/rooms/{nda.id}", nda.transaction_id)
        for offer in self._deals.offers.offers_on(session, technology_id=technology_id):
            yield Subject("offer", offer.id, offer.licensee_name, f"/deals/offers/{offer.id}")
        yield from self._agreements(session, technology_id, {licence.agreement_id: licence for licence in licences})
        for licence in licences:
            page = f"/licences/{licence.id}"
            yield Subject("licence", licence.id, licence.licensee_name, page, licence.transaction_id)

    def _agreements(self, session: Session, technology_id: str, licences: Mapping[str, Licence]) -> Iterator[Subject]:
        for agreement in self._deals.agreements.agreements_on(session, technology_id=technology_id):
            licence = licences.get(agreement.id)
            transaction_id = licence.transaction_id if licence else None
            page = f"/deals/agreements/{agreement.id}"
            yield Subject("agreement", agreement.id, agreement.licensee_name, page, transaction_id)
            checkout = self._payments.find_by_agreement(session, agreement_id=agreement.id)
            if checkout is not None:
                yield Subject("checkout", checkout.id, agreement.licensee_name, page)

    def _inventions_of(self, session: Session, technology_id: str) -> Iterator[Subject]:
        """Give the disclosures that the technology began with; without their titles, which are confidential."""
        for invention_id in self._inventions.inventions_on(session, technology_id=technology_id):
            yield Subject("invention", invention_id, gettext("Invention disclosure"), f"/inventions/{invention_id}")

    def _entries(self, session: Session, technology_id: str) -> Iterator[Subject]:
        for entry_id, title in self._challenges.entries.entries_on(session, technology_id=technology_id):
            yield Subject("entry", entry_id, title, f"/challenges/entries/{entry_id}")

    def _stamps(self, session: Session, subjects: Sequence[Subject]) -> dict[str, StampView]:
        return {
            stamp.id: stamp
            for subject in subjects
            if subject.kind in ("document", "invention", "entry")
            for stamp in self._evidence.stamps_of(session, subject_kind=subject.kind, subject_id=subject.id)
        }

    def _acts(self, session: Session, technology: Technology) -> dict[tuple[str, int], str]:
        """Better evidence reaches the chain by acts that are numbered from 0 for each title."""
        found: dict[tuple[str, int], str] = {}
        for right in technology.rights:
            number = 0
            while act := self._chain.find_transaction(session, key=f"title:{right.id}:act:{number}"):
                message = act.arguments[0]
                assert isinstance(message, Mapping)
                if "evidence" in message:  # else the title went over to another account
                    found.setdefault((right.id, int(str(message["evidence"]))), act.id)
                number += 1
        return found


def _page_of(document: Document) -> str:
    return f"/documents/{document.id}"
