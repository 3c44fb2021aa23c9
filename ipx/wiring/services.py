"""Every service, built from adapters and its lower neighbours. Holds no logic."""

import os
import socket
from dataclasses import dataclass
from typing import Any

from ipx.accounts.passwords import Passwords
from ipx.accounts.service import AccountService, KeyRotations
from ipx.api.service import AnswerService
from ipx.bibliography.service import BibliographyService
from ipx.catalogue.service import CatalogueService
from ipx.chain.service import ChainService
from ipx.challenges.service import ChallengeService
from ipx.contests.service import ContestService
from ipx.deals.service import DealService
from ipx.evidence.batches import Batches
from ipx.evidence.block_proofs import BlockProofs
from ipx.evidence.second_clock import SecondClock
from ipx.evidence.service import EvidenceService
from ipx.evidence.time_stamps import read_roots
from ipx.history.service import HistoryService
from ipx.inventions.service import InventionService
from ipx.licences.service import LicenceService
from ipx.life.service import LifeService
from ipx.matches.service import MatchService
from ipx.matching.saved import SavedSearches
from ipx.matching.service import SearchService
from ipx.notices.service import NoticeService
from ipx.payments.service import PaymentService
from ipx.reviews.service import ReviewService
from ipx.settings import FOLDER, TRANSLATIONS
from ipx.technologies.custody import TitleCustody
from ipx.technologies.office_records import OfficeRecords
from ipx.technologies.portfolio import Portfolios
from ipx.technologies.service import TechnologyService
from ipx.technologies.titles import Titles
from ipx.titles.service import TitleService
from ipx.vault.browser_deposits import BrowserDeposits
from ipx.vault.custody import Custody
from ipx.vault.denied_party_file import denied_party_list
from ipx.vault.deposits import Deposits
from ipx.vault.inspections import Inspections
from ipx.vault.inspector import Inspector
from ipx.vault.marking import Marking
from ipx.vault.orphans import OrphanCollector
from ipx.vault.rescans import Rescans
from ipx.vault.service import VaultService
from ipx.vault.sharing import Sharing
from ipx.wallets.service import WalletService
from ipx.web.translating import Translator
from ipx.wiring.base import Base
from ipx.wiring.building import build_custody, build_history
from ipx.wiring.challenges import build_challenges
from ipx.wiring.deals import build_deals
from ipx.wiring.disputes import build_contests, build_life
from ipx.wiring.forgetting import Forgetting, build_forgetting
from ipx.wiring.searching import searching
from ipx.wiring.titles import build_titles


@dataclass(frozen=True)
class Services:
    """All services, by name, while they are wired together."""

    accounts: AccountService
    rotations: KeyRotations
    notices: NoticeService
    chain: ChainService
    wallets: WalletService
    batches: Batches
    second_clock: SecondClock
    block_proofs: BlockProofs
    evidence: EvidenceService
    vault: VaultService
    browser_deposits: BrowserDeposits
    custody: Custody
    rescans: Rescans
    forgetting: Forgetting
    bibliography: BibliographyService
    office_records: OfficeRecords
    portfolios: Portfolios
    contests: ContestService
    technologies: TechnologyService
    inventions: InventionService
    titles: TitleService
    licences: LicenceService
    catalogue: CatalogueService
    search: SearchService
    saved_searches: SavedSearches
    matches: MatchService
    payments: PaymentService
    deals: DealService
    life: LifeService
    challenges: ChallengeService
    history: HistoryService
    reviews: ReviewService
    answers: AnswerService


def build_services(base: Base) -> Services:
    """Build all services, low to high."""
    common = base.common
    accounts = _accounts(base)
    notices = _notices(base, accounts)
    chain = ChainService(gateway=base.outside.chain, clock=base.clock, entropy=base.entropy)
    wallets = _wallets(base, accounts, notices)
    batches = Batches(**common, chain=chain, events=base.events)
    second_clock = _second_clock(base)
    evidence = EvidenceService(**common, accounts=accounts, batches=batches, second_clock=second_clock)
    vault = _vault(base, accounts, evidence, notices)
    forgetting = build_forgetting(base, evidence=evidence, notices=notices, vault=vault)
    technologies = _technologies(base, accounts, chain, evidence, vault, wallets)
    licences = LicenceService(**common, events=base.events, chain=chain, technologies=technologies)
    catalogue = CatalogueService(
        **common, accounts=accounts, technologies=technologies, vault=vault, events=base.events
    )
    contests = build_contests(base, vault, notices, catalogue, technologies)
    for status_lines in (catalogue.status_lines, licences.status_lines):
        technologies.status.add(status_lines)
    payments = _payments(base)
    inventions = _inventions(base, accounts, evidence, notices, technologies, forgetting)
    records = _bibliography(base, technologies)
    deals = build_deals(base, accounts, chain, catalogue, vault, notices, technologies, licences, payments, wallets)
    read_by_history: dict[str, Any] = {
        "inventions": inventions,
        "accounts": accounts,
        "chain": chain,
        "evidence": evidence,
        "vault": vault,
        "technologies": technologies,
        "licences": licences,
        "catalogue": catalogue,
        "payments": payments,
        "deals": deals,
    }
    read_by_history["titles"] = build_titles(base, read_by_history, records["office_records"])
    read_by_history["life"] = build_life(base, {**read_by_history, "wallets": wallets}, notices, contests)
    read_by_history["challenges"] = build_challenges(base, notices=notices, rooms=read_by_history)
    return Services(
        **read_by_history,
        **build_history(base, read_by_history, notices),
        rotations=_rotations(base),
        wallets=wallets,
        notices=notices,
        forgetting=forgetting,
        contests=contests,
        batches=batches,
        second_clock=second_clock,
        custody=build_custody(base, notices),
        block_proofs=BlockProofs(database=base.database, gateway=base.outside.chain),
        **searching(base, accounts, notices, licences, catalogue),
        browser_deposits=_browser_deposits(base, evidence, vault),
        rescans=_rescans(base, accounts, vault),
        **records,
        answers=AnswerService(clock=base.clock),
    )


