"""Runs `ipx stamp` again and again on a new file, and ends it by SIGKILL at its n-th boundary; then runs it to its end.

A program of its own, so that it can fork: everything is imported before. One JSON line for each death.

    python -m tests.faults.stamping FOLDER URL TOKEN
"""

from __future__ import annotations

import contextlib
import io
import json
import sys
from pathlib import Path
from typing import Any

import typer
from typer.main import get_command

from ipx.evidence import bundle as bundles
from ipx.evidence import stamp_receipt
from ipx.stamping.command import stamp
from tests.faults.boundaries import Boundaries
from tests.faults.killing import Report, forked, say

app = typer.Typer()
app.command()(stamp)


def play(folder: Path, url: str, token: str, number: int) -> dict[str, Any] | None:
    """Die at a boundary, go on, and return what was found; None when there was no such boundary any more."""
    file = folder / f"{number}.txt"
    file.write_text(f"The content of {file.name}.")
    arguments = [str(file), "--url", url, "--token", token, "--wait", "included", "--json"]
    died = forked(lambda report: _run(arguments, report, fatal=number))
    if not died.was_killed:
        died.must_succeed()
        return None
    salt = _salt(file)
    forked(lambda report: _run(arguments, report)).must_succeed()
    found = bundles.read(file.with_name(file.name + ".ipx-evidence.json").read_bytes())
    assert found.opening is not None
    assert salt in (None, found.opening.salt), "a salt was lost"
    forked(lambda report: _run(arguments, report)).must_succeed()  # once more does no harm
    left = sorted(path.name for path in folder.iterdir() if path.name.strip(".").startswith(f"{number}."))
    return {"number": number, **died.reported, "left": left}


def _run(arguments: list[str], report: Report, *, fatal: int | None = None) -> None:
    said = io.StringIO()
    if fatal is not None:
        Boundaries(fatal, lambda name: report({"died": name})).install()
    with contextlib.redirect_stdout(said):
        get_command(app).main(arguments, standalone_mode=False)
    report({"files": json.loads(said.getvalue())})


def _salt(file: Path) -> bytes | None:
    """Return the salt that is on the disk after a death, in the receipt or in the evidence."""
    evidence = file.with_name(file.name + ".ipx-evidence.json")
    receipt = file.with_name(file.name + ".ipx-stamp.json")
    if evidence.exists():
        opening = bundles.read(evidence.read_bytes()).opening
        return opening.salt if opening else None
    return stamp_receipt.read(receipt.read_bytes()).stamps[0].salt if receipt.exists() else None


def main() -> None:
    folder, url, token = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    number = 1
    while (found := play(folder, url, token, number)) is not None:
        say(found)
        number += 1
    say({"deaths": number - 1})


if __name__ == "__main__":
    main()
