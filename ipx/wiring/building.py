"""Services that take more than a line to build, for the list in ``services``."""

from typing import Any

from ipx.history.service import HistoryService
from ipx.notices.service import NoticeService
from ipx.reviews.service import ReviewService
from ipx.vault.custody import Custody
from ipx.vault.custody_audit import CustodyAudit
from ipx.vault.custody_book import CustodyBook
from ipx.vault.store_alarms import StoreAlarms
from ipx.wiring.base import Base


def build_history(base: Base, rooms: dict[str, Any], notices: NoticeService) -> dict[str, Any]:
    """Return history, and the room that shows it to people from outside."""
    history = HistoryService(**rooms, audit=base.audit, clock=base.clock)
    reviews = ReviewService(
        **base.common,
        accounts=rooms["accounts"],
        notices=notices,
        technologies=rooms["technologies"],
        history=history,
        public_url=base.settings.public_url,
    )
    return {"history": history, "reviews": reviews}


def build_custody(base: Base, notices: NoticeService) -> Custody:
    """Return the audits of the stores, with their alarms."""
    book = CustodyBook(**base.common)
    settings = base.settings
    alarms = StoreAlarms(**base.common, notices=notices, to=settings.operator_email, public_url=settings.public_url)
    stores: dict[str, Any] = {"database": base.database, "stores": base.outside.store, "book": book, "alarms": alarms}
    audits = CustodyAudit(**base.common, **stores, notices=notices)
    return Custody(**stores, durable=base.durable, audits=audits, every=settings.custody_delay)
