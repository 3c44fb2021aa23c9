"""``python -m tests.hostile.weigh``: by how much the heaviest hostile files make our process grow, and a child."""

from __future__ import annotations

import resource
from pathlib import Path

from ipx.adapters.sandbox.launcher import Sandbox
from ipx.core.errors import Invalid
from ipx.vault.archives import archive_watch
from tests.hostile import images, offices, pdfs, zips
from tests.hostile.cases import Case

HEAVY = ("zeros-256-mib", "gzip-in-gzip", "xz-inside", "too-many-files", "xml-bomb", "object-stream-bomb", "flate-bomb")
HEAVIER = (*HEAVY, "flood-thin", "many-objects", "text-bomb", "data-bomb", "deep-arrays")
PIECE = 1 << 18


def judge(case: Case, content: bytes) -> None:
    """Do what a deposit does with it, without the store."""
    watch = archive_watch(case.media_type)
    pieces = (content[start : start + PIECE] for start in range(0, len(content), PIECE))
    if watch is None:
        Sandbox().inspect(pieces, media_type=case.media_type, size=len(content))
        return
    try:
        for piece in pieces:
            watch.feed(piece)
        watch.finish()
    except Invalid:
        pass


def highest() -> int:
    """Return the highest resident memory of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def main() -> None:
    """Make all files first: they are not what is weighed."""
    cases = [case for module in (zips, offices, pdfs, images) for case in module.cases() if case.name in HEAVIER]
    made = [(case, case.make()) for case in cases]
    Path("/proc/self/clear_refs").write_text("5")  # forget the highest mark so far (proc(5))
    before = highest()
    for case, content in made:
        judge(case, content)
    print(highest() - before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss << 10)  # noqa: T201


if __name__ == "__main__":
    main()
