"""A deposit world whose files lie in two stores: a folder and a second one, which is a folder too, or a real Kubo."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property

from ipx.adapters.blockfolder import BlockFolder
from ipx.adapters.kubo import KuboStore
from ipx.core.ports import DocumentStore
from ipx.core.store_set import StoreSet
from ipx.db.durable import Durable
from ipx.notices.service import SEND_MAIL, NoticeService
from ipx.settings import TRANSLATIONS
from ipx.vault.custody import AUDIT_CUSTODY, Custody
from ipx.vault.custody_audit import CustodyAudit
from ipx.vault.custody_book import CustodyBook
from ipx.vault.store_alarms import StoreAlarms
from ipx.web.translating import Translator
from tests.deposit_world import DepositWorld

OPERATOR = "operator@example.org"


@dataclass
class CustodyWorld(DepositWorld):
    """``configured`` names the stores that are to hold every file; ``node`` is the address of a node for ``second``."""

    configured: tuple[str, ...] = ("first", "second")
    node: str | None = None

    @cached_property
    def stores(self) -> dict[str, DocumentStore]:
        second: DocumentStore = BlockFolder(self.folder / "second")
        if self.node:
            second = KuboStore(self.node, self.folder / "staging")
        return {"first": BlockFolder(self.folder / "blocks"), "second": second}

    @cached_property
    def store(self) -> DocumentStore:
        return self.store_set

    @cached_property
    def store_set(self) -> StoreSet:
        named = dict(self.stores)
        return StoreSet({name: named.pop(name) for name in self.configured}, named)

    @cached_property
    def durable(self) -> Durable:
        durable = Durable(self.database, polling=timedelta(seconds=0.1))
        durable.migrate()
        durable.register({SEND_MAIL: lambda mail_id: None, AUDIT_CUSTODY: lambda audit_id: None})
        durable.connect()
        return durable

    @cached_property
    def notices(self) -> NoticeService:
        return NoticeService(
            accounts=self.accounts,
            translator=Translator(TRANSLATIONS),
            clock=self.clock,
            entropy=self.entropy,
            durable=self.durable,
            public_url="http://here",
        )

    @cached_property
    def book(self) -> CustodyBook:
        return CustodyBook(audit=self.audit, clock=self.clock, entropy=self.entropy)

    @cached_property
    def alarms(self) -> StoreAlarms:
        common = {"audit": self.audit, "clock": self.clock, "entropy": self.entropy, "notices": self.notices}
        return StoreAlarms(**common, to=OPERATOR, public_url="http://here")  # type: ignore[arg-type]

    @cached_property
    def audits(self) -> CustodyAudit:
        return CustodyAudit(
            database=self.database,
            stores=self.store_set,
            book=self.book,
            alarms=self.alarms,
            notices=self.notices,
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def custody(self) -> Custody:
        return Custody(
            database=self.database,
            durable=self.durable,
            stores=self.store_set,
            book=self.book,
            audits=self.audits,
            alarms=self.alarms,
            every=timedelta(days=1),
        )

    def close(self) -> None:
        """Let go of the database, as at the end of a process."""
        self.durable.stop()
        self.database.dispose()
