"""Stamps a document on a chain node of its own, then fuzzes the bundle against that node: python -m tools.fuzz N SEED

The long run of tests/unit/test_fuzz.py; with the node nothing at all may hold, whatever its digest.
"""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path

from ipx.evidence import fuzz
from ipx.evidence.cli import findings_as_text
from tests.chain_world import new_world, running_chain
from tests.evidence_world import EvidenceWorld

CONTENT = b"The content of the document."


def main(count: int, seed: int) -> int:
    with tempfile.TemporaryDirectory() as scratch, running_chain(Path(scratch)) as anvil:
        room = EvidenceWorld(new_world(Path(scratch), anvil, Path(scratch)))
        stamp = [room.stamp(content) for content in (b"another", CONTENT, b"a third")][1]
        room.anchor_all()
        room.block_proofs.advance()
        bundle = room.bundle(stamp)
        room.world.database.dispose()
        judges = fuzz.verifiers(file_sha256=hashlib.sha256(CONTENT).digest(), rpc=anvil.url())
        fuzz.check_genuine(bundle, judges, needs_chain=True)
        print(f"A bundle of {len(bundle)} bytes, all of them and {count} random mutations, seed {seed}:")
        findings = fuzz.fuzz(fuzz.mutations_of(bundle, count=count, seed=seed), judges, has_chain=True)
    print(findings_as_text(findings))
    return 0 if findings.is_good else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
