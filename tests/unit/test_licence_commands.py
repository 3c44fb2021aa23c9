"""``ipx licences check`` and ``remaining``: the names and shapes that scripts rely on."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from ipx.core.errors import Invalid
from ipx.licence_commands import app
from tests.licence_terms import old_terms, terms

ASKED = ["--at", "2026-12-01", "--json"]


def written(folder: Path, name: str, value: Any) -> str:
    path = folder / name
    path.write_text(json.dumps(value))
    return str(path)


def test_check_prints_the_answer_and_the_overlaps_for_terms_of_version_1(tmp_path: Path) -> None:
    taken = {"id": "north", "terms": old_terms(exclusivity="exclusive", territory=("NO", "SE")).to_json()}
    existing = written(tmp_path, "existing.json", [taken, old_terms(territory=("US",)).to_json()])
    proposed = written(tmp_path, "proposed.json", old_terms(territory=("SE", "US")).to_json())
    ran = CliRunner().invoke(app, ["check", "--existing", existing, "--proposed", proposed, *ASKED])
    assert ran.exit_code == 0, ran.output
    report = json.loads(ran.stdout)
    assert report["conflict"] == "yes"
    (overlap,) = report["overlaps"]
    assert (overlap["grant"], overlap["conflict"]) == ("north", "yes")
    assert overlap["overlap"]["places"] == [
        {"territory": {"worldwide": False, "countries": ["SE"]}, "acts": ["make", "use", "sell"]}
    ]
    assert overlap["overlap"]["field"] == [{"scheme": "cpc", "code": "H01M"}]
    assert "Sweden to make, use, sell; CPC H01M" in overlap["words"]


def test_check_says_on_whose_word_it_rests(tmp_path: Path) -> None:
    declared = {"by": "Example University", "on": "2026-11-20"}
    existing = written(tmp_path, "e.json", [{"id": "x", "terms": terms().to_json(), "declared": declared}])
    proposed = written(tmp_path, "p.json", terms().to_json())
    ran = CliRunner().invoke(app, ["check", "--existing", existing, "--proposed", proposed, "--at", "2026-12-01"])
    assert ran.stdout == "no: Free as declared by Example University on 20 Nov 2026.\n"


def test_remaining_prints_the_pieces(tmp_path: Path) -> None:
    endless = terms(
        exclusivity="exclusive", territory=("JP",), field_text="", field_codes=(), end="perpetual", months=None
    )
    taken = {"terms": endless.to_json(), "effective_from": "2026-01-01"}
    existing = written(tmp_path, "existing.json", [taken])
    ran = CliRunner().invoke(app, ["remaining", "--existing", existing, *ASKED])
    assert ran.exit_code == 0, ran.output
    pieces = json.loads(ran.stdout)["remaining"]
    status = {
        json.dumps(piece["territory"]) + ",".join(piece["acts"]): piece["exclusive"]["status"] for piece in pieces
    }
    japan = '{"worldwide": false, "countries": ["JP"]}'
    assert status == {
        '{"worldwide": true, "except": ["JP"]}make,use,sell,offer,import,copy,modify': "free",
        f"{japan}make,use,sell": "taken",
        f"{japan}offer,import,copy,modify": "free",
    }


@pytest.mark.parametrize(
    ("text", "message"), [("{", "is not JSON"), ('{"a": 1}', "JSON array"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, text: str | None, message: str) -> None:
    path = tmp_path / "grants.json"
    if text is not None:
        path.write_text(text)
    ran = CliRunner().invoke(app, ["remaining", "--existing", str(path)])
    assert isinstance(ran.exception, Invalid)
    assert message in ran.exception.message
