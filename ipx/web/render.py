"""What every template can use: filters for dates, money and sizes, and who is looking."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask, request
from flask_babel import format_date, format_datetime
from markupsafe import Markup, escape

from ipx.core.money import Money
from ipx.web import languages
from ipx.web.guards import current_actor

THEMES = ("light", "dark")


def install(app: Flask, *, embedded: bool, translations: str) -> None:
    """Register translations, filters and the common context."""
    languages.install(app, Path(translations))
    app.jinja_env.filters.update(
        day=day,
        moment=moment,
        money=str,
        bytes_size=bytes_size,
        short_hash=short_hash,
        major=_major,
        from_seconds=_from_seconds,
    )

    @app.context_processor
    def common() -> dict[str, Any]:
        theme = request.cookies.get("theme", "")
        return {
            "actor": current_actor(),
            "embedded": embedded,
            "theme": theme if theme in THEMES else None,
            "now": datetime.now(UTC),
        }


def day(value: date | datetime | None) -> str:
    """Return a date as 22 Nov 2026, or as the language writes it."""
    return format_date(value, languages.DAY[languages.spoken()], rebase=False) if value else ""


def moment(value: datetime | None) -> Markup:
    """Return a time as 22 Nov 2026, 14:03 UTC inside <time>."""
    if value is None:
        return Markup("")
    text = format_datetime(value, languages.MOMENT[languages.spoken()], rebase=False)
    return Markup('<time datetime="{}">{} UTC</time>').format(value.isoformat(timespec="seconds"), text)


def bytes_size(value: int) -> str:
    """Return a number of bytes in words, such as 1.5 MiB."""
    size = float(value)
    for unit in ("bytes", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{value} bytes" if unit == "bytes" else f"{size:.1f} {unit}"
        size /= 1024
    raise AssertionError("unreachable")


def short_hash(value: str) -> Markup:
    """Return a hash shortened in the middle, whole in its title."""
    if len(value) <= 20:
        return escape(value)
    return Markup('<code title="{}">{}…{}</code>').format(value, value[:10], value[-6:])


def _from_seconds(value: int | str) -> datetime:
    """Return a time that is given in seconds since 1970, as messages on the chain have it."""
    return datetime.fromtimestamp(int(value), UTC)


def _major(value: Money) -> str:
    return value.major()
