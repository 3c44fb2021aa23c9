"""The public records of the demonstration as listings and needs. What a source does not state stays unstated."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from importlib.resources import files
from typing import Any

from ipx.catalogue.records import Listing, Need, PublicRight, Source
from ipx.catalogue.rules import State
from ipx.demo.sources import AIR_FORCE, EU, NASA, SBIR

# Numbers of applications at the United States office: series and serial number.
_US_APPLICATION = re.compile(r"[0-9]{2}/[0-9]{2,3},?[0-9]{3}")
_RIGHT_KINDS = {"Issued": "patent", "Application": "application"}
_CENT = 100


def nasa_listings(now: datetime) -> Iterator[Listing]:
    """Return NASA's patents: the source gives titles, no summaries."""
    for row in _rows("nasa"):
        yield _listing(
            NASA,
            id=row["id"],
            owner_name=row["center"],
            title=row["title"],
            rights=_nasa_rights(row),
            record_number=row["case_number"],
            record_status=row["status"],
            expires=_day(row["expires"]),
            published_at=now,
        )


def sbir_listings() -> Iterator[Listing]:
    """Return the awards. The source gives a year, which stands for its first day when lists are ordered."""
    for row in _rows("sbir"):
        place = [f"{row['program']} {row['phase']}", row["department"], row["branch"]]
        yield _listing(
            SBIR,
            id=row["id"],
            owner_name=row["organisation"],
            title=row["title"],
            summary=row["text"],
            programme=", ".join(part for part in place if part),
            record_year=row["year"],
            published_at=datetime(row["year"], 1, 1, tzinfo=UTC),
        )


def air_force_needs() -> Iterator[Need]:
    """Return the topics, the objective before the description."""
    for row in _rows("air-force"):
        opens = _day(row["opens"])
        assert opens is not None
        yield _need(
            AIR_FORCE,
            id=row["id"],
            owner_name=f"US {row['agency']}",
            title=row["title"],
            text="\n\n".join(part for part in (row["objective"], row["text"]) if part),
            programme=f"{row['solicitation']}, {row['program']}",
            keywords=tuple(row["keywords"]),
            opens=opens,
            closes=_day(row["closes"]),
            url=row["url"],
            record_number=row["topic_number"],
            published_at=datetime(opens.year, opens.month, opens.day, tzinfo=UTC),
        )


def eu_needs(now: datetime) -> Iterator[Need]:
    """Return the calls; budgets are those of one project, in euros."""
    for row in _rows("eu"):
        low, high = row["budget_min"], row["budget_max"]
        yield _need(
            EU,
            id=row["id"],
            owner_name="European Union",
            title=row["title"],
            text=row["text"],
            programme=row["programme"],
            keywords=tuple(row["keywords"]),
            closes=_day(row["deadline"]),
            budget_min=None if low is None else low * _CENT,
            budget_max=None if high is None else high * _CENT,
            currency=None if low is None and high is None else "EUR",
            url=row["url"],
            record_number=row["number"],
            published_at=now,
        )


def _nasa_rights(row: dict[str, Any]) -> tuple[PublicRight, ...]:
    kind, number = _RIGHT_KINDS.get(row["status"]), row["application_number"]
    if kind is None:
        return ()
    is_us = bool(number and _US_APPLICATION.fullmatch(number))
    return (
        PublicRight(
            right_id=f"{row['id']}-1",
            kind=kind,
            title=row["title"],
            office="US" if is_us else None,
            number=f"application {number}" if number else None,
            status=row["status"],
        ),
    )


def _listing(source: Source, **stated: Any) -> Listing:
    unstated: dict[str, Any] = {
        "summary": "",
        "problem": None,
        "advantage": None,
        "trl": None,
        "classes": (),
        "rights": (),
        "record_number": None,
        "record_status": None,
        "record_year": None,
        "expires": None,
    }
    return Listing(
        **{**unstated, **stated},
        version=1,
        state=State.PUBLISHED,
        technology_id=None,
        organisation_id=None,
        terms=None,
        novelty=None,
        filed_on=None,
        takes_offers=False,
        source=source,
    )


def _need(source: Source, **stated: Any) -> Need:
    unstated: dict[str, Any] = {"opens": None, "budget_min": None, "budget_max": None, "currency": None}
    return Need(**{**unstated, **stated}, version=1, organisation_id=None, source=source)


def _rows(name: str) -> Iterator[dict[str, Any]]:
    data = files("ipx.demo") / "data" / f"{name}.jsonl.gz"
    for line in gzip.decompress(data.read_bytes()).decode("utf-8").splitlines():
        yield json.loads(line)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
