"""The room's only door: enters what is known about a title, and follows the chain that it makes."""

from datetime import date

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.service import ChainService
from ipx.core.errors import Invalid
from ipx.core.ports import Clock, Entropy, Signer
from ipx.evidence.service import EvidenceService
from ipx.inventions.service import InventionService
from ipx.technologies.office_records import OfficeRecords
from ipx.technologies.records import Right
from ipx.technologies.service import TechnologyService
from ipx.titles import policy
from ipx.titles.box import Box
from ipx.titles.checks import checked
from ipx.titles.claims import (
    EntryClaim,
    RectificationClaim,
    RegisterClaim,
    entry_claims,
    rectification_claims,
    register_claims,
)
from ipx.titles.competing import Competing
from ipx.titles.consents import Requirement
from ipx.titles.entries import Consent, Conveyance, Entry
from ipx.titles.instruments import Instruments
from ipx.titles.models import EntryRow
from ipx.titles.reading import ChainReader
from ipx.titles.records import ChainOfTitle, Instrument
from ipx.titles.rectifications import Rectifications
from ipx.titles.rectifier_signatures import RectifierSignatures
from ipx.titles.rectifiers import Rectifiers
from ipx.titles.register_rectifications import RegisterRectifications
from ipx.titles.rules import Basis, ConveyanceKind, JointAct
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
        rectifiers: Rectifiers,
        signer: Signer,
    ) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._signer = signer
        self._technologies = technologies
        self._instruments = Instruments(evidence=evidence, vault=vault)
        self._box = Box(accounts=accounts, entropy=entropy)
        self.competing = Competing(technologies=technologies)
        self.rectifications = Rectifications(
            accounts=accounts,
            audit=audit,
            box=self._box,
            clock=clock,
            entropy=entropy,
            instrument_of=self._instruments.find,
        )
        self.rectifiers = rectifiers
        self.register = RegisterRectifications(
            accounts=accounts,
            audit=audit,
            chain=chain,
            clock=clock,
            entropy=entropy,
            instruments=self._instruments,
            rectifiers=rectifiers,
            signer=signer,
            technologies=technologies,
        )
        self.signatures = RectifierSignatures(audit=audit, chain=chain, clock=clock, rectifiers=rectifiers)
        self._reader = ChainReader(
            accounts=accounts,
            box=self._box,
            chain=chain,
            clock=clock,
            competing=self.competing,
            evidence=evidence,
            inventions=inventions,
            office_records=office_records,
            rectifications=self.rectifications,
            technologies=technologies,
            vault=vault,
        )

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
        self._instruments.check(session, right=right, document_id=document_id)
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
            details={
                "entry": row.id,
                "kind": row.entry,
                "sha256": row.sha256,
                "document": document_id,
                "releases": releases_id,
            },
        )
        return row.id

    def propose_rectification(
        self,
        session: Session,
        *,
        actor: Actor,
        right_id: str,
        entry_id: str,
        basis: Basis,
        words: str,
        instead: Entry | None,
        document_id: str | None = None,
    ) -> str:
        """Propose that an entry of an own right is put right (``Rectifications.propose``); return the proposal's id."""
        right = self._technologies.right(session, actor=actor, right_id=right_id)
        self._instruments.check(session, right=right, document_id=document_id)
        return self.rectifications.propose(
            session,
            actor=actor,
            right_id=right_id,
            entry_id=entry_id,
            basis=basis,
            words=words,
            instead=instead,
            document_id=document_id,
        )

    # ── reading ──────────────────────────────────────────────────────────────────────────────────

    def chain_of_title(self, session: Session, *, actor: Actor, right_id: str) -> ChainOfTitle:
        """Return the chain of an own right with its gaps. Raises NotFound, Forbidden."""
        policy.check_may_read(actor)
        right = self._technologies.right(session, actor=actor, right_id=right_id)
        technology = self._technologies.technology(session, actor=actor, technology_id=right.technology_id)
        return self._reader.chain(session, technology, right)

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
            chain = self._reader.chain(session, technology, right)
            needed = chain.requirements.get(act)
            if needed is not None and needed.is_open:
                found.append((right, needed))
        return found

    def chains_on(self, session: Session, *, technology_id: str, day: date | None = None) -> list[ChainOfTitle]:
        """Return the chains of all rights of a technology, today or as of a ``day``; the caller has checked who asks.

        Raises NotFound.
        """
        technology = self._technologies.whole(session, technology_id=technology_id)
        return [self._reader.chain(session, technology, right, day=day) for right in technology.rights]

    def claims(self, session: Session) -> tuple[list[EntryClaim], list[RectificationClaim]]:
        """Return what our tables say about every entry and rectification, for a comparison with the audit lines."""
        return list(entry_claims(session, self._box)), list(rectification_claims(session, self._box))

    def register_claims(self, session: Session) -> list[RegisterClaim]:
        """Return what our tables say about every rectification of the register, for the same comparison."""
        return list(register_claims(session, self._signer))

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

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
