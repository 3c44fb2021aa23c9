"""The composition root: an exchange built from its settings."""

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ipx.accounts.sessions import BrowserSessions
from ipx.audit.service import AuditService
from ipx.chain.health import HealthWatch
from ipx.chain.operations import ChainOperations
from ipx.chain.relay import ChainRelay
from ipx.core.ports import ChainGateway, Clock, Mailer, PaymentGateway, SearchIndex
from ipx.db.durable import Durable
from ipx.db.session import Database
from ipx.evidence.batcher import Batcher
from ipx.evidence.block_proofs import BlockProofs
from ipx.evidence.recovery import LogRecovery
from ipx.evidence.transparency import Transparency
from ipx.outside import Outside, secret_key
from ipx.settings import Settings
from ipx.wiring.base import Base, build_base, limits_of
from ipx.wiring.chores import chores_of
from ipx.wiring.listening import listen, name_logs, name_wrapped_columns, register_workflows
from ipx.wiring.services import Services, build_services


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


def build_exchange(settings: Settings) -> Exchange:
    """Build the exchange. Nothing is started, and the outside is not asked for anything."""
    base = build_base(settings)
    services = build_services(base)
    listen(base, services)
    name_logs(base, services)
    name_wrapped_columns(services)
    register_workflows(base, services)
    holder = (
        "the only process" if settings.database_url.startswith("sqlite") else f"{socket.gethostname()}:{os.getpid()}"
    )
    sessions = BrowserSessions(database=base.database, clock=base.clock)
    limits = limits_of(settings)
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
        chores=chores_of(base, services, sessions),
    )


def _by_class(base: Base, s: Services, sessions: BrowserSessions) -> dict[Any, object]:
    by_class: dict[Any, object] = {type(service): service for service in s.__dict__.values()}
    by_class |= {type(part): part for part in s.forgetting.__dict__.values()}
    by_class |= {
        Settings: base.settings,
        Database: base.database,
        AuditService: base.audit,
        LogRecovery: LogRecovery(chain=s.chain, audit=base.audit, entropy=base.entropy),
        BrowserSessions: sessions,
        Transparency: Transparency(),
        ChainOperations: ChainOperations(gateway=base.outside.chain, clock=base.clock, limits=limits_of(base.settings)),
        Clock: base.clock,
        Mailer: base.outside.mailer,
        ChainGateway: base.outside.chain,
        SearchIndex: base.outside.index,
        PaymentGateway: base.outside.payments,
    }
    return by_class
