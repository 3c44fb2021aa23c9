"""The composition root: services built from adapters, and the table of who listens to what. Holds no logic."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ipx.accounts.events import LinkIssued
from ipx.accounts.passwords import Passwords
from ipx.accounts.service import AccountService
from ipx.accounts.sessions import BrowserSessions
from ipx.api.service import AnswerService
from ipx.audit.service import AuditService
from ipx.catalogue.events import ListingChanged, NeedChanged
from ipx.catalogue.service import CatalogueService
from ipx.chain.events import (
    AlarmBegan,
    AlarmEnded,
    TransactionFailed,
    TransactionFinal,
    TransactionMined,
    TransactionReorged,
)
from ipx.chain.health import HealthWatch
from ipx.chain.letters import AlarmLetters
from ipx.chain.operations import ChainOperations
from ipx.chain.relay import ChainRelay
from ipx.chain.rules import EMBEDDED_LIMITS, RelayLimits
from ipx.chain.service import ChainService
from ipx.core.ports import ChainGateway, Clock, Entropy, Mailer, PaymentGateway, SearchIndex
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.deals.agreements import Agreements
from ipx.deals.ndas import Ndas
from ipx.deals.offers import Offers
from ipx.deals.service import DealService
from ipx.evidence.batcher import Batcher
from ipx.evidence.batches import Batches
from ipx.evidence.block_proofs import BlockProofs
from ipx.evidence.events import BatchFinal, BatchFrozen, BatchIncluded, BatchReorged
from ipx.evidence.log_head import AUDIT, RECEIPTS
from ipx.evidence.log_heads import AuditSource
from ipx.evidence.recovery import LogRecovery
from ipx.evidence.second_clock import SecondClock
from ipx.evidence.service import EvidenceService
from ipx.evidence.time_stamps import read_roots
from ipx.evidence.transparency import Transparency
from ipx.evidence.watch import LogWatch
from ipx.history.service import HistoryService
from ipx.licences.events import LicenceActivated, LicenceRefused
from ipx.licences.service import LicenceService
from ipx.matching.service import SearchService
from ipx.matching.workflows import MatchingWorkflows
from ipx.notices.service import NoticeService
from ipx.notices.workflows import NoticeWorkflows
from ipx.outside import Outside, choose, secret_key
from ipx.payments.events import CheckoutRefunded, CheckoutSettled, PaymentTroubled
from ipx.payments.service import PaymentService
from ipx.payments.workflows import PaymentWorkflows
from ipx.settings import Settings
from ipx.technologies.service import TechnologyService
from ipx.technologies.titles import Titles
from ipx.vault.announcements import Announcements
from ipx.vault.deposits import Deposits
from ipx.vault.orphans import OrphanCollector
from ipx.vault.service import VaultService

EMBEDDED_POLLING, POLLING = timedelta(seconds=0.15), timedelta(seconds=1)


@dataclass(frozen=True)
class Exchange:
    """Everything that one process needs, built from its settings."""

    settings: Settings
    secret_key: str
    database: Database
    durable: Durable
    outside: Outside
    services: Mapping[Any, object]
    relay: ChainRelay
    health: HealthWatch
    batcher: Batcher
    block_proofs: BlockProofs
    payment_simulator: Callable[..., Any] | None
    payment_origin: str | None
    chores: Mapping[str, Callable[[], bool]]


@dataclass(frozen=True)
class _Base:
    """What every service needs."""

    settings: Settings
    database: Database
    outside: Outside
    events: Events
    durable: Durable
    audit: AuditService

    @property
    def clock(self) -> Clock:
        return self.outside.clock

    @property
    def entropy(self) -> Entropy:
        return self.outside.entropy

    @property
    def common(self) -> dict[str, Any]:
        """What nearly every service takes."""
        return {"audit": self.audit, "clock": self.clock, "entropy": self.entropy}


@dataclass(frozen=True)
class _Services:
    """All services, by name, while they are wired together."""

    accounts: AccountService
    notices: NoticeService
    chain: ChainService
    batches: Batches
    second_clock: SecondClock
    block_proofs: BlockProofs
    evidence: EvidenceService
    vault: VaultService
    technologies: TechnologyService
    licences: LicenceService
    catalogue: CatalogueService
    search: SearchService
    payments: PaymentService
    deals: DealService
    history: HistoryService
    answers: AnswerService


def build_exchange(settings: Settings) -> Exchange:
    """Build the exchange. Nothing is started, and the outside is not asked for anything."""
    base = _base(settings)
    services = _services(base)
    _listen(base, services)
    _name_logs(base, services)
    _register_workflows(base, services)
    holder = (
        "the only process" if settings.database_url.startswith("sqlite") else f"{socket.gethostname()}:{os.getpid()}"
    )
    sessions = BrowserSessions(database=base.database, clock=base.clock)
    limits = _limits(settings)
    return Exchange(
        settings=settings,
        secret_key=secret_key(settings),
        database=base.database,
        durable=base.durable,
        outside=base.outside,
        services=_by_class(base, services, sessions),
        relay=ChainRelay(
            database=base.database,
            gateway=base.outside.chain,
            events=base.events,
            clock=base.clock,
            holder=holder,
            limits=limits,
            first_block=base.outside.chain.first_block,
        ),
        health=HealthWatch(
            **base.common,
            database=base.database,
            gateway=base.outside.chain,
            events=base.events,
            holder=holder,
            limits=limits,
        ),
        batcher=Batcher(
            database=base.database,
            batches=services.batches,
            gateway=base.outside.chain,
            clock=base.clock,
            holder=holder,
            delay=settings.batch_delay,
            head_delay=settings.head_delay,
        ),
        block_proofs=services.block_proofs,
        payment_simulator=base.outside.payment_simulator,
        payment_origin=None if base.outside.payments.simulated else "https://checkout.stripe.com",
        chores=_chores(base, services, sessions),
    )


def _limits(settings: Settings) -> RelayLimits:
    return EMBEDDED_LIMITS if settings.embedded else RelayLimits()


def _base(settings: Settings) -> _Base:
    outside = choose(settings)
    database = Database(settings.database_url)
    audit = AuditService(outside.clock)
    database.before_commit(audit.seal)
    durable = Durable(database, polling=EMBEDDED_POLLING if settings.embedded else POLLING)
    return _Base(settings, database, outside, Events(), durable, audit)


def _services(base: _Base) -> _Services:
    common = base.common
    accounts = AccountService(
        **common,
        events=base.events,
        keys=base.outside.keys,
        signer=base.outside.signer,
        passwords=Passwords(),
    )
    notices = NoticeService(
        clock=base.clock, entropy=base.entropy, durable=base.durable, public_url=base.settings.public_url
    )
    chain = ChainService(gateway=base.outside.chain, clock=base.clock, entropy=base.entropy)
    batches = Batches(**common, chain=chain, events=base.events)
    second_clock = _second_clock(base)
    evidence = EvidenceService(**common, accounts=accounts, batches=batches, second_clock=second_clock)
    vault = _vault(base, accounts, evidence)
    titles = Titles(**common, accounts=accounts, chain=chain, evidence=evidence, vault=vault, events=base.events)
    technologies = TechnologyService(
        **common, accounts=accounts, evidence=evidence, vault=vault, titles=titles, events=base.events
    )
    licences = LicenceService(**common, events=base.events, chain=chain)
    catalogue = CatalogueService(
        **common, accounts=accounts, technologies=technologies, vault=vault, events=base.events
    )
    technologies.status.add(catalogue.status_lines)
    technologies.status.add(licences.status_lines)
    search = SearchService(index=base.outside.index, catalogue=catalogue, durable=base.durable)
    payments = PaymentService(
        **common, database=base.database, events=base.events, durable=base.durable, gateway=base.outside.payments
    )
    deals = _deals(base, accounts, chain, catalogue, vault, notices, technologies, licences, payments)
    history = HistoryService(
        accounts=accounts,
        audit=base.audit,
        chain=chain,
        evidence=evidence,
        vault=vault,
        technologies=technologies,
        licences=licences,
        catalogue=catalogue,
        payments=payments,
        deals=deals,
        clock=base.clock,
    )
    return _Services(
        accounts=accounts,
        notices=notices,
        chain=chain,
        batches=batches,
        second_clock=second_clock,
        block_proofs=BlockProofs(database=base.database, gateway=base.outside.chain),
        evidence=evidence,
        vault=vault,
        technologies=technologies,
        licences=licences,
        catalogue=catalogue,
        search=search,
        payments=payments,
        deals=deals,
        history=history,
        answers=AnswerService(clock=base.clock),
    )


def _second_clock(base: _Base) -> SecondClock:
    settings = base.settings
    return SecondClock(
        durable=base.durable,
        audit=base.audit,
        clock=base.clock,
        authority=base.outside.authority,
        roots=read_roots(settings.tsa_roots) if settings.tsa_roots else [],
        qualified=settings.tsa_qualified,
    )


def _vault(base: _Base, accounts: AccountService, evidence: EvidenceService) -> VaultService:
    common: dict[str, Any] = {"database": base.database, "store": base.outside.store, "clock": base.clock}
    deposits = Deposits(
        **common,
        accounts=accounts,
        evidence=evidence,
        audit=base.audit,
        entropy=base.entropy,
        upload_limit=base.settings.upload_limit,
    )
    # A Kubo node may hold pins of others, so files without a row are collected in our own folder alone.
    files = None if base.settings.kubo_api else getattr(base.outside.store, "files", None)
    orphans = OrphanCollector(**common, files=files) if files else None
    return VaultService(
        **common, accounts=accounts, audit=base.audit, entropy=base.entropy, deposits=deposits, orphans=orphans
    )


def _deals(
    base: _Base,
    accounts: AccountService,
    chain: ChainService,
    catalogue: CatalogueService,
    vault: VaultService,
    notices: NoticeService,
    technologies: TechnologyService,
    licences: LicenceService,
    payments: PaymentService,
) -> DealService:
    common = {**base.common, "notices": notices}
    ndas = Ndas(
        **common,
        accounts=accounts,
        chain=chain,
        catalogue=catalogue,
        vault=vault,
    )
    agreements = Agreements(
        **common,
        signer=base.outside.signer,
        accounts=accounts,
        chain=chain,
        technologies=technologies,
        licences=licences,
        payments=payments,
        vault=vault,
    )
    offers = Offers(**common, accounts=accounts, catalogue=catalogue, ndas=ndas)
    return DealService(ndas=ndas, offers=offers, agreements=agreements)


def _listen(base: _Base, s: _Services) -> None:
    """The whole table of who listens to what."""
    events, settings = base.events, base.settings
    letters = AlarmLetters(notices=s.notices, to=settings.operator_email, public_url=settings.public_url)
    events.listen(AlarmBegan, letters.on_alarm_began)
    events.listen(AlarmEnded, letters.on_alarm_ended)
    events.listen(LinkIssued, s.notices.on_link_issued)
    for room in (s.batches, s.technologies):
        events.listen(TransactionMined, _listener(room, "mined"))
        events.listen(TransactionFinal, _listener(room, "final"))
        events.listen(TransactionReorged, _listener(room, "reorged"))
        events.listen(TransactionFailed, _listener(room, "failed"))
    events.listen(BatchFrozen, s.second_clock.on_batch_frozen)
    events.listen(BatchIncluded, s.block_proofs.on_included)
    events.listen(BatchReorged, s.block_proofs.on_reorged)
    events.listen(BatchFinal, Announcements(evidence=s.evidence, notices=s.notices).on_batch_final)
    events.listen(TransactionFinal, s.licences.on_transaction_final)
    events.listen(TransactionFailed, s.licences.on_transaction_failed)
    events.listen(ListingChanged, s.search.on_listing_changed)
    events.listen(NeedChanged, s.search.on_need_changed)
    events.listen(CheckoutSettled, s.deals.agreements.on_checkout_settled)
    events.listen(CheckoutRefunded, s.deals.agreements.on_checkout_refunded)
    events.listen(PaymentTroubled, s.deals.agreements.on_payment_troubled)
    events.listen(LicenceActivated, s.deals.agreements.on_licence_activated)
    events.listen(LicenceRefused, s.deals.agreements.on_licence_refused)


def _listener(room: object, what: str) -> Callable[..., None]:
    found: Callable[..., None] = getattr(room, f"on_{what}", None) or getattr(room, f"on_transaction_{what}")
    return found


def _name_logs(base: _Base, s: _Services) -> None:
    """Our own logs whose heads go into every batch."""
    s.batches.heads.add(AUDIT, AuditSource(base.audit))
    s.batches.heads.add(RECEIPTS, s.vault.receipt_log)


def _register_workflows(base: _Base, s: _Services) -> None:
    mail = NoticeWorkflows(durable=base.durable, notices=s.notices, mailer=base.outside.mailer)
    matching = MatchingWorkflows(durable=base.durable, database=base.database, search=s.search)
    payments = PaymentWorkflows(durable=base.durable, payments=s.payments)
    for room in (mail, matching, payments, s.second_clock):
        base.durable.register(room.workflows())


def _by_class(base: _Base, s: _Services, sessions: BrowserSessions) -> dict[Any, object]:
    by_class: dict[Any, object] = {type(service): service for service in s.__dict__.values()}
    by_class |= {
        Settings: base.settings,
        Database: base.database,
        AuditService: base.audit,
        LogRecovery: LogRecovery(chain=s.chain, audit=base.audit, entropy=base.entropy),
        BrowserSessions: sessions,
        Transparency: Transparency(),
        ChainOperations: ChainOperations(gateway=base.outside.chain, clock=base.clock, limits=_limits(base.settings)),
        Clock: base.clock,
        Mailer: base.outside.mailer,
        ChainGateway: base.outside.chain,
        SearchIndex: base.outside.index,
        PaymentGateway: base.outside.payments,
    }
    return by_class


def _chores(base: _Base, s: _Services, sessions: BrowserSessions) -> dict[str, Callable[[], bool]]:
    """What has to be looked after every few minutes; each is repeatable, and one that fails stops no other."""
    return {
        "sessions": lambda: _forget_sessions(sessions),
        "old rows": lambda: _forget_old(base, s),
        "orphans": lambda: _collect_orphans(s.vault),
        "payments": s.payments.reconcile,
        "workflows": base.durable.forget_finished,
        "second clock": lambda: _ask_for_stamps(base, s.second_clock),
        "index": lambda: _heal_index(base, s.search),
        "log": _log_watch(base, s).look,
    }


def _log_watch(base: _Base, s: _Services) -> LogWatch:
    return LogWatch(
        database=base.database,
        transparency=Transparency(),
        chain=s.chain,
        gateway=base.outside.chain,
        audit=base.audit,
        clock=base.clock,
    )


def _forget_sessions(sessions: BrowserSessions) -> bool:
    sessions.forget_ended()
    return False


def _forget_old(base: _Base, s: _Services) -> bool:
    with base.database.write() as session:
        s.accounts.forget_old(session)
        s.notices.forget_old(session)
        s.answers.forget_old(session)
    return False


def _collect_orphans(vault: VaultService) -> bool:
    vault.collect_orphans()
    return False


def _ask_for_stamps(base: _Base, second_clock: SecondClock) -> bool:
    with base.database.write() as session:
        return second_clock.ask_for_due(session)


def _heal_index(base: _Base, search: SearchService) -> bool:
    with base.database.write() as session:
        search.heal(session, moment=base.clock.now().strftime("%Y-%m-%dT%H:%M"))
    return False
