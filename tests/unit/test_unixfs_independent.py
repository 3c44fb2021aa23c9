"""Our importer against two others that share no line with it: ipfs-unixfs-importer (JavaScript), aleph-cid (Rust)."""

from __future__ import annotations

import json
import random
import subprocess
from pathlib import Path

import aleph_cid
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipx.core.unixfs import PROFILE, Importer, Profile

ROOT = Path(__file__).resolve().parents[2]
KIB, MIB = 1 << 10, 1 << 20
KUBO_V1 = Profile("what Kubo does for --cid-version=1", chunk_size=256 * KIB, max_links=174)
Case = tuple[Profile, bytes]


def ours(content: bytes, profile: Profile) -> str:
    importer = Importer(profile)
    importer.feed(content)
    importer.finish()
    return str(importer.root)


def by_javascript(cases: list[Case]) -> list[str]:
    """Ask the other importer for all at once: a process of Node.js takes a second to start."""
    lines = []
    for profile, content in cases:
        chunk_size = 0 if profile is PROFILE else profile.chunk_size
        task = {"chunkSize": chunk_size, "maxLinks": profile.max_links, "length": len(content)}
        lines += [json.dumps(task).encode(), b"\n", content]
    command = [str(ROOT / "tools/with-node"), "node", "oracle/cids.mjs"]
    done = subprocess.run(command, cwd=ROOT / "frontend", input=b"".join(lines), capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode().split()


def random_cases() -> list[Case]:
    """Any sizes, any widths of trees, and the places where they change."""
    dice = random.Random("cid profile")
    cases: list[Case] = []
    for _ in range(300):
        profile = Profile("any", chunk_size=dice.randint(1, 40), max_links=dice.randint(2, 9))
        leaves = dice.choice([0, 1, profile.max_links, profile.max_links**2, profile.max_links**3 % 900])
        size = max(0, leaves * profile.chunk_size + dice.choice([-1, 0, 0, 1, dice.randint(-9, 999)]))
        cases.append((profile, dice.randbytes(size)))
    sizes = [0, 1, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB + 7, *(dice.randrange(8 * MIB) for _ in range(6))]
    cases += [(PROFILE, dice.randbytes(size)) for size in sizes]
    fine = Profile("fine", chunk_size=32, max_links=1024)
    cases += [(fine, dice.randbytes(32 * leaves - odd)) for leaves in (1024, 1025, 2049) for odd in (0, 5)]
    return cases


def test_the_javascript_importer_gives_the_same_cids_for_any_size_and_width() -> None:
    cases = random_cases()
    found = by_javascript(cases)
    different = [
        (profile, len(content), ours(content, profile), cid)
        for (profile, content), cid in zip(cases, found, strict=True)
        if ours(content, profile) != cid
    ]
    assert different == []


def test_the_javascript_importer_gives_the_frozen_vectors_by_the_name_of_the_profile() -> None:
    vectors = json.loads((ROOT / "docs/spec/vectors/cid_profile.json").read_text())
    period = bytes((31 * i + 7) & 255 for i in range(256))
    cases = [(PROFILE, (period * (vector["size"] // 256 + 1))[: vector["size"]]) for vector in vectors["files"]]
    assert vectors["profile"] == "unixfs-v1-2025"
    assert by_javascript(cases) == [vector["cid"] for vector in vectors["files"]]


@settings(max_examples=40, deadline=None)
@given(size=st.integers(0, 3 * MIB), seed=st.integers(0, 2**32))
@example(size=0, seed=0)
@example(size=256 * KIB, seed=1)
@example(size=256 * KIB + 1, seed=1)
def test_the_rust_importer_gives_the_same_cids_in_its_own_profile(size: int, seed: int) -> None:
    content = random.Random(seed).randbytes(size)
    assert ours(content, KUBO_V1) == by_rust(content)


@pytest.mark.parametrize("leaves", [174, 175, 2 * 174 + 1])
def test_the_rust_importer_agrees_where_a_node_is_full(leaves: int) -> None:
    content = random.Random(leaves).randbytes(MIB) * 90
    content = content[: leaves * 256 * KIB - 3]
    assert ours(content, KUBO_V1) == by_rust(content)


def by_rust(content: bytes) -> str:
    hasher = aleph_cid.CidHasher.for_ipfs_v1_raw_leaves()
    hasher.update(content)
    return str(hasher.finalize())
