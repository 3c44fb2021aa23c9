"""The door to custody: how the stored files are, in which store; audits by schedule and by command; the move.

What is deposited is proven again and again: a file that nobody reads for ten years must still be there in the eleventh.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.core.errors import Unavailable
from ipx.core.store_set import StoreSet
from ipx.db.durable import Durable, Workflow
from ipx.db.session import Database
from ipx.vault.custody_audit import BY_COMMAND, SCHEDULED, CustodyAudit
from ipx.vault.custody_book import CustodyBook
from ipx.vault.custody_rules import AlarmKind, AuditView, Span, StoreAlarm
from ipx.vault.moving import Moved, Mover
from ipx.vault.store_alarms import StoreAlarms

AUDIT_CUSTODY = "vault.audit_custody"
ROUNDS_SHOWN = 20


@dataclass(frozen=True)
class CustodyOverview:
    """What the operator's page shows. ``others`` are stores that may hold files of an earlier setting."""

    configured: tuple[str, ...]
    others: tuple[str, ...]
    troubled: dict[str, list[str]]
    audits: list[AuditView]
    alarms: list[StoreAlarm]


class Custody:
    """Audits, alarms and moves of stored files."""

    def __init__(
        self,
        *,
        database: Database,
        durable: Durable,
        stores: StoreSet,
        book: CustodyBook,
        audits: CustodyAudit,
        alarms: StoreAlarms,
        every: timedelta,
    ) -> None:
        self._database = database
        self._durable = durable
        self._stores = stores
        self._book = book
        self._audits = audits
        self._alarms = alarms
        self._every = every

    # ── what is known ────────────────────────────────────────────────────────────────────────────

    def history_of(self, session: Session, *, cid: str) -> list[Span]:
        """Return how a stored file was in each store, the newest first; nothing before the first audit."""
        return self._book.spans_of(session, cid)

    def overview(self, session: Session) -> CustodyOverview:
        """Return how all stores are."""
        configured = self._stores.configured
        return CustodyOverview(
            configured=configured,
            others=tuple(name for name in self._stores.known if name not in configured),
            troubled={store: self._book.troubled(session, store) for store in configured},
            audits=self._audits.newest(session, ROUNDS_SHOWN),
            alarms=self._alarms.newest(session),
        )

    # ── by schedule ──────────────────────────────────────────────────────────────────────────────

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {AUDIT_CUSTODY: self.audit_custody}

    def look(self) -> bool:
        """A chore: ask each configured store whether it is there, and begin an audit when one is due."""
        for name in self._stores.configured:
            self._ask(name)
        try:
            with self._database.write() as session:
                if self._audits.is_due(session, self._every):
                    audit_id = self._audits.begin(session, kind=SCHEDULED, repairs=True)
                    self._durable.enqueue(session, AUDIT_CUSTODY, audit_id, key=audit_id)
        except IntegrityError:
            return False  # another worker has begun the same round at this moment
        return False

    def look_at_new(self) -> bool:
        """A chore: prove what was deposited since the last look, and copy it to the other configured stores."""
        return self._audits.look_at_new()

    def audit_custody(self, audit_id: str) -> None:
        """Go through all files, a portion a step."""
        while self._durable.outside(self._audits.advance, audit_id):
            pass

    def _ask(self, name: str) -> None:
        trouble = None
        try:
            self._stores.known[name].check()
        except Unavailable as error:
            trouble = error.message
        with self._database.write() as session:
            if trouble is None:
                self._alarms.end(session, name, AlarmKind.UNREACHABLE)
            else:
                self._alarms.begin(session, name, AlarmKind.UNREACHABLE, trouble)

    # ── by command ───────────────────────────────────────────────────────────────────────────────

    def audit(self, *, repairs: bool, tell: Callable[[AuditView], None]) -> AuditView:
        """Audit everything now, going on with a round of this kind that was interrupted."""
        with self._database.write() as session:
            audit_id = self._audits.begin(session, kind=BY_COMMAND, repairs=repairs)
        while self._audits.advance(audit_id):
            tell(self.audit_view(audit_id))
        return self.audit_view(audit_id)

    def audit_view(self, audit_id: str) -> AuditView:
        """Return how far an audit is. Raises NotFound."""
        with self._database.read() as session:
            return self._audits.view(session, audit_id)

    def move(self, *, to: str, tell: Callable[[Moved], None]) -> Moved:
        """Move every file into one store. Raises Invalid, Unavailable; doing it again goes on where it stopped."""
        return Mover(database=self._database, stores=self._stores, book=self._book).move(to, tell)
