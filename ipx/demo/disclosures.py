"""Two invented invention disclosures of the institute: one accepted, one that waits for the technology office."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from ipx.inventions.drafts import Answer, Entry, TypedSection


@dataclass(frozen=True)
class DemoDisclosure:
    """A disclosure; ``technology`` names the technology that was begun from it, ``accepted`` the office's words."""

    key: str
    sections: Mapping[str, TypedSection]
    accepted: str = ""
    technology: str | None = None


def disclosures(today: date) -> Sequence[DemoDisclosure]:
    """Return them; their days lie around ``today``."""
    return (_binder(today), _separator(today))


def _binder(today: date) -> DemoDisclosure:
    return DemoDisclosure(
        key="binder",
        accepted="Complete, and the first application is filed. Thank you.",
        technology="binder",
        sections={
            "invention": _one(
                title="Binder of two networks for silicon-rich anodes",
                problem="Silicon swells, common binders tear, and the cell ages within a few hundred cycles.",
                description="Two polymers form networks whose ionic bonds open under strain and close again.",
                novel="Both networks come from one aqueous slurry, and no step needs NMP.",
                conceived_on=_on(today, -640),
                working_since=_on(today, -560),
            ),
            "inventors": _listed(
                {
                    "name": "Ada Brandt",
                    "email": "ada@institute.example",
                    "employer": "Aldenau Institute of Materials",
                    "contribution": "Conceived the pair of networks and chose the ions.",
                },
                {
                    "name": "Jonas Weil",
                    "email": "jonas.weil@university.example",
                    "employer": "Aldenau University, as a doctoral student",
                    "contribution": "Found the order of mixing that keeps the slurry stable.",
                },
            ),
            "funding": _listed(
                {
                    "funder": "European Commission, Horizon Europe",
                    "grant_number": "999000111",
                    "us_federal": "no",
                    "obligations": ["reporting", "open-access"],
                }
            ),
            "third_parties": _listed(
                {"what": "Silicon powder, 150 nm", "kind": "material", "party": "A supplier", "terms": "No resale"}
            ),
            "publications": _listed(
                {"what": "Poster at a battery meeting", "kind": "poster", "on": _on(today, -150), "confidential": "no"}
            ),
            "offers": TypedSection(Answer.NONE),
            "filings": _listed({"office": "EP", "number": "EP99000001", "filed_on": _on(today, -200)}),
        },
    )


def _separator(today: date) -> DemoDisclosure:
    return DemoDisclosure(
        key="separator",
        sections={
            "invention": _one(
                title="Separator that closes its pores before the cell runs away",
                problem="Separators close too late, at 130 °C, when the cell heats itself already.",
                description="A wax of two melting points is spun into the fibres and flows at 95 °C.",
            ),
            "inventors": _listed(
                {
                    "name": "Ada Brandt",
                    "email": "ada@institute.example",
                    "employer": "Aldenau Institute of Materials",
                    "contribution": "Chose the wax and measured the closing.",
                },
                {"name": "Mei Tanaka", "employer": "guest at the institute", "contribution": "Spun the fibres."},
            ),
            "funding": _listed(
                {
                    "funder": "National Science Foundation",
                    "grant_number": "CBET-9900001",
                    "us_federal": "yes",
                    "obligations": ["government-licence", "local-manufacture", "reporting"],
                }
            ),
            "publications": _listed(
                {"what": "Talk at a workshop of the grant", "kind": "talk", "on": _on(today, -40)},
                {"what": "Doctoral thesis of a student", "kind": "thesis"},
            ),
            "offers": _listed(
                {
                    "what": "Two rolls for tests, invoiced",
                    "kind": "sale",
                    "party": "A maker of cells",
                    "on": _on(today, -90),
                    "confidential": "yes",
                }
            ),
        },
    )


def _on(today: date, days: int) -> str:
    return (today + timedelta(days=days)).isoformat()


def _one(**fields: str) -> TypedSection:
    return TypedSection(entries=(fields,))


def _listed(*entries: Entry) -> TypedSection:
    return TypedSection(Answer.LISTED, entries)
