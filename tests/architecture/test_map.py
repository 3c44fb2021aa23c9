"""ARCHITECTURE.md is the map: every path that it and README name is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PATH = re.compile(
    r"`((?:ipx|tests|docs|contracts|frontend|migrations|bench|tools)/[\w./-]*|app\.py|Makefile|compose\.yaml)`"
)


@pytest.mark.parametrize("page", ["ARCHITECTURE.md", "README.md", "CONTRIBUTING.md", "SECURITY.md"])
def test_every_named_path_exists(page: str) -> None:
    named = PATH.findall((ROOT / page).read_text())
    missing = [name for name in named if not (ROOT / name).exists()]
    assert not missing


def test_every_room_is_on_the_map() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text()
    rooms = [path.name for path in (ROOT / "ipx").iterdir() if (path / "service.py").exists()]
    assert rooms
    assert not [room for room in rooms if f"**{room}**" not in text]
