"""The whole check: rooms tell what their tables say, a node tells the logs, and each is held against the other.

It reads; it must never repair, nor take a table's word for what is on the chain.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from ipx.audit.service import AuditService
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService, TransactionView
from ipx.core.errors import NotFound
from ipx.core.ports import Log
from ipx.deals.service import DealService
from ipx.evidence.log_chain import ChainAnchor, ListedBatch, check_heads, compare
from ipx.evidence.transparency import Transparency
from ipx.history.check.chains import ENTERED, chain_differences
from ipx.history.check.handings import handing_differences
from ipx.history.check.licences import agreement_differences, licence_differences, nda_differences
from ipx.history.check.life import life_differences
from ipx.history.check.listings import PROPOSED as LISTING_PROPOSED
from ipx.history.check.listings import listing_differences
from ipx.history.check.records import CheckReport, Difference
from ipx.history.check.register import PROPOSED, register_differences
from ipx.history.check.titles import title_differences
from ipx.history.check.wallets import block_differences, unasked
from ipx.history.log_check import LogReport
from ipx.history.rebuild.reader import Registries, RegistryReader
from ipx.history.rebuild.rebuilding import Rebuilt, rebuild
from ipx.licences.service import LicenceService
from ipx.life.service import LifeService
from ipx.technologies.service import TechnologyService
from ipx.titles.service import TitleService


class TableCheck:
    """Compares all tables that the chain, a signature or an anchored head can contradict."""

    def __init__(
        self,
        *,
        audit: AuditService,
        chain: ChainService,
        technologies: TechnologyService,
        licences: LicenceService,
        deals: DealService,
        titles: TitleService,
        life: LifeService,
        catalogue: CatalogueService,
    ) -> None:
        self._audit = audit
        self._chain = chain
        self._technologies = technologies
        self._licences = licences
        self._deals = deals
        self._titles = titles
        self._life = life
        self._catalogue = catalogue

    def check(
        self,
        session: Session,
        *,
        reader: RegistryReader,
        registries: Registries,
        logs: LogReport,
        log_contracts: Sequence[str],
    ) -> CheckReport:
        """Return every difference. ``logs``: both logs of ours against their anchored heads; ``log_contracts``: the
        addresses of EvidenceLog. Raises Unavailable, Tampered when the node is not to be had or of another chain.
        """
        rebuilt = rebuild(reader, registries)
        final = rebuilt.tip.final if rebuilt.tip.final is not None else -1
        comparison = self._chain.comparison()
        events = list(comparison.logs(upto=rebuilt.tip.height))
        found, compared, unchecked = self._registers(session, rebuilt, events)
        rows = comparison.differences(session, events, final=final)
        found += [Difference(one.area, one.subject, one.field, one.words) for one in rows]
        found += [Difference("node", "", "", words) for words in rebuilt.contradictions]
        batches = Transparency().listing(session)
        senders = {self._chain.relayer().lower(), *(batch.sender for batch in batches)}
        anchors = reader.anchors(log_contracts, sender=None, first=registries.first_block, last=rebuilt.tip.height)
        own = [anchor for anchor in anchors if anchor.sender in senders]
        found += list(_of_batches(session, own, batches, rebuilt.tip.height))
        found += list(_of_logs(logs))
        compared |= {"events": len(events), "batches": len(batches), "heads of our logs": len(logs.heads)}
        return CheckReport(rebuilt.tip.height, compared, found, unchecked)

    def _registers(
        self, session: Session, rebuilt: Rebuilt, events: Sequence[Log]
    ) -> tuple[list[Difference], dict[str, int], list[str]]:
        tip = rebuilt.tip
        record = rebuilt.record(as_of=tip.time, known_at=tip.time)
        on_chain = {token: licence for (_, token), licence in record.licences.items()}
        titles = {token: title for (_, token), title in record.titles.items()}
        title_rows = list(self._technologies.title_claims(session))
        rows = list(self._licences.claims(session))
        agreements = self._deals.agreements.claims(session)
        undertakings = self._deals.agreements.nda_claims(session)
        steps = list(self._life.claims(session))
        ids = {row.transaction_id for row in title_rows} | {row.transaction_id for row in rows}
        ids |= {row.transaction_id for row in undertakings}
        ids |= {step.transaction_id for step in steps if step.transaction_id is not None}
        transactions = self._transactions(session, ids)
        accepted = [event for event in events if event.event == "Accepted"]
        lines = self._audit.lines_of(session, [("licence", row.id) for row in rows])
        moments = {(line.subject_id, line.action): line.at for line in lines}
        found = title_differences(title_rows, titles, transactions, tip)
        by_id = {agreement.id: agreement for agreement in agreements}
        handings = list(self._life.handing_claims(session))
        found += licence_differences(rows, on_chain, by_id, transactions, moments, tip, handings)
        found += handing_differences(handings, steps, rows, on_chain, lines)
        found += life_differences(steps, rows, on_chain, transactions, lines, tip)
        found += agreement_differences(agreements, on_chain)
        found += nda_differences(undertakings, accepted, transactions)
        deals = [("agreement", one.id) for one in agreements] + [("nda", one.id) for one in undertakings]
        found += block_differences(agreements, undertakings, self._audit.lines_of(session, deals))
        found += self.chains_of_title(session)
        found += self.rectifications(session)
        compared = Counter(titles=len(title_rows), licences=len(rows), agreements=len(agreements))
        compared["steps of licences"] = len(steps)
        compared["licences handed on"] = len(handings)
        return found, {**compared, "undertakings": len(undertakings)}, unasked(agreements, undertakings)

    def chains_of_title(self, session: Session) -> list[Difference]:
        """Return what differs between chains of title and the audit lines of their entries; it asks no node."""
        rights = self._audit.subjects_of(session, action=ENTERED)
        lines = self._audit.lines_of(session, [("right", right_id) for right_id in sorted(rights)])
        return chain_differences(*self._titles.claims(session), lines)

    def rectifications(self, session: Session) -> list[Difference]:
        """Return what differs between rectifications (register, listings) and their audit lines; it asks no node."""
        rights = self._audit.subjects_of(session, action=PROPOSED)
        lines = self._audit.lines_of(session, [("right", right_id) for right_id in sorted(rights)])
        found = list(register_differences(self._titles.register_claims(session), lines))
        listings = self._audit.subjects_of(session, action=LISTING_PROPOSED)
        lines = self._audit.lines_of(session, [("listing", listing_id) for listing_id in sorted(listings)])
        return found + list(listing_differences(self._catalogue.rectification_claims(session), lines))

    def _transactions(self, session: Session, ids: set[str]) -> dict[str, TransactionView]:
        found = {}
        for transaction_id in ids:
            try:
                found[transaction_id] = self._chain.transaction(session, transaction_id)
            except NotFound:
                continue  # the row that names it is a difference by what it lacks
        return found


def _of_batches(
    session: Session, own: Sequence[ChainAnchor], listed: Sequence[ListedBatch], height: int
) -> Iterator[Difference]:
    for one in (*check_heads(own), *compare(own, listed, height=height)):
        yield Difference("batch", one.subject, one.kind, one.words)
    broken_at = Transparency().consistency(session).broken_at
    if broken_at is not None:
        yield Difference("batch", str(broken_at), "previous_head", "it does not follow the batch before it")


def _of_logs(report: LogReport) -> Iterator[Difference]:
    for log, broken in report.broken_at.items():
        if broken is not None:
            yield Difference(f"{log} log", str(broken), "", "the line does not follow from the one before")
    for batch in report.bad_batches:
        yield Difference("batch", batch, "leaves", "they do not give its root, or a head's record is missing")
    for finding in report.heads:
        if finding.problem:
            where = f"the head at line {finding.lines}, in block {finding.block}, does not hold: {finding.problem}"
            yield Difference(f"{finding.log} log", str(finding.lines), "", where)
