"""The room's only door: enters what is known about a title, and follows the chain that it makes."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.service import ChainService
from ipx.core.errors import Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.evidence.service import EvidenceService
from ipx.inventions.service import InventionService
from ipx.technologies.office_records import OfficeRecords
from ipx.technologies.records import Right, Technology
from ipx.technologies.service import TechnologyService
from ipx.titles import policy
from ipx.titles.box import Box
from ipx.titles.checks import checked
from ipx.titles.competing import Competing
from ipx.titles.consents import Requirement, requirement
from ipx.titles.entries import Consent, Conveyance, CoOwnership, Entry
from ipx.titles.gaps import Facts, chain_with_gaps
from ipx.titles.holdings import Chain, Dated
from ipx.titles.models import EntryRow
from ipx.titles.records import ChainOfTitle, EntryView, Instrument, Inventor
from ipx.titles.register import RegisterReader, joined
from ipx.titles.rules import ConveyanceKind, JointAct
from ipx.vault.rules import DocumentRole
from ipx.vault.service import VaultService


class TitleService:
    """Chains of title."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        chain: ChainService,
        clock: Clock,
        entropy: Entropy,
        evidence: EvidenceService,
        inventions: InventionService,
        office_records: OfficeRecords,
        technologies: TechnologyService,
        vault: VaultService,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._evidence = evidence
        self._inventions = inventions
        self._office_records = office_records
        self._technologies = technologies
        self._vault = vault
        self._box = Box(accounts=accounts, entropy=entropy)
        self._register = RegisterReader(chain=chain, accounts=accounts)
        self.competing = Competing(technologies=technologies)

    # ── entering ─────────────────────────────────────────────────────────────────────────────────

    def enter(
        self,
        session: Session,
        *,
        actor: Actor,
        right_id: str,
        entry: Entry,
        document_id: str | None = None,
        releases_id: str | None = None,
    ) -> str:
        """Add an entry to the chain of an own right; return its id. Raises NotFound, Forbidden, Invalid.

        ``document_id``: an instrument deposited with the same technology. ``releases_id``: the security interest that a
        release ends. What was entered stays; it is corrected by another entry.
        """
        policy.check_may_enter(actor)
        right = self._technologies.right(session, actor=actor, right_id=right_id)
        cleaned = checked(entry, today=self._today())
        if document_id is not None:
            self._check_instrument(session, right, document_id)
        if releases_id is not None:
            self._check_releases(session, right, cleaned, releases_id)
        row = EntryRow(
            id=self._entropy.new_id(),
            organisation_id=actor.organisation_id,
            technology_id=right.technology_id,
            right_id=right.id,
            entry=_kind_of(cleaned),
            document_id=document_id,
            releases_id=releases_id,
            entered_by=actor.person_id,
            entered_at=self._clock.now(),
        )
        self._box.close(session, row, cleaned)
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="right:chain:entered",
            by=actor.by,
            subject_kind="right",
            subject_id=right.id,
            details={"entry": row.id, "kind": row.entry, "sha256": row.sha256, "document": document_id},
        )
        return row.id

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def chain_of_title(self, session: Session, *, actor: Actor, right_id: str) -> ChainOfTitle:
        """Return the chain of an own right with its gaps. Raises NotFound, Forbidden."""
        policy.check_may_read(actor)
        right = self._technologies.right(session, actor=actor, right_id=right_id)
        technology = self._technologies.technology(session, actor=actor, technology_id=right.technology_id)
        return self._chain(session, technology, right)

    def instruments(self, session: Session, *, actor: Actor, technology_id: str) -> list[Instrument]:
        """Return the deposited instruments that an entry can name, oldest first."""
        found = self._technologies.documents(session, actor=actor, technology_id=technology_id)
        return [
            Instrument(each.document.id, each.document.file_name, each.stamp)
            for each in found
            if each.document.role is DocumentRole.INSTRUMENT
        ]

    def open_consents(
        self, session: Session, *, actor: Actor, technology_id: str, act: JointAct
    ) -> list[tuple[Right, Requirement]]:
        """Return the rights of an own technology for which the owner has to ask joint owners before an act.

        Nothing for those who may not read chains of title. Raises NotFound.
        """
        if not actor.has(*policy.KEEPERS):
            return []
        technology = self._technologies.technology(session, actor=actor, technology_id=technology_id)
        found = []
        for right in technology.rights:
            chain = self._chain(session, technology, right)
            needed = chain.requirements.get(act)
            if needed is not None and needed.is_open:
                found.append((right, needed))
        return found

    def chains_on(self, session: Session, *, technology_id: str) -> list[ChainOfTitle]:
        """Return the chains of all rights of a technology; the caller has checked who asks. Raises NotFound."""
        technology = self._technologies.whole(session, technology_id=technology_id)
        return [self._chain(session, technology, right) for right in technology.rights]

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _chain(self, session: Session, technology: Technology, right: Right) -> ChainOfTitle:
        inventors = self._inventors(session, right)
        owner = self._accounts.organisation(session, technology.organisation_id).name
        entries = self._entries(session, right)
        facts = Facts(
            owner=owner,
            office=right.particulars.office,
            inventors=[each.name for each in inventors],
            agreements=[each.entry for each in entries if isinstance(each.entry, CoOwnership)],
            consents=[each.entry for each in entries if isinstance(each.entry, Consent)],
            with_document=frozenset(each.id for each in entries if each.instrument or each.block),
            today=self._today(),
        )
        chain = chain_with_gaps(_dated(entries), facts)
        return ChainOfTitle(
            right=right,
            technology_id=technology.id,
            technology_title=technology.title,
            organisation_name=owner,
            inventors=inventors,
            entries=_in_order(entries, chain),
            chain=chain,
            requirements=_requirements(chain, facts),
            competitors=self.competing.of_right(session, right=right),
            made_at=self._clock.now(),
        )

    def _entries(self, session: Session, right: Right) -> list[EntryView]:
        query = select(EntryRow).where(EntryRow.right_id == right.id).order_by(EntryRow.entered_at, EntryRow.id)
        rows = list(session.scalars(query))
        names = self._accounts.names(session, [row.entered_by for row in rows])
        entered = [self._view(session, row, names.get(row.entered_by, "")) for row in rows]
        titles = self._technologies.titles(session, technology_id=right.technology_id)
        token = next((title.token for title in titles if title.right_id == right.id), None)
        return entered if token is None else joined(entered, self._register.acts(session, token=token))

    def _view(self, session: Session, row: EntryRow, entered_by: str) -> EntryView:
        instrument = None
        if row.document_id is not None:
            document = self._vault.document(session, document_id=row.document_id)
            stamp = self._evidence.get_stamp(session, document.stamp_id)
            instrument = Instrument(document.id, document.file_name, stamp)
        entry = self._box.open(session, row)
        return EntryView(row.id, entry, instrument, row.releases_id, row.entered_at, entered_by)

    def _inventors(self, session: Session, right: Right) -> list[Inventor]:
        """Return the inventors by the office's newest document; where there is none, by the accepted disclosures."""
        for document in reversed(self._office_records.documents_of(session, right.particulars)):
            names = [party["name"] for party in document.content["inventors"] if party["name"]]
            if names:
                return [Inventor(name, "office") for name in names]
        disclosed = self._inventions.inventors_on(session, technology_id=right.technology_id)
        return [Inventor(each.name, "disclosure") for each in disclosed if each.name]

    def _check_instrument(self, session: Session, right: Right, document_id: str) -> None:
        document = self._vault.document(session, document_id=document_id)
        if (document.subject_kind, document.subject_id) != ("technology", right.technology_id):
            raise NotFound("There is no such document.")
        if document.role is not DocumentRole.INSTRUMENT:
            raise Invalid("Only a document that was deposited as an instrument can be named.", field="document")

    def _check_releases(self, session: Session, right: Right, entry: Entry, releases_id: str) -> None:
        if not isinstance(entry, Conveyance) or entry.kind is not ConveyanceKind.RELEASE:
            raise Invalid("Only a release ends a security interest.", field="releases")
        row = session.get(EntryRow, releases_id)
        released = self._box.open(session, row) if row is not None and row.right_id == right.id else None
        if not isinstance(released, Conveyance) or released.kind is not ConveyanceKind.SECURITY_INTEREST:
            raise Invalid("This is no security interest in this right.", field="releases")

    def _today(self) -> date:
        return self._clock.now().date()


def _kind_of(entry: Entry) -> str:
    if isinstance(entry, Conveyance):
        return str(entry.kind)
    return "consent" if isinstance(entry, Consent) else "co-ownership"


def _dated(entries: Sequence[EntryView]) -> list[Dated]:
    return [Dated(each.id, each.entry, each.releases_id) for each in entries if isinstance(each.entry, Conveyance)]


def _in_order(entries: Sequence[EntryView], chain: Chain) -> list[EntryView]:
    by_id = {each.id: each for each in entries}
    ordered = [by_id[step.dated.id] for step in chain.steps]
    return [*ordered, *(each for each in entries if not isinstance(each.entry, Conveyance))]


def _requirements(chain: Chain, facts: Facts) -> dict[JointAct, Requirement]:
    """Return what each act of the owner needs of the others; nothing where it holds alone, or not at all."""
    if len(chain.holders) < 2:
        return {}
    found = {
        act: requirement(
            act,
            by=[facts.owner],
            holders=chain.holders,
            agreements=facts.agreements,
            consents=facts.consents,
            office=facts.office,
        )
        for act in JointAct
    }
    return {act: each for act, each in found.items() if len(each.others) < len(chain.holders)}
