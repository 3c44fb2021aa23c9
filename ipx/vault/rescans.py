"""A later look at documents that wait in quarantine because the virus scanner was away, or its limit was too low."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core.errors import ExchangeError, Invalid
from ipx.core.ports import DocumentStore
from ipx.db.session import Database
from ipx.vault.clear_pieces import clear_pieces
from ipx.vault.document_secret import unwrap_secret
from ipx.vault.documents import document_row
from ipx.vault.findings import HARMFUL, SCAN_LIMIT, SCANNER_AWAY, Finding, InspectionState
from ipx.vault.inspections import Inspections
from ipx.vault.inspector import Inspector
from ipx.vault.models import InspectionRow


class Rescans:
    """Looks at documents one by one; no transaction is open meanwhile."""

    def __init__(
        self,
        *,
        database: Database,
        store: DocumentStore,
        accounts: AccountService,
        inspector: Inspector,
        inspections: Inspections,
    ) -> None:
        self._database = database
        self._store = store
        self._accounts = accounts
        self._inspector = inspector
        self._inspections = inspections

    def advance(self) -> bool:
        """Look again at what the scanner was away for; tell whether any came out. Nothing happens while it is away."""
        out = [self._again(document_id) for document_id in self._waiting(SCANNER_AWAY)]
        return any(out)

    def all_waiting(self) -> dict[str, str]:
        """Look again at everything that no scanner has looked through; return the new states by document."""
        ids = self._waiting(SCANNER_AWAY, SCAN_LIMIT)
        return {document_id: str(self._again(document_id) or InspectionState.QUARANTINED) for document_id in ids}

    def _waiting(self, *reasons: str) -> list[str]:
        if not self._inspector.has_scanner:  # taking the scanner out of the settings acquits nobody
            return []
        with self._database.read() as session:
            return [found.document_id for found in self._inspections.quarantined(session, reasons=reasons)]

    def _again(self, document_id: str) -> InspectionState | None:
        """Return the state of a document that came out of quarantine; None for one that stays."""
        with self._database.read() as session:
            look = self._look(session, document_id)
        try:
            finding = look()
        except Invalid:
            finding = Finding(InspectionState.QUARANTINED, HARMFUL)
        except ExchangeError:
            return None
        with self._database.write() as session:
            self._inspections.record(session, document_id=document_id, finding=finding)
        return None if finding.state is InspectionState.QUARANTINED else finding.state

    def _look(self, session: Session, document_id: str) -> Callable[[], Finding]:
        row = document_row(session, document_id)
        identity = unwrap_secret(session, self._accounts, row).identity if row.confidential else None
        cid, size, media_type, is_sealed = row.cid, row.size, row.media_type, row.confidential
        unpacked = session.get_one(InspectionRow, document_id).unpacked
        return lambda: self._inspector.examine(
            lambda: clear_pieces(self._store, cid=cid, identity=identity, size=size),
            media_type=media_type,
            size=size,
            unpacked=unpacked,
            is_sealed=is_sealed,
        )
