"""Proofs about our own logs: the frozen vectors, and that verify.py and `ipx audit verify` say the same."""

from __future__ import annotations

import hashlib
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ipx.core import canonical, merkle_log
from ipx.core.errors import Tampered
from ipx.evidence import verify
from ipx.evidence.log_verification import verify_proof

FOLDER = Path(__file__).parents[2] / "docs/spec/vectors"
VECTORS = json.loads((FOLDER / "log_proof.json").read_text("utf-8"))
GOOD = next(vector["proof"] for vector in VECTORS["holds"] if vector["name"] == "two heads and lines")
BUNDLE = json.loads((FOLDER / "evidence_bundle_2.json").read_text("utf-8"))["holds"][0]["bundle"]


def failed(data: bytes) -> Any:
    return next((step["step"] for step in verify.verify_proof(data)["steps"] if step["ok"] is False), None)


def ours_holds(data: bytes) -> bool:
    """Say what `ipx audit verify` would."""
    try:
        content: Any = canonical.decode(data)
    except Tampered:
        return False
    proof = content.get("audit_proof", content) if isinstance(content, dict) else content
    return all(finding.ok is not False for finding in verify_proof(proof))


@pytest.mark.parametrize("vector", VECTORS["holds"], ids=lambda vector: str(vector["name"]))
def test_genuine_proofs_hold(vector: Any) -> None:
    data = vector["proof"].encode()
    verdict = verify.verify_proof(data)
    assert (verdict["outcome"], verdict["level"]) == ("holds", "content")
    assert "enuine" not in verdict["summary"]
    assert ours_holds(data)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: str(vector["name"]))
def test_wrong_proofs_are_refused_at_the_step_that_fails(vector: Any) -> None:
    data = vector["proof"].encode()
    assert failed(data) == vector["step"]
    assert verify.verify_proof(data)["outcome"] == "refused"
    assert not ours_holds(data)


def test_every_kind_of_change_is_refused_by_both() -> None:
    chance, data = random.Random(8), GOOD.encode()
    for _ in range(400):
        place = chance.randrange(len(data))
        changed = data[:place] + bytes([data[place] ^ chance.choice([1, 2, 0x20])]) + data[place + 1 :]
        assert failed(changed) is not None, place
        assert not ours_holds(changed), place


def spoiled(chance: random.Random) -> bytes:
    """Change one value somewhere in a proof, in canonical form."""
    fields = json.loads(GOOD)
    places = list(_places(fields))
    holder, name = chance.choice(places)
    other, key = chance.choice(places)
    holder[name] = chance.choice(
        [None, 0, 1, 13, -1, True, "", "0" * 64, [], {}, [None], json.loads(json.dumps(other[key]))]
    )
    return canonical.encode(fields)


def _places(value: Any) -> Any:
    for name, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield value, name
        yield from _places(item)


def test_both_say_the_same_of_proofs_with_one_value_changed() -> None:
    chance, refused = random.Random(5), 0
    for _ in range(600):
        data = spoiled(chance)
        holds = verify.verify_proof(data)["outcome"] == "holds"
        assert holds == ours_holds(data), data
        refused += not holds
    assert refused > 300


@settings(deadline=None)
@given(some.integers(0, 40), some.integers(0, 40), some.data())
def test_the_one_file_checks_consistency_as_we_do(first: int, second: int, data: Any) -> None:
    entries = [hashlib.sha256(b"line %d" % number).digest() for number in range(40)]
    roots = [merkle_log.root(entries[:size]) for size in (first, second)]
    path = merkle_log.consistency_path(entries[:second], first) if first <= second else []
    spoil = data.draw(some.sampled_from(["", "cut", "more", "swap", "root"]))
    path = {"cut": path[:-1], "more": [*path, entries[0]], "swap": path[::-1]}.get(spoil, path)
    roots[0] = entries[0] if spoil == "root" else roots[0]
    expected = merkle_log.is_consistent(
        first=first, second=second, first_root=roots[0], second_root=roots[1], path=path
    )
    heads: Any = [{"lines": size, "root": root.hex()} for size, root in zip((first, second), roots, strict=True)]
    try:
        verify.log_step(heads[0], heads[1], path)
        found = True
    except verify.Wrong:
        found = False
    assert found == expected
    assert expected or spoil or first > second


# ── the command ──────────────────────────────────────────────────────────────────────────────────


def test_the_command_tells_a_proof_from_a_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    proof, bundle = tmp_path / "proof", tmp_path / "bundle"
    proof.write_text(GOOD)
    bundle.write_text(BUNDLE)
    assert verify.main([str(proof)]) == 0
    told = capsys.readouterr().out
    assert "The log of 13 lines continues that of 5 lines." in told
    assert "The way:" not in told
    assert verify.main([str(bundle)]) == 0
    assert "The way:" in capsys.readouterr().out
    assert verify.main([str(proof), "--require", "chain"]) == 1
    assert verify.main([str(proof), "--file", str(bundle)]) == 2
    assert "leave out --file" in capsys.readouterr().err
    assert verify.main([str(proof), "--rpc", "http://127.0.0.1:9"]) == 1, "a head that cannot be looked up is no proof"
    capsys.readouterr()
    proof.write_text(GOOD.replace('"number":1,', '"number":2,'))
    assert verify.main([str(proof), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["outcome"] == "refused"


@pytest.mark.parametrize(
    "text", ["[" * 100_000, '{"format":"ipx/log-proof/v1"}', '["ipx/log-proof/v1"]', "null", "\ud800"]
)
def test_no_bytes_make_it_raise(text: str) -> None:
    assert failed(text.encode("utf-8", "surrogatepass")) == "proof"
