"""What every service needs: settings, database, the outside, events, durable work, the audit log."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ipx.audit.service import AuditService
from ipx.chain.rules import EMBEDDED_LIMITS, RelayLimits
from ipx.core.ports import Clock, Entropy
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.outside import Outside, choose
from ipx.settings import Settings

EMBEDDED_POLLING, POLLING = timedelta(seconds=0.15), timedelta(seconds=1)


@dataclass(frozen=True)
class Base:
    """What every service needs."""

    settings: Settings
    database: Database
    outside: Outside
    events: Events
    durable: Durable
    audit: AuditService

    @property
    def clock(self) -> Clock:
        """The time."""
        return self.outside.clock

    @property
    def entropy(self) -> Entropy:
        """Randomness."""
        return self.outside.entropy

    @property
    def common(self) -> dict[str, Any]:
        """What nearly every service takes."""
        return {"audit": self.audit, "clock": self.clock, "entropy": self.entropy}


def build_base(settings: Settings) -> Base:
    """Choose the adapters and open what all share; nothing is asked of the outside."""
    outside = choose(settings)
    database = Database(settings.database_url)
    audit = AuditService(outside.clock)
    database.before_commit(audit.seal)
    durable = Durable(database, polling=EMBEDDED_POLLING if settings.embedded else POLLING)
    return Base(settings, database, outside, Events(), durable, audit)


def limits_of(settings: Settings) -> RelayLimits:
    """Return how the relay behaves in this mode."""
    return EMBEDDED_LIMITS if settings.embedded else RelayLimits()
