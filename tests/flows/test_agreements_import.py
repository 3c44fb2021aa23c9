"""Agreements made elsewhere taken in from a table: by the page, and by the command with a mapping."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from ipx.accounts.rules import Role
from ipx.import_commands.agreements import agreements
from ipx.licences.agreement_tables import COLUMNS, REQUIRED
from ipx.licences.import_views import LABELS, USUAL_NAMES
from ipx.licences.models import DeclaredRow
from ipx.technologies.models import TechnologyRow
from ipx.web.table_form import guessed_columns
from tests.flows.test_portfolio_pages import posted
from tests.pages import Person
from tests.world import World

PAGE = "/licences/import"
HEADER = "Patent;Partner;Type;Exclusivity;Rights granted;Field of use;CPC;Countries;Start date;Expiry"


@pytest.fixture
def keeper(world: World) -> Person:
    return world.organisation("Keeper")


@pytest.fixture
def technology_id(world: World, keeper: Person) -> str:
    return world.technology(keeper, rights=2, document=False, titles=False)


def rows(title: str) -> str:
    return "\n".join(
        [
            HEADER,
            f"{title};Acme Ltd;Licence;Excl.;make, have made;Solid cells;H01M 10/0525;DE, FR;01.03.2024;31.12.2030",
            f"{title};Bolt SA;Licence;Non Exclusive;use;Any;;Worldwide;01.03.2024;perpetual",
            f"{title};Caro;Licence;Non Exclusive;use;Any;;Atlantis;01.03.2024;perpetual",
            "No such thing;Dane;Licence;Non Exclusive;use;Any;;DE;01.03.2024;perpetual",
            "",
        ]
    )


def title_of(world: World, technology_id: str) -> str:
    return world.row(TechnologyRow, technology_id).title


def test_from_a_table_of_ones_own_to_declared_agreements(world: World, keeper: Person, technology_id: str) -> None:
    table = rows(title_of(world, technology_id))
    columns = posted(keeper, PAGE, keeper.get(PAGE), "columns", table=table)
    for chosen in ("Patent", "Partner", "Rights granted", "Expiry"):
        assert f"<option selected>{chosen}</option>" in columns.text
    preview = posted(keeper, PAGE, columns, "preview", dates="%d.%m.%Y")
    assert "1 added, 0 changed, 0 unchanged, 3 refused" in preview.text
    assert "“Excl.”" in preview.text
    assert "“Non Exclusive”" not in preview.text, "it is one of ours, written otherwise"
    mended = posted(keeper, PAGE, preview, "preview", **{"meaning-exclusivity": ["exclusive"]})
    assert "2 added, 0 changed, 0 unchanged, 2 refused" in mended.text
    assert world.count(DeclaredRow, DeclaredRow.technology_id == technology_id) == 0
    errors = posted(keeper, PAGE, mended, "errors")
    found = list(csv.DictReader(io.StringIO(errors.data.decode("utf-8-sig"))))
    assert [(row["line"], row["field"]) for row in found] == [("4", "territory"), ("5", "technology")]
    assert "no-store" in errors.headers["Cache-Control"]

    taken = posted(keeper, PAGE, mended, "import")
    assert "2 added, 0 changed, 0 unchanged, 2 refused" in taken.text
    assert world.count(DeclaredRow, DeclaredRow.technology_id == technology_id) == 2
    again = posted(keeper, PAGE, mended, "import")
    assert "0 added, 0 changed, 2 unchanged, 2 refused" in again.text
    grants = keeper.get(f"/technologies/{technology_id}/grants").text
    assert "Acme Ltd" in grants
    assert "Bolt SA" in grants


def test_the_page_is_for_those_who_answer_for_grants(world: World, keeper: Person) -> None:
    researcher = world.colleague(keeper, Role.RESEARCHER)
    assert researcher.get(PAGE).status_code == 403
    assert PAGE not in researcher.get("/licences").text
    assert PAGE in keeper.get("/licences").text


def test_technologies_of_others_are_not_there(world: World, keeper: Person, technology_id: str) -> None:
    other = world.organisation("Other")
    table = f"technology,acts,territory,start,end\n{technology_id},use,DE,2024-03-01,perpetual\n"
    preview = posted(other, PAGE, posted(other, PAGE, other.get(PAGE), "columns", table=table), "preview")
    assert "0 added, 0 changed, 0 unchanged, 1 refused" in preview.text


def test_the_command_takes_a_mapping(
    world: World, keeper: Person, technology_id: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = world.exchange.settings
    monkeypatch.setenv("IPX_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("IPX_PORT", str(settings.port))
    monkeypatch.setenv("IPX_DATABASE_URL", settings.database_url)
    app = typer.Typer()
    app.command()(agreements)
    (tmp_path / "agreements.csv").write_text(
        f"Asset,Partner,What,Where,From\n{technology_id},Acme,use,DE,2024-03-01\n{technology_id},Bolt,use,Atlantis,2024-03-01\n"
    )
    mapping = {
        "format": "ipx/csv-mapping/v1",
        "into": "agreements",
        "columns": {"technology": "Asset", "holder": "Partner", "acts": "What", "territory": "Where", "start": "From"},
        "constants": {"end": "last-to-expire", "exclusivity": "sole"},
    }
    (tmp_path / "mapping.json").write_text(json.dumps(mapping))

    def run(*more: str) -> tuple[int, list[dict[str, object]], str]:
        arguments = [str(tmp_path / "agreements.csv"), "--json", *more]
        answer = CliRunner().invoke(
            app, [*arguments, "--mapping", str(tmp_path / "mapping.json"), "--email", keeper.email]
        )
        return answer.exit_code, [json.loads(line) for line in answer.stdout.splitlines()], answer.stderr

    code, found, told = run("--dry-run", "--errors", str(tmp_path / "errors.csv"))
    assert (code, [row["change"] for row in found]) == (1, ["added", "refused"]), told
    assert "Line 3, territory" in told
    assert "ATLANTIS" in (tmp_path / "errors.csv").read_text("utf-8-sig")
    assert world.count(DeclaredRow, DeclaredRow.technology_id == technology_id) == 0
    assert [row["change"] for row in run()[1]] == ["added", "refused"]
    assert [row["change"] for row in run()[1]] == ["unchanged", "refused"]
    assert world.count(DeclaredRow, DeclaredRow.technology_id == technology_id) == 1


def test_every_field_has_a_label_and_usual_names() -> None:
    assert set(LABELS) == set(USUAL_NAMES) == set(COLUMNS) >= set(REQUIRED)
    assert guessed_columns(HEADER.split(";"), USUAL_NAMES) == {
        "technology": "Patent",
        "holder": "Partner",
        "kind": "Type",
        "exclusivity": "Exclusivity",
        "acts": "Rights granted",
        "field": "Field of use",
        "codes": "CPC",
        "territory": "Countries",
        "start": "Start date",
        "end": "Expiry",
    }
