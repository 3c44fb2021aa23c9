"""Limits that a type carries in ``Annotated``: checked by the reader and told in the JSON Schema, from one source."""

import re
from collections.abc import Sized
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Protocol, TypeAlias

from ipx.core.canonical import LARGEST_INTEGER, Json


class Limit(Protocol):
    """A check of one value that also has a form in JSON Schema."""

    def fault(self, value: object) -> str | None:
        """Return what is wrong and the cure, None where nothing is."""

    def schema(self) -> dict[str, Json]:
        """Return the keywords of JSON Schema that say the same."""


@dataclass(frozen=True)
class Between:
    """A whole number within bounds, both included."""

    low: int
    high: int

    def fault(self, value: object) -> str | None:
        """Return what is wrong."""
        if isinstance(value, int) and self.low <= value <= self.high:
            return None
        return f"write a whole number from {self.low} to {self.high}."

    def schema(self) -> dict[str, Json]:
        """Return the keywords."""
        return {"minimum": self.low, "maximum": self.high}


@dataclass(frozen=True)
class Length:
    """Characters of a text, both bounds included; blanks alone count as nothing."""

    least: int
    longest: int

    def fault(self, value: object) -> str | None:
        """Return what is wrong."""
        text = str(value)
        if len(text) > self.longest:
            return f"use {self.longest} characters at most; this has {len(text)}."
        return "write something here, or leave the field out." if len(text.strip()) < self.least else None

    def schema(self) -> dict[str, Json]:
        """Return the keywords."""
        return {"minLength": self.least, "maxLength": self.longest}


@dataclass(frozen=True)
class Pattern:
    """A text of a fixed spelling; ``cure`` says which, with an example."""

    expression: str
    cure: str

    def fault(self, value: object) -> str | None:
        """Return what is wrong."""
        return None if re.fullmatch(self.expression, str(value)) else f"“{str(value)[:40]}” is not valid: {self.cure}"

    def schema(self) -> dict[str, Json]:
        """Return the keywords."""
        return {"pattern": f"^(?:{self.expression})$"}


@dataclass(frozen=True)
class Items:
    """How many entries a list or set may have, both bounds included."""

    least: int
    most: int

    def fault(self, value: object) -> str | None:
        """Return what is wrong."""
        assert isinstance(value, Sized)
        if len(value) > self.most:
            return f"name {self.most} at most; there are {len(value)}."
        return f"name at least {self.least}." if len(value) < self.least else None

    def schema(self) -> dict[str, Json]:
        """Return the keywords."""
        return {"minItems": self.least, "maxItems": self.most}


BasisPoints = Annotated[int, Between(0, 10_000)]
"""A share in hundredths of a per cent."""
Count = Annotated[int, Between(1, 10_000)]
Days = Annotated[int, Between(1, 36_500)]
Day: TypeAlias = date
"""A calendar day, under a name that a field called ``date`` does not hide."""
Months = Annotated[int, Between(1, 1_200)]
Years = Annotated[int, Between(1, 100)]
Whole = Annotated[int, Between(0, LARGEST_INTEGER)]
Line = Annotated[str, Length(1, 200)]
Text = Annotated[str, Length(1, 2_000)]
Sha256 = Annotated[str, Pattern("[0-9a-f]{64}", "write a SHA-256 as 64 hexadecimal digits in lower case.")]
Uuid = Annotated[
    str,
    Pattern("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "write a UUID in lower case, with dashes."),
]
