"""``ipx import uspto-xml``: printed, taken in once, and found by every spelling of the numbers."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from ipx.audit.models import AuditRow
from ipx.audit.service import THE_EXCHANGE
from ipx.bibliography.records import BibliographicRecord
from ipx.bibliography.service import BibliographyService
from ipx.bibliography.uspto.record import records
from ipx.import_commands import app
from tests.exchanges import DATABASES
from tests.uspto_documents import application, grant
from tests.world import World, world_on

Run = Callable[..., Result]
SAMPLES = sorted((Path(__file__).resolve().parents[1] / "uspto_samples").glob("*.xml"))


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request, tmp_path_factory.mktemp("world")) as world:
        yield world


@pytest.fixture
def run(world: World, monkeypatch: pytest.MonkeyPatch) -> Run:
    settings = world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    monkeypatch.setenv("IPX_DATABASE_URL", settings.database_url)
    monkeypatch.setenv("IPX_DEMO", "0")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def service(world: World) -> BibliographyService:
    found = world.exchange.services[BibliographyService]
    assert isinstance(found, BibliographyService)
    return found


def test_a_dry_run_needs_no_database_and_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IPX_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.delenv("IPX_DATABASE_URL", raising=False)
    result = CliRunner().invoke(app, ["uspto-xml", *map(str, SAMPLES), "--dry-run", "--json"])
    assert result.exit_code == 0, result.output
    assert len(lines(result)) == len(SAMPLES)
    assert {line["import"] for line in lines(result)} == {"added"}
    assert not (tmp_path / "data").exists()


def test_records_are_taken_in_once(world: World, run: Run) -> None:
    dry = run("uspto-xml", *SAMPLES, "--dry-run", "--json")
    first = run("uspto-xml", *SAMPLES, "--json")
    again = run("uspto-xml", *SAMPLES, "--json")
    assert (dry.exit_code, first.exit_code, again.exit_code) == (0, 0, 0), first.output
    assert [line["import"] for line in lines(dry)] == ["added"] * len(SAMPLES)
    assert lines(first) == lines(dry)
    assert [line["import"] for line in lines(again)] == ["unchanged"] * len(SAMPLES)
    assert f"{len(SAMPLES)} unchanged; 0 passed over, 0 not read." in again.stderr
    with world.exchange.database.read() as session:
        query = select(AuditRow).where(AuditRow.action == "bibliography:records:imported")
        (line,) = [each for each in session.scalars(query) if each.details["added"] == len(SAMPLES)]
        found = service(world).find(session, office="US", number="8,930,553", kind="B2")
        assert "Nissim" not in json.dumps(line.details)
    assert found
    (printed,) = [line for line in lines(first) if line["publication"] == found.content["publication"]]
    assert {**found.content, "import": "added"} == printed


def test_a_corrected_document_replaces_the_first_and_names_what_changed(world: World, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "one.xml"
    file.write_bytes(grant("11000001", title="Before"))
    assert "(added)" in run("uspto-xml", file).stdout
    file.write_bytes(grant("11000001", title="After"))
    assert "(changed: titles, abstracts)" in run("uspto-xml", file, "--dry-run").stdout
    assert "(changed: titles, abstracts)" in run("uspto-xml", file).stdout
    with world.exchange.database.read() as session:
        found = service(world).find(session, office="US", number="11000001", kind="B2")
    assert found
    assert found.content["titles"] == [{"language": "en", "text": "After"}]
    assert found.changed_at > found.imported_at


def test_what_cannot_be_read_is_named_and_the_rest_is_taken_in(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "week.xml"
    file.write_bytes(grant("11000002") + grant("11000003")[:300] + b'<?xml version="1.0"?><other/>' + grant("11000004"))
    result = run("uspto-xml", file, "--json")
    assert result.exit_code == 1
    assert len(lines(result)) == 2
    assert f"{file}, document 2 was not read: not well-formed XML" in result.stderr
    assert "document 3: <other> is no grant and no application" in result.stderr
    assert "2 added; 1 passed over, 1 not read." in result.stderr


def test_documents_of_one_application_are_found_together(world: World) -> None:
    def read(document: bytes) -> BibliographicRecord:
        (record,) = records(BytesIO(document))
        assert isinstance(record, BibliographicRecord)
        return record

    first = read(application("20220000042").replace(b"17856789", b"14925737"))
    second = read(grant("11000005"))
    stranger = read(
        grant("14925737", kind="B1").replace(
            b"<doc-number>14925737</doc-number><date>", b"<doc-number>19000001</doc-number><date>"
        )
    )
    bibliography = service(world)
    with world.exchange.database.write() as session:
        bibliography.take_in(session, [first, second, stranger], by=THE_EXCHANGE)
    with world.exchange.database.read() as session:
        by_grant = bibliography.records_of_publication(session, office="US", number="11,000,005")
        by_application = bibliography.records_of_application(session, office="US", number="14/925,737")
        of_stranger = bibliography.records_of_publication(session, office="US", number="14925737")
    kinds = [(each.number, each.kind) for each in by_application]
    assert ("20220000042", "A1") in kinds
    assert ("11000005", "B2") in kinds
    assert ("14925737", "B1") not in kinds
    assert kinds == [(each.number, each.kind) for each in by_grant]
    assert [(each.number, each.kind) for each in of_stranger] == [("14925737", "B1")]
