"""Owns reading Stripe's form encoding (``line_items[0][price_data][currency]=usd``) and checking it by a schema.

It never touches the books: what it refuses has had no effect and is not remembered under an idempotency key.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from ipx.adapters.stripe_simulator.faults import ApiFault
from ipx.core.money import CURRENCIES

Tree = dict[str, Any]  # nested parameters; the leaves are str
Check = Callable[[str, Any], Any]  # (path of the parameter, str or Tree) → value

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])*)")
_LARGEST_AMOUNT = 99_999_999


def decode(pairs: Iterable[tuple[str, str]]) -> Tree:
    """Return the nested form of ``pairs``; list items have their position as key."""
    tree: Tree = {}
    for name, value in pairs:
        match = _NAME.fullmatch(name)
        if match is None:
            raise _unknown(name)
        keys = [match[1], *re.findall(r"\[([^\[\]]*)\]", match[2])]
        _put(tree, keys, value, name)
    return tree


def _put(tree: Tree, keys: list[str], value: str, name: str) -> None:
    for key in keys[:-1]:
        tree = tree.setdefault(key or str(len(tree)), {})
        if not isinstance(tree, dict):
            raise _wrong(name, "Invalid hash")
    key = keys[-1] or str(len(tree))
    if key in tree:
        raise _wrong(name, "Parameter given twice")
    tree[key] = value


@dataclass(frozen=True)
class Field:
    """One parameter of a schema."""

    check: Check
    required: bool = False


def shape(fields: Mapping[str, Field]) -> Check:
    """Return a check for a hash with these parameters and no others."""

    def check(path: str, value: Any) -> Tree:
        if not isinstance(value, dict):
            raise _wrong(path, "Invalid hash")
        for name in value:
            if name not in fields:
                raise _unknown(_join(path, name))
        given = {name: field for name, field in fields.items() if field.required or name in value}
        return {name: _field(_join(path, name), field, value.get(name)) for name, field in given.items()}

    return check


def _field(path: str, field: Field, value: Any) -> Any:
    if value is None:
        raise ApiFault(f"Missing required param: {path}.", code="parameter_missing", param=path)
    if value == "":
        message = f"You passed an empty string for '{path}'. Leave the parameter out, or give it a value."
        raise ApiFault(message, code="parameter_invalid_empty", param=path)
    return field.check(path, value)


def items(check: Check, *, at_most: int = 100) -> Check:
    """Return a check for a list whose items pass ``check``."""

    def check_items(path: str, value: Any) -> list[Any]:
        if not isinstance(value, dict) or not all(key.isdecimal() for key in value):
            raise _wrong(path, "Invalid array")
        if len(value) > at_most:
            raise _wrong(path, f"Array too long: at most {at_most} items")
        return [check(f"{path}[{key}]", value[key]) for key in sorted(value, key=int)]

    return check_items


def text(at_most: int = 5000) -> Check:
    """Return a check for a string of at most so many characters."""

    def check(path: str, value: Any) -> str:
        if not isinstance(value, str):
            raise _wrong(path, "Invalid string")
        if len(value) > at_most:
            raise ApiFault(
                f"Invalid string: must be at most {at_most} characters", code="parameter_invalid_string", param=path
            )
        return value

    return check


def integer(at_least: int, at_most: int = 2**53) -> Check:
    """Return a check for a whole number in a range."""

    def check(path: str, value: Any) -> int:
        if not isinstance(value, str) or not re.fullmatch(r"-?[0-9]{1,16}", value):
            raise ApiFault(f"Invalid integer: {value}", code="parameter_invalid_integer", param=path)
        if int(value) < at_least:
            raise ApiFault(f"Must be greater than or equal to {at_least}", code="parameter_invalid_integer", param=path)
        if int(value) > at_most:
            raise ApiFault(f"Must be no more than {at_most}", code="parameter_invalid_integer", param=path)
        return int(value)

    return check


def choice(*values: str) -> Check:
    """Return a check for one of a few words."""

    def check(path: str, value: Any) -> str:
        if value not in values:
            raise _wrong(path, f"Must be one of {' or '.join(values)}")
        return str(value)

    return check


def amount(path: str, value: Any) -> int:
    """Check an amount in minor units: 1 to 99,999,999, as Stripe takes for a card."""
    number = integer(1, 2**53)(path, value)
    if number > _LARGEST_AMOUNT:
        message = "Amount must be no more than 999,999.99 in currencies with two decimals (99999999 minor units)."
        raise ApiFault(message, code="amount_too_large", param=path)
    return int(number)


def currency(path: str, value: Any) -> str:
    """Check a currency: an ISO 4217 code in lower case."""
    if not isinstance(value, str) or value.upper() not in CURRENCIES or value != value.lower():
        known = ", ".join(code.lower() for code in CURRENCIES)
        raise _wrong(path, f"Invalid currency: {value}. This simulator knows {known}, written in lower case")
    return value


def url(path: str, value: Any) -> str:
    """Check an absolute web address."""
    address = text()(path, value)
    try:
        parts = urlsplit(address)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and not re.search(r"\s", address)
    except ValueError:
        valid = False
    if not valid:
        raise ApiFault("Not a valid URL", code="url_invalid", param=path)
    return str(address)


def email(path: str, value: Any) -> str:
    """Check that a value looks like an e-mail address."""
    if not isinstance(value, str) or not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s.]+", value) or len(value) > 512:
        raise ApiFault(f"Invalid email address: {value}", code="email_invalid", param=path)
    return value


def flag(path: str, value: Any) -> bool:
    """Check ``true`` or ``false``."""
    if value not in ("true", "false"):
        raise _wrong(path, f"Invalid boolean: {value}")
    return bool(value == "true")


def metadata(path: str, value: Any) -> dict[str, str]:
    """Check labels: up to 50, names of 40 and values of 500 characters."""
    if not isinstance(value, dict) or len(value) > 50:
        raise _wrong(path, "Metadata must be a hash of at most 50 keys")
    for name, label in value.items():
        if len(name) > 40:
            raise _wrong(f"{path}[{name}]", "Metadata keys can be at most 40 characters long")
        text(500)(f"{path}[{name}]", label)
    return value


def _join(path: str, name: str) -> str:
    return f"{path}[{name}]" if path else name


def _wrong(path: str, message: str) -> ApiFault:
    return ApiFault(f"{message} ({path}).", param=path)


def _unknown(path: str) -> ApiFault:
    message = f"Received unknown parameter: {path}. (The simulator knows only what the exchange uses.)"
    return ApiFault(message, code="parameter_unknown", param=path)
