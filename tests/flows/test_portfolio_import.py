"""``ipx import csv``: a portfolio and legal events by a mapping, previewed, taken in once, faults named by line."""

from __future__ import annotations

import csv
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner, Result

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.import_commands import app
from ipx.technologies.models import RightRow, TechnologyRow
from ipx.technologies.service import TechnologyService
from tests.pages import Person
from tests.world import World

Run = Callable[..., Result]
HEADER = "Family;Status;Country;No.;Kind;Granted\n"
MAPPING: dict[str, Any] = {
    "format": "ipx/csv-mapping/v1",
    "into": "portfolio",
    "delimiter": ";",
    "dates": "%d.%m.%Y",
    "columns": {
        "technology": "Family",
        "right_kind": "Status",
        "office": "Country",
        "number": "No.",
        "kind_code": "Kind",
        "granted_on": "Granted",
    },
    "constants": {"problem": "Batteries burn."},
    "values": {"right_kind": {"in force": "patent", "pending": "application"}},
}


@pytest.fixture
def institute(world: World) -> Person:
    return world.organisation("Portfolio")


@pytest.fixture
def run(world: World, institute: Person, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    monkeypatch.setenv("IPX_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("IPX_DEMO", "0")

    def run(
        table: str, *options: str, mapping: dict[str, Any] = MAPPING, email: str | None = institute.email
    ) -> Result:
        (tmp_path / "table.csv").write_text(table)
        (tmp_path / "mapping.json").write_text(json.dumps(mapping))
        person = ["--email", email] if email else []
        told = [str(tmp_path / "table.csv"), "--mapping", str(tmp_path / "mapping.json"), "--json"]
        return CliRunner().invoke(app, ["csv", *told, *person, *options])

    return run


def outcomes(result: Result) -> list[tuple[int, str]]:
    return [(line["line"], line["change"]) for line in map(json.loads, result.stdout.splitlines())]


def rights_of(world: World, person: Person) -> list[tuple[str, str | None, str | None, str]]:
    query = (
        select(TechnologyRow.title, RightRow.office, RightRow.number, RightRow.kind)
        .join(RightRow, RightRow.technology_id == TechnologyRow.id)
        .where(TechnologyRow.organisation_id == person.organisation_id)
        .order_by(TechnologyRow.title, RightRow.number)
    )
    return world.read(lambda session: [tuple(row) for row in session.execute(query)])  # type: ignore[misc]


def audit_lines(world: World) -> int:
    return world.read(lambda session: session.scalar(select(func.count()).select_from(AuditRow)) or 0)


def test_a_portfolio_is_previewed_and_taken_in_once(world: World, institute: Person, run: Run) -> None:
    table = (
        HEADER
        + "Cold cell;in force;US;8,930,553;B2;06.01.2015\nCold cell;pending;EP;26123456.7;;\nWarm cell;know-how;;;;\n"
    )
    before = audit_lines(world)
    preview = run(table, "--dry-run")
    assert preview.exit_code == 0, preview.output
    assert outcomes(preview) == [(2, "added"), (3, "added"), (4, "added")]
    assert "Nothing was changed; would be: 3 added" in preview.stderr
    assert rights_of(world, institute) == []
    assert audit_lines(world) == before
    taken = run(table)
    assert outcomes(taken) == outcomes(preview)
    expected = [
        ("Cold cell", "EP", "26123456.7", "application"),
        ("Cold cell", "US", "8,930,553", "patent"),
        ("Warm cell", None, None, "know-how"),
    ]
    assert rights_of(world, institute) == expected
    again = run(table)
    assert outcomes(again) == [(2, "unchanged"), (3, "unchanged"), (4, "unchanged")]
    assert rights_of(world, institute) == expected
    assert audit_lines(world) == before + 5  # two technologies and three rights, and nothing the second time


def test_what_differs_is_changed_and_what_a_row_leaves_open_stays(world: World, institute: Person, run: Run) -> None:
    run(HEADER + "Cell;pending;US;15/000,111;;\n")
    granted = run(HEADER + "Cell;in force;US;15000111;B2;06.01.2015\n")
    assert outcomes(granted) == [(2, "changed")]
    (line,) = map(json.loads, granted.stdout.splitlines())
    assert line["fields"] == ["kind", "number", "kind_code", "granted_on"]
    assert outcomes(run(HEADER + "Cell;in force;US;15000111;;\n")) == [(2, "unchanged")]
    assert [each[3] for each in rights_of(world, institute)] == ["patent"]


def test_refused_rows_name_line_and_field_and_the_rest_is_taken(
    world: World, institute: Person, run: Run, tmp_path: Path
) -> None:
    rows = [
        "Good;in force;US;9000001;B2;06.01.2015",
        ";in force;US;9000002;B2;",
        "Bad kind;lapsed;US;9000003;B2;",
        "Bad office;in force;USA;9000004;B2;",
        "Bad day;in force;US;9000005;B2;2015-01-06",
        "Tomorrow;in force;US;9000006;B2;06.01.2999",
        "Short row;in force",
        '=HYPERLINK("http://evil.example");in force;US;9000007;B2;',
        "Twice;in force;US;9000001;B2;06.01.2015",
    ]
    result = run(HEADER + "\n".join(rows), "--errors", str(tmp_path / "errors.csv"))
    assert result.exit_code == 1
    told = [json.loads(line) for line in result.stdout.splitlines()]
    refused = {each["line"]: each["field"] for each in told if each["change"] == "refused"}
    assert refused == {3: "technology", 4: "right_kind", 5: "office", 6: "granted_on", 7: "granted_on", 8: None}
    assert told[-1]["change"] == "unchanged"
    with (tmp_path / "errors.csv").open(encoding="utf-8-sig", newline="") as file:
        written = list(csv.DictReader(file))
    assert [int(row["line"]) for row in written] == sorted(refused)
    assert all(row["message"] for row in written)
    assert [each[0] for each in rights_of(world, institute)] == ['=HYPERLINK("http://evil.example")', "Good"]


def test_a_recorded_title_is_only_completed(world: World, institute: Person, run: Run) -> None:
    run(HEADER + "Recorded;in force;US;9100001;B2;06.01.2015\n")
    query = select(TechnologyRow.id).where(TechnologyRow.organisation_id == institute.organisation_id)
    technology_id = world.read(lambda session: session.scalars(query).one())
    technologies = world.service(TechnologyService)
    world.write(
        lambda session: technologies.register_titles(session, actor=institute.actor, technology_id=technology_id)
    )
    result = run(HEADER + "Recorded;utility-model;US;9100001;B2;06.01.2015\n")
    assert outcomes(result) == [(2, "refused")]
    assert "Add another right instead" in result.stderr


def test_who_may_not_draft_takes_nothing_in(world: World, institute: Person, run: Run) -> None:
    reader = world.colleague(institute, Role.LAB_ADMINISTRATOR, Role.RESEARCHER)
    result = run(HEADER + "Cell;know-how;;;;\n", email=reader.email)
    assert result.exit_code != 0
    assert "licensing manager or an owner" in str(result.exception)
    for email, words in ((None, "--email"), ("nobody@example.org", "Nobody with this")):
        assert words in str(run(HEADER, email=email).exception)
    assert rights_of(world, institute) == []


def test_legal_events_come_in_by_a_table(world: World, run: Run) -> None:
    number = f"7{uuid.uuid4().int % 1_000_000:06d}"
    mapping = {
        "format": "ipx/csv-mapping/v1",
        "into": "legal-events",
        "columns": {"number": "doc", "date": "day", "code": "code", "category": "class", "text": "words"},
        "constants": {"office": "US", "kind": "B2"},
    }
    rows = ["2018-06-25,M1551,U,Fourth year", "soon,M1552,U,", "2022-01-01,A-1-1-N10-N11-nap-X,,"]
    table = "doc,day,code,class,words\n" + "".join(f"{number},{row}\n" for row in rows)
    preview = run(table, "--dry-run", mapping=mapping, email=None)
    assert outcomes(preview) == [(2, "added"), (3, "refused"), (4, "added")]
    assert outcomes(run(table, mapping=mapping, email=None)) == outcomes(preview)
    again = run(table, mapping=mapping, email=None)
    assert outcomes(again) == [(2, "unchanged"), (3, "refused"), (4, "unchanged")]
    assert "Line 3, date: “soon” is no day" in again.stderr
