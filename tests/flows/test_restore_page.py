"""The operator's page of a restored backup: what is lacking stays in sight until somebody says it is dealt with."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ipx.backup.fencing import Fenced
from ipx.backup.lacking import BATCH, FILE, LICENCE, TITLE, TRANSACTION, Lack
from ipx.backup.report import Report, last_restore
from ipx.home.restore_views import LACKS
from ipx.settings import Settings
from ipx.web.services import _KEY
from tests.pages import Person, words_of
from tests.world import World

PAGE = "/operator/restore"
BACKUP = "0b8e6f0c-5d3e-4a53-9a5c-6f6e0f0a0001"


@pytest.fixture(scope="module")
def world(exchange):
    with World(exchange) as world:
        yield world


@pytest.fixture
def operator(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Person]:
    """The settings name her, and a data folder that no other test looks into."""
    person = world.organisation("Operations")
    changed = replace(world.exchange.settings, operators=(person.email,), data_dir=tmp_path)
    monkeypatch.setitem(world.app.extensions[_KEY], Settings, changed)
    before = world.exchange.settings
    object.__setattr__(world.exchange, "settings", changed)
    yield person
    object.__setattr__(world.exchange, "settings", before)


def restored(folder: Path, *lacks: Lack) -> None:
    moment = datetime(2026, 11, 28, 9, 30, tzinfo=UTC)
    Report(BACKUP, "2026-11-27T08:00:00+00:00", moment, Fenced(3, 4, 5), 2, lacks).keep(folder)


def test_it_lists_what_is_lacking_until_that_is_dealt_with(world: World, operator: Person, tmp_path: Path) -> None:
    assert "No restored backup waits" in words_of(operator.get(PAGE).text)
    lacks = [Lack(kind, f"thing-{kind}", "0x" + "ab" * 32, 77) for kind in (BATCH, LICENCE, TITLE, TRANSACTION)]
    restored(tmp_path, *lacks, Lack(FILE, "bafkreia"))
    said = words_of(operator.get(PAGE).text)
    assert "5 things are lacking" in said
    assert all(lack.what in said and str(LACKS[lack.kind]) in said for lack in lacks)
    assert "3 letters, 5 links in letters, 4 sessions" in said
    assert operator.json(PAGE)["lacks"][4]["what"] == "bafkreia"
    assert PAGE in str(last_restore(tmp_path))

    assert operator.post(f"{PAGE}/dealt-with", page=PAGE).status_code == 302
    assert "No restored backup waits" in words_of(operator.get(PAGE).text)
    assert last_restore(tmp_path) is None
    [kept] = tmp_path.glob("restore-report-dealt-with-*.json")
    assert json.loads(kept.read_text())["backup"] == BACKUP
    assert world.actions(BACKUP) == ["exchange:restore:dealt_with"]


def test_a_restore_that_lacks_nothing_says_so(operator: Person, tmp_path: Path) -> None:
    restored(tmp_path)
    assert "Nothing is lacking" in words_of(operator.get(PAGE).text)


def test_only_operators_see_it(world: World, operator: Person, tmp_path: Path) -> None:
    restored(tmp_path)
    somebody = world.organisation("Institute")
    assert somebody.get(PAGE).status_code == 403
    assert somebody.post(f"{PAGE}/dealt-with").status_code == 403
    assert (tmp_path / "restore-report.json").exists()
