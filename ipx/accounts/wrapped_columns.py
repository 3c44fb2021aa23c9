"""Columns of values that an organisation's key wraps: every room says which it has, and rotation goes through them.

It must never put back a value that somebody else changed or erased meanwhile.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, LargeBinary, bindparam, func, literal, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

_STRING = InstrumentedAttribute[str]


@dataclass(frozen=True)
class Value:
    """One wrapped value: the key of its row, the context that it is bound to, and what is stored."""

    key: str
    context: str
    wrapped: bytes


@dataclass(frozen=True)
class WrappedColumn:
    """One such column. ``key`` is the table's primary key; a value's context is ``context`` filled with ``parts``.

    ``owned`` says in SQL which rows are an organisation's.
    """

    key: _STRING
    value: InstrumentedAttribute[Any]
    owned: Callable[[str], ColumnElement[bool]]
    context: str
    parts: Sequence[InstrumentedAttribute[Any]]

    def count(self, session: Session, organisation_id: str) -> int:
        """Return how many values an organisation has here."""
        return session.scalar(select(func.count()).where(*self._there(organisation_id))) or 0

    def count_stale(self, session: Session, organisation_id: str, *, start: int, expected: bytes) -> int:
        """Return how many of its values do not have ``expected`` from the byte ``start`` (from 0) on."""
        found = func.substr(self.value, start + 1, len(expected), type_=LargeBinary)
        stale = (*self._there(organisation_id), found != literal(expected, LargeBinary))
        return session.scalar(select(func.count()).where(*stale)) or 0

    def page(self, session: Session, organisation_id: str, *, after: str, limit: int) -> list[Value]:
        """Return the next values in the order of their keys."""
        query = select(self.key, self.value, *self.parts).where(*self._there(organisation_id), self.key > after)
        rows = session.execute(query.order_by(self.key).limit(limit))
        return [Value(row[0], self.context.format(*row[2:]), row[1]) for row in rows]

    def replace(self, session: Session, values: Sequence[tuple[Value, bytes]]) -> None:
        """Put new wrappings in the place of those that were read, where they are still the same."""
        if not values:
            return
        table = self.value.class_.__table__
        column, key = table.c[self.value.key], table.c[self.key.key]
        statement = (
            update(table)
            .where(key == bindparam("of"), column == bindparam("old"))
            .values({column: bindparam("new", type_=LargeBinary)})
        )
        given = [{"of": value.key, "old": value.wrapped, "new": wrapped} for value, wrapped in values]
        session.connection().execute(statement, given)

    def _there(self, organisation_id: str) -> tuple[ColumnElement[bool], ...]:
        return self.owned(organisation_id), self.value.is_not(None)
