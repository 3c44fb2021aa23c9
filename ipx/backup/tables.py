"""All rows of a database, streamed out of one snapshot and into an empty database, whatever kind both are.

It knows tables by what the database itself says of them, so that a backup of an older schema can be put back as it was.
It must never write into a table that has rows.
"""

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import (
    JSON,
    Column,
    Connection,
    MetaData,
    Table,
    Text,
    bindparam,
    cast,
    collate,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy import types as kinds
from sqlalchemy.sql.elements import ColumnElement

from ipx.backup import values
from ipx.backup.format import TableSection
from ipx.core.errors import Conflict, Tampered
from ipx.db.base import Base
from ipx.db.session import READ_ONLY, Database
from ipx.tables import import_all_tables

RUNTIME = "dbos."  # the workflow runtime's tables: a schema of their own on PostgreSQL, beside ours on SQLite
SCHEMA = (
    "alembic_version",
    "dbos.dbos_migrations",
    "dbos.dbos_datasource_migrations",
)  # made by the migrations, not by us
ROWS_AT_ONCE = 500


class Tables:
    """The tables of one database, by names that are the same on SQLite and PostgreSQL."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._is_sqlite = connection.dialect.name == "sqlite"
        self._tables = self._reflect()

    def names(self) -> list[str]:
        """Return the names, parents before the tables that refer to them."""
        return list(self._tables)

    def schema(self) -> str:
        """Return the revision of the schema. Raises Conflict when there is none."""
        if not inspect(self._connection).has_table(SCHEMA[0]):
            raise Conflict("The database has no tables yet; run: ipx migrate")
        return str(self._connection.scalar(text(f"SELECT version_num FROM {SCHEMA[0]}")))  # noqa: S608

    def dump(self, name: str, columns: Sequence[str] | None = None) -> TableSection:
        """Return one table's rows as they are encoded, in the order of their primary key."""
        table = self._table(name)
        columns = columns or [column.name for column in table.columns]
        return TableSection(name, columns, self._rows(table, [table.columns[column] for column in columns]))

    def count(self, name: str) -> int:
        """Return how many rows a table has."""
        return int(self._connection.scalar(select(func.count()).select_from(self._table(name))) or 0)

    def is_empty(self) -> bool:
        """Tell whether no table of ours has a row."""
        return not any(self.count(name) for name in self.names() if not name.startswith(RUNTIME))

    def load(self, section: TableSection) -> int:
        """Put rows into a table, in place of what its migration put there, and read them back; return how many.

        Raises Tampered when the schema has no place for them, or the database gives back something else.
        """
        if section.name not in self._tables:
            if next(section.rows, None) is not None:
                raise Tampered(f"The backup has rows of a table that its schema does not know: {section.name}.")
            return 0
        table = self._table(section.name)
        unknown = set(section.columns) - set(table.columns.keys())
        if unknown:
            raise Tampered(f"The backup has columns that its schema does not know: {section.name} {sorted(unknown)}.")
        columns = [table.columns[column] for column in section.columns]
        self._connection.execute(table.delete())
        given, count = hashlib.sha256(), 0
        for portion in _in_portions(_fitted(columns, section.rows)):
            self._connection.execute(self._insert(table, columns), [_parameters(columns, row) for row in portion])
            count += len(portion)
            given.update(b"".join(values.line(_encoded(columns, row)) for row in portion))
        self._set_sequences(table)
        found = hashlib.sha256()
        for row in self.dump(section.name, section.columns).rows:
            found.update(values.line(row))
        if found.digest() != given.digest():
            raise Tampered(f"The database does not give back the rows of {section.name} as they were.")
        return count

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _reflect(self) -> dict[str, Table]:
        import_all_tables()
        metadata = MetaData()
        metadata.reflect(self._connection)
        if not self._is_sqlite:
            metadata.reflect(self._connection, schema=RUNTIME.rstrip("."))
        named = {self._name(table): table for table in metadata.sorted_tables}
        return {name: table for name, table in named.items() if name not in SCHEMA}

    def _name(self, table: Table) -> str:
        if table.schema is not None:
            return RUNTIME + table.name
        is_ours = not self._is_sqlite or table.name.partition("_")[0] in _rooms() or table.name == SCHEMA[0]
        return table.name if is_ours else RUNTIME + table.name

    def _table(self, name: str) -> Table:
        return self._tables[name]

    def _rows(self, table: Table, columns: Sequence[Column[Any]]) -> Iterator[values.Row]:
        query = select(*(cast(column, Text) if _is_json(column) else column for column in columns))
        query = query.order_by(*(self._ordered(column) for column in table.primary_key.columns or table.columns))
        for row in self._connection.execute(query.execution_options(yield_per=ROWS_AT_ONCE)):
            yield _encoded(columns, row)

    def _ordered(self, column: Column[Any]) -> ColumnElement[Any]:
        """Order text by its bytes, which both kinds of database can."""
        is_text = isinstance(column.type, kinds.String) and not self._is_sqlite
        return collate(column, "C") if is_text else column

    def _insert(self, table: Table, columns: Sequence[Column[Any]]) -> Any:
        given = {
            column.name: cast(bindparam(column.name, type_=Text), column.type)
            if _is_json(column) and not self._is_sqlite
            else bindparam(column.name, type_=Text if _is_json(column) else column.type)
            for column in columns
        }
        return insert(table).values(given)

    def _set_sequences(self, table: Table) -> None:
        """Let PostgreSQL's counters go on after the highest number; SQLite does so by itself."""
        if self._is_sqlite:
            return
        for column in table.columns:
            name = f"{table.schema}.{table.name}" if table.schema else table.name
            query = text("SELECT pg_get_serial_sequence(:table, :column)")
            sequence = self._connection.scalar(query, {"table": name, "column": column.name})
            highest = self._connection.scalar(select(func.max(column))) if sequence else None
            if highest is not None:
                self._connection.execute(select(func.setval(sequence, highest)))


@contextmanager
def snapshot(database: Database) -> Iterator[Connection]:
    """Open a transaction that sees one moment of the database, and hinders no writer."""
    engine = database.engine
    if engine.dialect.name == "sqlite":
        options: dict[str, Any] = READ_ONLY
    else:
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect() as connection:
        yield connection.execution_options(**options)


@contextmanager
def filling(database: Database) -> Iterator[tuple[Tables, Connection]]:
    """Open the one transaction that fills an empty database: all rows are there when it ends, or none.

    Raises Conflict when the database is not empty.
    """
    with database.engine.connect() as connection, connection.begin():
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        tables = Tables(connection)
        if not tables.is_empty():
            raise Conflict("The database is not empty. A backup is restored into an empty one only.")
        yield tables, connection


def _rooms() -> set[str]:
    """Return what our tables' names begin with."""
    return {name.partition("_")[0] for name in Base.metadata.tables}


def _is_json(column: Column[Any]) -> bool:
    return isinstance(column.type, JSON)


def _encoded(columns: Sequence[Column[Any]], row: Sequence[Any]) -> values.Row:
    encode = ((values.encode_json if _is_json(column) else values.encode) for column in columns)
    return [each(value) for each, value in zip(encode, row, strict=True)]


def _fitted(columns: Sequence[Column[Any]], rows: Iterator[values.Row]) -> Iterator[values.Row]:
    """Give rows as these columns take them. Raises Tampered for a row of another length."""
    for row in rows:
        if len(row) != len(columns):
            raise Tampered("The backup has a row with another number of values than its table has columns.")
        yield [_fitting(column, value) for column, value in zip(columns, row, strict=True)]


def _fitting(column: Column[Any], value: Any) -> Any:
    """Return a value as this kind of database takes it: the runtime's tables have 0 and 1 on SQLite for yes and no."""
    plain = values.decode(value)
    if isinstance(column.type, kinds.Boolean) and isinstance(plain, int):
        return bool(plain)
    return int(plain) if isinstance(plain, bool) else plain


def _parameters(columns: Sequence[Column[Any]], row: values.Row) -> dict[str, Any]:
    return {column.name: value for column, value in zip(columns, row, strict=True)}


def _in_portions(rows: Iterator[values.Row]) -> Iterator[list[values.Row]]:
    portion: list[values.Row] = []
    for row in rows:
        portion.append(row)
        if len(portion) == ROWS_AT_ONCE:
            yield portion
            portion = []
    if portion:
        yield portion