def _payments(base: Base) -> PaymentService:
    return PaymentService(
        **base.common, database=base.database, events=base.events, durable=base.durable, gateway=base.outside.payments
    )


def _notices(base: Base, accounts: AccountService) -> NoticeService:
    return NoticeService(
        accounts=accounts,
        translator=Translator(TRANSLATIONS),
        clock=base.clock,
        entropy=base.entropy,
        durable=base.durable,
        public_url=base.settings.public_url,
    )


def _technologies(
    base: Base,
    accounts: AccountService,
    chain: ChainService,
    evidence: EvidenceService,
    vault: VaultService,
    wallets: WalletService,
) -> TechnologyService:
    common: dict[str, Any] = {**base.common, "accounts": accounts, "evidence": evidence, "vault": vault}
    titles = Titles(**common, chain=chain, events=base.events)
    custody = TitleCustody(
        accounts=accounts,
        wallets=wallets,
        titles=titles,
        chain=chain,
        audit=base.audit,
        clock=base.clock,
        events=base.events,
    )
    return TechnologyService(**common, titles=titles, custody=custody, events=base.events)


def _inventions(
    base: Base,
    accounts: AccountService,
    evidence: EvidenceService,
    notices: NoticeService,
    technologies: TechnologyService,
    forgetting: Forgetting,
) -> InventionService:
    inventions = InventionService(
        **base.common,
        durable=base.durable,
        keeper=forgetting.keeper,
        scrubber=forgetting.scrubber,
        accounts=accounts,
        evidence=evidence,
        notices=notices,
        technologies=technologies,
        public_url=base.settings.public_url,
    )
    forgetting.keeper.add(inventions.erasures)
    return inventions


def _accounts(base: Base) -> AccountService:
    return AccountService(
        **base.common,
        events=base.events,
        keys=base.outside.keys,
        signer=base.outside.signer,
        passwords=Passwords(),
    )


def _wallets(base: Base, accounts: AccountService, notices: NoticeService) -> WalletService:
    return WalletService(
        **base.common,
        accounts=accounts,
        notices=notices,
        signer=base.outside.signer,
        gateway=base.outside.chain,
        public_url=base.settings.public_url,
    )


def _bibliography(base: Base, technologies: TechnologyService) -> dict[str, Any]:
    bibliography = BibliographyService(**base.common)
    return {
        "bibliography": bibliography,
        "office_records": OfficeRecords(bibliography=bibliography),
        "portfolios": Portfolios(technologies=technologies, clock=base.clock),
    }


def _rotations(base: Base) -> KeyRotations:
    return KeyRotations(
        **base.common,
        database=base.database,
        durable=base.durable,
        keys=base.outside.keys,
        mover=f"{socket.gethostname()}:{os.getpid()}",
    )


def _second_clock(base: Base) -> SecondClock:
    settings = base.settings
    return SecondClock(
        durable=base.durable,
        audit=base.audit,
        clock=base.clock,
        authority=base.outside.authority,
        roots=read_roots(settings.tsa_roots) if settings.tsa_roots else [],
        qualified=settings.tsa_qualified,
    )


def _vault(base: Base, accounts: AccountService, evidence: EvidenceService, notices: NoticeService) -> VaultService:
    common: dict[str, Any] = {"database": base.database, "store": base.outside.store, "clock": base.clock}
    inspections = Inspections(audit=base.audit, events=base.events, clock=base.clock)
    deposits = Deposits(
        **common,
        accounts=accounts,
        evidence=evidence,
        audit=base.audit,
        entropy=base.entropy,
        upload_limit=base.settings.upload_limit,
        inspector=Inspector(workshop=base.outside.workshop, scanner=base.outside.scanner),
        inspections=inspections,
    )
    denied = denied_party_list(base.settings.denied_parties)
    sharing = Sharing(**base.common, accounts=accounts, notices=notices, denied=denied)
    # A Kubo node may hold pins of others: only our own folder is looked through for files that no row names.
    orphans = OrphanCollector(**common, files=base.outside.store.known[FOLDER].files)
    return VaultService(
        **common,
        accounts=accounts,
        entropy=base.entropy,
        deposits=deposits,
        sharing=sharing,
        inspections=inspections,
        marked_copies=Marking(workshop=base.outside.workshop, store=base.outside.store),
        orphans=orphans,
    )


def _browser_deposits(base: Base, evidence: EvidenceService, vault: VaultService) -> BrowserDeposits:
    return BrowserDeposits(
        **base.common,
        database=base.database,
        store=base.outside.store,
        recipients=vault.sharing.recipients,
        evidence=evidence,
        upload_limit=base.settings.upload_limit,
    )


def _rescans(base: Base, accounts: AccountService, vault: VaultService) -> Rescans:
    return Rescans(
        database=base.database,
        store=base.outside.store,
        accounts=accounts,
        inspector=Inspector(workshop=base.outside.workshop, scanner=base.outside.scanner),
        inspections=vault.inspections,
    )
