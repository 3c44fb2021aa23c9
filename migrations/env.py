"""Runs migrations on the engine that the caller hands over, or on IPX_DATABASE_URL."""

import os
from typing import Any

from alembic import context

from ipx.db.base import Base, UtcDateTime
from ipx.db.session import Database
from ipx.settings import read_settings
from ipx.tables import import_all_tables

import_all_tables()


def render_item(kind: str, value: Any, context: Any) -> Any:
    """Write our own column types as what they are in the database: migrations import nothing of ours."""
    if kind == "type" and isinstance(value, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    return False


engine = context.config.attributes.get("engine") or Database(read_settings(os.environ).database_url).engine

with engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        compare_type=True,
        render_item=render_item,
        include_name=lambda name, kind, parents: kind != "table" or name in Base.metadata.tables,
    )
    with context.begin_transaction():
        context.run_migrations()
