"""Opens the exchange for an import."""

from typing import TYPE_CHECKING

from ipx.core.errors import Invalid
from ipx.settings import Settings

if TYPE_CHECKING:
    from ipx.wiring import Exchange


def opened(settings: Settings) -> "Exchange":
    """Open the exchange. A new embedded database gets its tables, as ``ipx run`` makes them. Raises Invalid."""
    from ipx.bibliography.comparing import has_tables
    from ipx.db.restoring import refuse_half_restored
    from ipx.migrate import bring_up_to_date
    from ipx.wiring import build_exchange

    refuse_half_restored(settings.data_dir)
    exchange = build_exchange(settings)
    with exchange.database.read() as session:
        is_ready = has_tables(session)
    if not is_ready and not settings.embedded:
        raise Invalid("The database has no tables for bibliographic records yet: run ipx migrate first.")
    if not is_ready:
        bring_up_to_date(exchange.database)
    return exchange
