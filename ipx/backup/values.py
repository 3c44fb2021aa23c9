"""FROZEN. A row's values as JSON, the same for every kind of database. Pure. docs/spec/backup.md is the specification.

It must never lose a difference that a database makes: NULL, JSON null, bytes, moments and numbers stay what they are.
"""

import base64
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from ipx.core.errors import Tampered

Row = list[Any]


def encode(value: object) -> Any:
    """Return a column's value as JSON; what JSON has no word for is an object of one member that names its kind.

    A naive moment is UTC: SQLite forgets the zone, and nothing else was ever stored (ipx/db/base.py).
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (bytes, memoryview)):
        return {"b": base64.b64encode(bytes(value)).decode()}
    if isinstance(value, datetime):
        moment = value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return {"t": moment.isoformat(timespec="microseconds")}
    if isinstance(value, date):
        return {"d": value.isoformat()}
    if isinstance(value, Decimal):
        return {"n": str(value)}
    raise TypeError(f"a backup cannot hold a {type(value).__name__}")


def encode_json(text: str | None) -> Any:
    """Return the text of a JSON column as a value that is not mistaken for one of another kind."""
    return None if text is None else {"j": json.loads(text)}


def decode(value: Any) -> Any:
    """Return what ``encode`` was given; a JSON column's value comes back as its text. Raises Tampered."""
    if not isinstance(value, dict):
        return value
    if len(value) != 1:
        raise Tampered("The backup holds a value of an unknown kind.")
    ((kind, content),) = value.items()
    try:
        return _KINDS[kind](content)
    except (KeyError, ValueError, TypeError, ArithmeticError) as error:
        raise Tampered("The backup holds a value of an unknown kind.") from error


_KINDS: dict[str, Any] = {
    "b": lambda text: base64.b64decode(text, validate=True),
    "t": datetime.fromisoformat,
    "d": date.fromisoformat,
    "n": Decimal,
    "j": json.dumps,
}


def line(row: Row) -> bytes:
    """Return the bytes that a table's hash is made of: one line a row, members of objects in order."""
    text = json.dumps(row, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return text.encode() + b"\n"
