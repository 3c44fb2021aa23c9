"""The door to history: the timeline of a technology, the state of the audit log, and what can be taken away."""

from collections.abc import Sequence
from datetime import UTC, date
from typing import Any

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.challenges.service import ChallengeService
from ipx.core.errors import NotFound
from ipx.core.ports import Clock
from ipx.deals.service import DealService
from ipx.evidence.bundle import COMMITMENT
from ipx.evidence.service import EvidenceService, StampView
from ipx.evidence.verification import ChainReader
from ipx.history import exports
from ipx.history.check.comparing import TableCheck
from ipx.history.check.records import CheckReport
from ipx.history.heads import Heads
from ipx.history.log_check import LogReport, check_logs
from ipx.history.measures import MeasuresGatherer
from ipx.history.measures_paper import draw_measures
from ipx.history.policy import check_may_see_history
from ipx.history.rebuild.reader import Registries, RegistryReader
from ipx.history.records import Chains, Export, TechnologyHistory, TimelineLine
from ipx.history.report.gathering import ReportGatherer
from ipx.history.report.reporting import Reporting
from ipx.history.rules import EXPORTED, MEASURES_REPORTED, ExportForm
from ipx.history.subjects import Facts, Gatherer
from ipx.history.timeline import Names, assemble
from ipx.inventions.service import InventionService
from ipx.licences.service import LicenceService
from ipx.life.service import LifeService
from ipx.payments.service import PaymentService
from ipx.technologies.records import TechnologyLine
from ipx.technologies.service import TechnologyService
from ipx.titles.records import ChainOfTitle
from ipx.titles.service import TitleService
from ipx.vault.service import VaultService


