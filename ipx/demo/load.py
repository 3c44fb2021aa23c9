"""The way of the command line to the demonstration: builds the services, loads what is missing, lets go of them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

from ipx.accounts.events import LinkIssued
from ipx.accounts.passwords import Passwords
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.bibliography.service import BibliographyService
from ipx.catalogue.service import CatalogueService
from ipx.challenges.service import ChallengeService
from ipx.db.events import Events
from ipx.deals.service import DealService
from ipx.demo.deals import DemoDeals
from ipx.demo.loader import DemoLoader
from ipx.inventions.service import InventionService
from ipx.licences.service import LicenceService
from ipx.life.service import LifeService
from ipx.matching.service import SearchService
from ipx.settings import Settings
from ipx.technologies.service import TechnologyService
from ipx.titles.service import TitleService
from ipx.vault.service import VaultService
from ipx.wiring import Exchange, build_exchange


def load_demo_if_missing(settings: Settings, progress: Callable[[str], None]) -> None:
    """Load the demonstration beside a running server, which does the later work: stamps, titles, index."""
    exchange = build_exchange(settings)
    exchange.durable.connect()
    try:
        demo_loader(exchange).load(progress)
    finally:
        exchange.durable.stop()
        exchange.database.dispose()


def demo_loader(exchange: Exchange) -> DemoLoader:
    """Return a loader on the services of an exchange."""
    services: Any = exchange.services
    return DemoLoader(
        database=exchange.database,
        clock=exchange.outside.clock,
        accounts=verifying_accounts(exchange),
        technologies=services[TechnologyService],
        vault=services[VaultService],
        catalogue=services[CatalogueService],
        search=services[SearchService],
        inventions=services[InventionService],
        challenges=services[ChallengeService],
        titles=services[TitleService],
        bibliography=services[BibliographyService],
    )


def demo_deals(exchange: Exchange) -> DemoDeals:
    """Return what plays the deals of the demonstration, step by step."""
    services: Any = exchange.services
    return DemoDeals(
        database=exchange.database,
        clock=exchange.outside.clock,
        accounts=services[AccountService],
        deals=services[DealService],
        licences=services[LicenceService],
        life=services[LifeService],
    )


def verifying_accounts(exchange: Exchange) -> AccountService:
    """Return an account service whose verification links are used at once instead of being mailed."""
    events, services = Events(), exchange.services
    audit = services[AuditService]
    assert isinstance(audit, AuditService)
    accounts = AccountService(
        audit=audit,
        events=events,
        clock=exchange.outside.clock,
        entropy=exchange.outside.entropy,
        keys=exchange.outside.keys,
        signer=exchange.outside.signer,
        passwords=Passwords(),
    )

    def verify(session: Session, link: LinkIssued) -> None:
        accounts.verify_email(session, token=link.token)

    events.listen(LinkIssued, verify)
    return accounts
