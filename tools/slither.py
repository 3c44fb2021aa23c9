"""Runs slither over the contracts as they were built into ``contracts/out/artifacts``. Fails for a finding that
``slither-exceptions.json`` does not explain, and for an exception that explains none any more.

`python tools/slither.py SLITHER`; `make -C contracts slither` builds first.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
EXCEPTIONS = CONTRACTS / "slither-exceptions.json"
ANYWCONTRACTS = "*"


def findings(slither: str) -> list[tuple[str, str, str]]:
    """Return every finding as check, the function or variable it is in, and slither's words."""
    path = os.pathsep.join((str(CONTRACTS / "bin"), os.environ["PATH"]))
    command = [str(Path(slither).resolve()), ".", "--ignore-compile", "--json", "-"]
    environment = {**os.environ, "PATH": path}
    done = subprocess.run(command, cwd=CONTRACTS, env=environment, capture_output=True, text=True, check=False)
    if not done.stdout.startswith("{"):
        sys.exit(f"slither did not run:\n{done.stdout}\n{done.stderr}")
    report = json.loads(done.stdout)
    if not report["success"]:
        sys.exit(f"slither did not run: {report['error']}")
    found = report["results"].get("detectors", ())
    return [(each["check"], _place(each), each["description"].strip()) for each in found]


def _place(finding: dict[str, Any]) -> str:
    element = finding["elements"][0]
    parent = element["type_specific_fields"].get("parent", {}).get("name", "")
    name = element["type_specific_fields"].get("signature", element["name"])
    return f"{parent}.{name}" if parent else name


def main() -> None:
    """Compare and say what is new and what is no longer needed."""
    explained = {(each["check"], each["in"]) for each in json.loads(EXCEPTIONS.read_text()) if each["because"].strip()}
    used, new = set(), []
    for check, place, words in findings(sys.argv[1]):
        known = next((key for key in ((check, place), (check, ANYWCONTRACTS)) if key in explained), None)
        used |= {known} if known else set()
        new += [] if known else [f"{check} in {place}:\n  {words}"]
    stale = [f"{check} in {place}: nothing is found there any more" for check, place in sorted(explained - used)]
    for line in (*new, *stale):
        print(line, file=sys.stderr)
    if new or stale:
        sys.exit(f"slither: {len(new)} findings to mend or to explain, {len(stale)} exceptions to take out.")
    print(f"slither: clean, with {len(explained)} explained exceptions")


if __name__ == "__main__":
    main()
