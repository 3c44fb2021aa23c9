"""Mappings from a table's columns to fields: docs/spec/csv-mapping.md. Pure."""

import codecs
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ipx.core.errors import Invalid

FORMAT = "ipx/csv-mapping/v1"
LARGEST = 100_000
DELIMITERS = (",", ";", "\t", "|")
_ALLOWED = {"format", "into", "columns", "constants", "values", "dates", "delimiter", "encoding"}
_DATES = re.compile(r"(?:%[YmdbBy]|[-./, ])+")


@dataclass(frozen=True)
class ColumnMapping:
    """How columns become fields: by column, by constant, with words replaced; and how days are written."""

    into: str
    columns: Mapping[str, str]
    constants: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    dates: str = "%Y-%m-%d"
    delimiter: str = ","
    encoding: str = "utf-8"

    def check(self, *, fields: Sequence[str], columns: Sequence[str]) -> None:
        """Raise Invalid when it names fields or columns that are not there."""
        for name in (*self.columns, *self.constants, *self.values):
            if name not in fields:
                raise Invalid(f"“{name[:40]}” is no field. There are: {', '.join(fields)}.", field="mapping")
        missing = next((column for column in self.columns.values() if column not in columns), None)
        if missing is not None:
            there = ", ".join(column for column in columns if column)
            raise Invalid(f"The file has no column “{missing[:40]}”. It has: {there[:400]}.", field="mapping")

    def fields_of(self, cells: Mapping[str, str], *, days: Sequence[str], words: Sequence[str] = ()) -> dict[str, str]:
        """Return a row's fields, empty ones left out; days as ISO, unless one of ``words`` stands in a day's place.

        Raises Invalid, naming the field.
        """
        found = dict(self.constants)
        for name, column in self.columns.items():
            if cells[column]:
                found[name] = cells[column]
        for name, meanings in self.values.items():
            if name in found:
                found[name] = meanings.get(found[name], found[name])
        for name in days:
            if found.get(name) and found[name].lower() not in words:
                found[name] = self._day(found[name], name)
        return {name: value for name, value in found.items() if value}

    def _day(self, text: str, name: str) -> str:
        try:
            return datetime.strptime(text, self.dates).date().isoformat()  # noqa: DTZ007 - a day has no zone
        except ValueError as error:
            raise Invalid(f"“{text[:20]}” is no day written as {self.dates}.", field=name) from error


def read_mapping(data: bytes) -> ColumnMapping:
    """Return a mapping from its JSON. Raises Invalid, saying what is wrong with it."""
    if len(data) > LARGEST:
        raise Invalid(f"The mapping is larger than {LARGEST} bytes.", field="mapping")
    try:
        told = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise Invalid(f"The mapping is no JSON: {error}.", field="mapping") from error
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise Invalid(f"A mapping is a JSON object with “format”: “{FORMAT}”.", field="mapping")
    unknown = sorted(set(told) - _ALLOWED)
    if unknown:
        raise Invalid(f"The mapping says “{unknown[0][:40]}”, which means nothing.", field="mapping")
    return checked_mapping(
        ColumnMapping(
            into=told.get("into", ""),
            columns=told.get("columns", {}),
            constants=told.get("constants", {}),
            values=told.get("values", {}),
            dates=told.get("dates", "%Y-%m-%d"),
            delimiter=told.get("delimiter", ","),
            encoding=told.get("encoding", "utf-8"),
        )
    )


def checked_mapping(mapping: ColumnMapping) -> ColumnMapping:
    """Return the mapping. Raises Invalid when a part has the wrong shape."""
    for name in ("columns", "constants"):
        if not _is_text_to_text(getattr(mapping, name)):
            raise Invalid(f"“{name}” is an object that gives each field a text.", field="mapping")
    if not isinstance(mapping.values, dict) or not all(map(_is_text_to_text, mapping.values.values())):
        raise Invalid("“values” gives each field an object: the file's words and ours.", field="mapping")
    if not isinstance(mapping.dates, str) or not _DATES.fullmatch(mapping.dates):
        raise Invalid("“dates” is written with %Y, %m, %d, %b, such as %d.%m.%Y.", field="mapping")
    if mapping.delimiter not in DELIMITERS:
        raise Invalid("“delimiter” is a comma, a semicolon, a tab or |.", field="mapping")
    try:
        is_text = isinstance(mapping.encoding, str) and codecs.lookup(mapping.encoding)._is_text_encoding  # noqa: SLF001
    except (LookupError, ValueError):
        is_text = False
    if not is_text:
        raise Invalid("“encoding” is not known here; utf-8, utf-16, cp1252 and gb18030 are.", field="mapping")
    return mapping


def _is_text_to_text(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(part, str) for pair in value.items() for part in pair)
