"""Brings the database to the newest schema: ours by Alembic, the workflow runtime's by itself."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.exc import DBAPIError

from ipx.core.errors import Invalid, Unavailable
from ipx.db.durable import Durable
from ipx.db.session import Database
from ipx.settings import PROJECT

LOCK = 0x69707801  # PostgreSQL's advisory locks are numbers; this one is ours


def bring_up_to_date(database: Database) -> None:
    """Apply all migrations, ours and the runtime's; harmless when there are none. Several may call it at once.

    Raises Unavailable when the database cannot be reached or written.
    """
    with database_errors(), _one_at_a_time(database):
        migrate(database)
        Durable(database, polling=timedelta(seconds=1)).migrate()


def bring_to(database: Database, revision: str) -> None:
    """Give an empty database our schema as of a revision, and the runtime's. Raises Invalid for an unknown revision."""
    with database_errors(), _one_at_a_time(database):
        try:
            migrate(database, revision)
        except CommandError as error:
            raise Invalid(f"This version does not know the schema {revision}: a newer one wrote it.") from error
        Durable(database, polling=timedelta(seconds=1)).migrate()


def refuse_without_schema(database: Database) -> None:
    """Raise Invalid where no exchange was ever started: what looks at one would find no tables."""
    with database_errors():
        if not inspect(database.engine).has_table("alembic_version"):
            raise Invalid("There is no exchange here yet. Start one by `ipx run`, or name its folder in IPX_DATA_DIR.")


def migrate(database: Database, revision: str = "head") -> None:
    """Apply our own migrations."""
    config = Config()
    config.set_main_option("script_location", str(PROJECT / "migrations"))
    config.attributes["engine"] = database.engine
    command.upgrade(config, revision)


@contextmanager
def _one_at_a_time(database: Database) -> Iterator[None]:
    """On PostgreSQL, let others wait; SQLite's one write lock does that by itself."""
    if database.engine.dialect.name == "sqlite":
        yield
        return
    with database.engine.connect() as found:
        # No transaction may stay open beside the migrations: the runtime's CREATE INDEX CONCURRENTLY would wait for it.
        connection = found.execution_options(isolation_level="AUTOCOMMIT")
        connection.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": LOCK})
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:lock)"), {"lock": LOCK})


@contextmanager
def database_errors() -> Iterator[None]:
    """Turn what the driver raises into Unavailable, with its own words."""
    try:
        yield
    except DBAPIError as error:
        raise Unavailable(f"The database cannot be used: {str(error.orig).strip()}") from error
