"""Opens the exchange for an import."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ipx.core.errors import Invalid
from ipx.settings import Settings

if TYPE_CHECKING:
    from ipx.wiring import Exchange


@contextmanager
def opened(settings: Settings) -> Iterator["Exchange"]:
    """Open the exchange, and close its connections at the end. Raises Invalid.

    A new embedded database gets its tables, as ``ipx run`` makes them.
    """
    from ipx.bibliography.comparing import has_tables
    from ipx.db.restoring import refuse_half_restored
    from ipx.migrate import bring_up_to_date
    from ipx.wiring import build_exchange

    refuse_half_restored(settings.data_dir)
    exchange = build_exchange(settings)
    try:
        with exchange.database.read() as session:
            is_ready = has_tables(session)
        if not is_ready and not settings.embedded:
            raise Invalid("The database has no tables for bibliographic records yet: run ipx migrate first.")
        if not is_ready:
            bring_up_to_date(exchange.database)
        yield exchange
    finally:
        exchange.database.dispose()