class HistoryService:
    """Reads all rooms, writes none; only that a history was taken away is itself recorded."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        chain: ChainService,
        evidence: EvidenceService,
        vault: VaultService,
        technologies: TechnologyService,
        inventions: InventionService,
        titles: TitleService,
        licences: LicenceService,
        catalogue: CatalogueService,
        payments: PaymentService,
        deals: DealService,
        life: LifeService,
        challenges: ChallengeService,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._chain = chain
        self._vault = vault
        self._technologies = technologies
        self._titles = titles
        self._evidence = evidence
        self.heads = Heads(evidence=evidence)
        self._clock = clock
        compared: dict[str, Any] = {"technologies": technologies, "licences": licences, "deals": deals, "life": life}
        self._tables = TableCheck(**compared, audit=audit, chain=chain, titles=titles, catalogue=catalogue)
        gatherer = ReportGatherer(
            accounts=accounts,
            vault=vault,
            technologies=technologies,
            licences=licences,
            deals=deals,
            titles=titles,
            inventions=inventions,
            life=life,
        )
        self.reports = Reporting(
            accounts=accounts, audit=audit, chain=chain, technologies=technologies, gatherer=gatherer, clock=clock
        )
        self._measures = MeasuresGatherer(
            accounts=accounts, audit=audit, evidence=evidence, vault=vault, deals=deals, clock=clock
        )
        self._gatherer = Gatherer(
            audit=audit,
            chain=chain,
            evidence=evidence,
            vault=vault,
            technologies=technologies,
            inventions=inventions,
            licences=licences,
            catalogue=catalogue,
            payments=payments,
            deals=deals,
            challenges=challenges,
        )

    def technologies(self, session: Session, *, actor: Actor) -> list[TechnologyLine]:
        """Return the technologies whose history the actor may see. Raises Forbidden."""
        check_may_see_history(actor)
        return self._technologies.technologies_of(session, organisation_id=actor.organisation_id)

    def chains_of_title(
        self, session: Session, *, actor: Actor, technology_id: str, day: date | None = None
    ) -> list[ChainOfTitle]:
        """Return the chains of title of a technology’s rights, today or as of a day. Raises Forbidden, NotFound."""
        check_may_see_history(actor)
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        return self._titles.chains_on(session, technology_id=technology_id, day=day)

    def check_chains(self, session: Session, *, actor: Actor) -> Chains:
        """Verify the whole audit log and all receipts now. Raises Forbidden."""
        check_may_see_history(actor)
        return Chains(audit=self._audit.check(session), receipts=self._vault.check_receipts(session))

    def check_logs(self, session: Session, *, chain: ChainReader | None = None) -> LogReport:
        """Verify both logs against themselves and their anchored heads; for the operator. Raises Unavailable."""
        return check_logs(session, audit=self._audit, vault=self._vault, evidence=self._evidence, chain=chain)

    def check_tables(
        self, session: Session, *, reader: RegistryReader, registries: Registries, log_contracts: Sequence[str]
    ) -> CheckReport:
        """Compare all tables with the chain, with signatures and with anchored heads; for the operator.

        Raises Unavailable, Tampered when the node does not answer or is of another chain.
        """
        logs = self.check_logs(session, chain=reader)
        return self._tables.check(session, reader=reader, registries=registries, logs=logs, log_contracts=log_contracts)

    def timeline(self, session: Session, *, actor: Actor, technology_id: str) -> list[TimelineLine]:
        """Return what happened to a technology, oldest first. Raises Forbidden, NotFound."""
        check_may_see_history(actor)
        return self._timeline(session, actor, self._gatherer.facts(session, actor=actor, technology_id=technology_id))

    def history(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str,
        is_simulated: bool = False,
        verify: bool = False,
        prove: bool = False,
    ) -> TechnologyHistory:
        """Return the timeline, with the state of the audit log when it is to be verified. Raises Forbidden, NotFound.

        Verifying reads the whole log, of all organisations: about a second for 20,000 lines. With ``prove``, so does
        the proof that its lines are in the log that was anchored.
        """
        check_may_see_history(actor)
        facts = self._gatherer.facts(session, actor=actor, technology_id=technology_id)
        return TechnologyHistory(
            technology_id=technology_id,
            title=facts.technology.title,
            organisation=actor.organisation_name,
            made_at=self._clock.now(),
            lines=self._timeline(session, actor, facts),
            audit=self._audit.check(session) if verify else None,
            audit_proof=self.heads.of_lines(session, actor=actor, lines=facts.lines) if prove else None,
            chain_id=self._chain.chain_id,
            is_simulated=is_simulated,
        )

    def export(
        self, session: Session, *, actor: Actor, technology_id: str, form: ExportForm, is_simulated: bool = False
    ) -> Export:
        """Return the whole history as a file and record that it was taken away. Raises Forbidden, NotFound."""
        history = self.history(
            session,
            actor=actor,
            technology_id=technology_id,
            is_simulated=is_simulated,
            verify=True,
            prove=form is ExportForm.JSON,
        )
        assert history.audit is not None
        self._audit.record(
            session,
            action=EXPORTED,
            by=actor.by,
            subject_kind="technology",
            subject_id=technology_id,
            details={"form": str(form), "lines": len(history.lines), "head": history.audit.head},
        )
        return exports.export(history, form)

    def stamps(self, session: Session, *, actor: Actor, technology_id: str) -> list[tuple[str, StampView]]:
        """Return the time stamps of a technology's documents and disclosures, by the name that its history has for
        each, the oldest first. Raises Forbidden, NotFound."""
        check_may_see_history(actor)
        facts = self._gatherer.facts(session, actor=actor, technology_id=technology_id)
        named = [(facts.subjects[stamp.subject_kind, stamp.subject_id].name, stamp) for stamp in facts.stamps.values()]
        return sorted(named, key=lambda one: (one[1].created_at, one[1].id))

    def proof(self, session: Session, *, actor: Actor, technology_id: str, stamp_id: str) -> bytes:
        """Return the evidence bundle of one of them, which proves a commitment and opens nothing. Raises Forbidden,
        NotFound, Conflict while it is in no block."""
        if stamp_id not in {stamp.id for _, stamp in self.stamps(session, actor=actor, technology_id=technology_id)}:
            raise NotFound("There is no such time stamp in this history.")
        return self._evidence.bundle(session, stamp_id=stamp_id, disclosure=COMMITMENT)

    def measures(self, session: Session, *, actor: Actor, document_id: str) -> Export:
        """Return the report on the measures that keep a document secret, and record that it was taken away.

        Raises Forbidden, NotFound.
        """
        check_may_see_history(actor)
        found = self._measures.measures(session, actor=actor, document_id=document_id)
        self._audit.record(
            session,
            action=MEASURES_REPORTED,
            by=actor.by,
            subject_kind="document",
            subject_id=document_id,
            details={"grants": len(found.grants), "receipts": len(found.receipts), "head": found.audit.head},
        )
        day = found.made_at.astimezone(UTC).date().isoformat()
        return Export(f"measures-{document_id}-{day}.pdf", "application/pdf", draw_measures(found))

    def _timeline(self, session: Session, actor: Actor, facts: Facts) -> list[TimelineLine]:
        return assemble(facts, self._names(session, actor, facts))

    def _names(self, session: Session, actor: Actor, facts: Facts) -> Names:
        organisations = {line.details.get("organisation") for line in facts.lines}
        organisations |= {line.organisation_id for line in facts.lines}
        organisations |= {receipt.organisation_id for receipt in facts.receipts}
        acted = {(line.actor_id, line.organisation_id) for line in facts.lines}
        acted |= {(receipt.person_id, receipt.organisation_id) for receipt in facts.receipts}
        own = actor.organisation_id
        return Names(
            own_organisation_id=own,
            organisations=self._organisation_names(session, {str(name) for name in organisations if name}),
            people=self._accounts.names(session, [person for person, of in acted if person and of == own]),
        )

    def _organisation_names(self, session: Session, organisation_ids: set[str]) -> dict[str, str]:
        names: dict[str, str] = {}
        for organisation_id in organisation_ids:
            try:
                names[organisation_id] = self._accounts.organisation(session, organisation_id).name
            except NotFound:
                continue
        return names
