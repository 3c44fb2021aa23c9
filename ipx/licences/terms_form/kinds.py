"""Which control each field of the schema takes: read off its type. Pure."""

from collections.abc import Iterator
from dataclasses import MISSING, Field, dataclass, fields
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, get_args, get_origin

from ipx.core.money import Money
from ipx.licences.terms_v2.codec import hints_of, is_record, json_name, optional
from ipx.licences.terms_v2.limits import BasisPoints, Items, Length
from ipx.licences.terms_v2.price import Currency
from ipx.licences.terms_v2.terms import LicenceTerms

HIDDEN = ("identity", "parties")
"""Groups that the agreement says itself: they are kept as they are and not asked for."""


class Control(StrEnum):
    """How a field is typed."""

    GROUP = "group"
    ROWS = "rows"  # records, one after the other
    LINES = "lines"  # texts, one a line
    CHECKS = "checks"
    CHOICE = "choice"
    YES_NO = "yes-no"
    MONEY = "money"
    PERCENT = "percent"
    NUMBER = "number"
    DAY = "day"
    LINE = "line"
    TEXT = "text"


@dataclass(frozen=True)
class Part:
    """One field: ``of`` is the type that has it, ``kind`` its own, ``most`` how many entries a list may have."""

    of: type
    name: str
    control: Control
    kind: Any
    required: bool
    most: int = 1

    @property
    def key(self) -> str:
        """The name under which its label stands, such as ``Fees.upfront``."""
        return f"{self.of.__name__}.{self.name}"


@cache
def parts_of(record: type) -> tuple[Part, ...]:
    """Return the fields of a record in their order."""
    return tuple(_parts(record))


def groups() -> tuple[Part, ...]:
    """Return the groups of terms that the form shows."""
    return tuple(part for part in parts_of(LicenceTerms) if part.name not in HIDDEN)


# ── inside ───────────────────────────────────────────────────────────────────────────────────────


def _parts(record: type) -> Iterator[Part]:
    for field in fields(record):
        yield _part(record, field, hints_of(record)[field.name])


def _part(record: type, field: Field[Any], hint: Any) -> Part:
    inner = optional(hint)
    hint = hint if inner is None else inner
    limits = get_args(hint)[1:] if get_origin(hint) is Annotated else ()
    plain = get_args(hint)[0] if limits else hint
    item = get_args(plain)[0] if get_origin(plain) in (tuple, frozenset) else None
    kind = item if item is not None else plain
    most = next((limit.most for limit in limits if isinstance(limit, Items)), 300)
    return Part(
        of=record,
        name=json_name(field),
        control=_control(hint, plain, limits),
        kind=kind,
        required=field.default is MISSING,
        most=most,
    )


def _control(hint: Any, plain: Any, limits: tuple[Any, ...]) -> Control:
    if get_origin(plain) is frozenset:
        return Control.CHECKS
    if get_origin(plain) is tuple:
        return Control.ROWS if is_record(get_args(plain)[0]) else Control.LINES
    return _single(hint, plain, limits)


def _single(hint: Any, plain: Any, limits: tuple[Any, ...]) -> Control:
    if plain is Money:
        return Control.MONEY
    if is_record(plain):
        return Control.GROUP
    if hint == BasisPoints:
        return Control.PERCENT
    if hint == Currency or (isinstance(plain, type) and issubclass(plain, StrEnum)):
        return Control.CHOICE
    if any(isinstance(limit, Length) and limit.longest > 200 for limit in limits):
        return Control.TEXT
    return {bool: Control.YES_NO, int: Control.NUMBER, date: Control.DAY}.get(plain, Control.LINE)
