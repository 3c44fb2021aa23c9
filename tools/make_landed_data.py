"""Keeps a small data folder of this version, as a test of all later ones (tests/faults/test_landed_data.py).

    python -m tools.make_landed_data NAME        makes tests/landed/NAME.tar.gz; never change one that has landed

The keys and passwords inside are of nobody: they were made for it.
"""

import gzip
import hashlib
import json
import sys
import tarfile
import tempfile
from io import BytesIO
from pathlib import Path

from bench.exchange import RunningExchange
from ipx.smoke.command import CHAPTERS
from ipx.smoke.report import Reporter, has_passed, play
from ipx.smoke.story import Story, new_story

TARGET = Path(__file__).resolve().parent.parent / "tests" / "landed"
# What a start makes anew, and what only the process had.
LEFT_OUT = {"search", "run.lock", "server.lock", "worker.lock", "anvil.log", "process.json", "incoming"}


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        with RunningExchange(Path(folder)) as exchange:
            story = new_story(exchange.url, None, [])
            if not has_passed(play(CHAPTERS, story, Reporter(as_json=False))):
                sys.exit("The story was not played to its end.")
            known = facts(story)
        pack(exchange.data_dir, known, TARGET / f"{name}.tar.gz")


def facts(story: Story) -> dict[str, str]:
    """Return what the test must know to look at it as its people would."""
    return {
        "email": f"institute-{story.suffix}@smoke.example",
        "password": story.password,
        "technology": story.technology,
        "document": story.document,
        "licence": story.licence,
        "sha256": hashlib.sha256(story.content).hexdigest(),
        "bundle": story.bundle.decode(),
    }


def pack(data: Path, known: dict[str, str], target: Path) -> None:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        archive.add(data, "data", filter=lambda entry: None if Path(entry.name).name in LEFT_OUT else entry)
        content = json.dumps(known, indent=1).encode()
        entry = tarfile.TarInfo("facts.json")
        entry.size = len(content)
        archive.addfile(entry, BytesIO(content))
    target.parent.mkdir(exist_ok=True)
    target.write_bytes(gzip.compress(made.getvalue()))
    print(f"{target}: {target.stat().st_size} bytes")


if __name__ == "__main__":
    main(*sys.argv[1:])
