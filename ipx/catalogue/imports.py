"""Public records of others, added in bulk. Adds what is missing and never changes what is here."""

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from ipx.catalogue.models import ListingRow, NeedRow, SourceRow
from ipx.catalogue.records import Source
from ipx.core.errors import Invalid

AT_ONCE = 500
"""Rows of one insert: far below the bound on parameters of either database (SQLite 32,766, PostgreSQL 65,535)."""


def add_source(session: Session, source: Source) -> None:
    """Make a source known, with its present words."""
    session.merge(SourceRow(**source.__dict__))
    session.flush()


def add_missing(
    session: Session,
    table: type[ListingRow] | type[NeedRow],
    source: Source,
    rows: Iterable[Mapping[str, Any]],
) -> int:
    """Insert the rows whose id is not there yet; return how many. Raises Invalid for a row of another source."""
    added, waiting = 0, iter(rows)
    while batch := list(islice(waiting, AT_ONCE)):
        if any(row["source_key"] != source.key for row in batch):
            raise Invalid(f"Every imported record names its source; one does not name {source.key}.")
        ids = [row["id"] for row in batch]
        known = set(session.scalars(select(table.id).where(table.id.in_(ids))))
        new = [dict(row) for row in batch if row["id"] not in known]
        if new:
            session.execute(insert(table), new)
        added += len(new)
    return added
