"""verify.py, the one-file verifier: the same vectors as ipx verify, an old Python's words, and its command."""

from __future__ import annotations

import ast
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import rlp
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.core import patricia
from ipx.evidence import verify
from ipx.evidence.certificate import CertificateFacts, seal, write_certificate

FOLDER = Path(__file__).parents[2] / "docs/spec/vectors"
SOURCE = Path(verify.__file__)
PLAIN = json.loads((FOLDER / "evidence_bundle.json").read_text("utf-8"))
HEADERS = json.loads((FOLDER / "evidence_bundle_header.json").read_text("utf-8"))
CLOCKS = json.loads((FOLDER / "evidence_bundle_time_stamp.json").read_text("utf-8"))
PATRICIA = json.loads((FOLDER / "patricia.json").read_text("utf-8"))
BUNDLE, TEXT = HEADERS["holds"][1]["bundle"].encode(), HEADERS["holds"][1]["content"].encode()


def failed(verdict: Any) -> Any:
    return next((step["step"] for step in verdict["steps"] if step["ok"] is False), None)


def name(vector: Any) -> str:
    return str(vector["name"])


@pytest.mark.parametrize("vector", PLAIN["holds"] + HEADERS["holds"] + CLOCKS["holds"], ids=name)
def test_genuine_bundles_hold(vector: Any) -> None:
    disclosed = json.loads(vector["bundle"])["disclosure"] == "full"
    digest = hashlib.sha256(vector["content"].encode()).digest() if disclosed else None
    verdict = verify.verify(vector["bundle"].encode(), digest)
    level = "header" if vector in HEADERS["holds"] else "content"
    assert (verdict["outcome"], verdict["level"], failed(verdict)) == ("holds", level, None)
    assert "enuine" not in verdict["summary"]


@pytest.mark.parametrize("vector", PLAIN["refused"] + HEADERS["refused"] + CLOCKS["refused"], ids=name)
def test_wrong_bundles_are_refused_at_the_step_that_fails(vector: Any) -> None:
    verdict = verify.verify(bytes.fromhex(vector["bytes_hex"]))
    assert (verdict["outcome"], verdict["level"], failed(verdict)) == ("refused", None, vector["step"])


@pytest.mark.parametrize("vector", [one for one in PLAIN["unreadable"] if name(one) != "later format"], ids=name)
def test_what_is_no_bundle_is_unreadable(vector: Any) -> None:
    assert verify.verify(bytes.fromhex(vector["bytes_hex"]))["outcome"] == "unreadable"


@settings(deadline=None)
@given(st.binary(max_size=500))
def test_its_keccak_is_keccak(data: bytes) -> None:
    assert verify.keccak(data) == patricia.keccak(data)


def test_its_tries_are_those_of_the_vectors() -> None:
    for trie in PATRICIA["tries"]:
        for key, value in trie["values"].items():
            nodes = [bytes.fromhex(node) for node in trie["paths"][key]]
            assert verify.value_at(bytes.fromhex(trie["root"]), key.encode(), nodes) == value.encode()
            for wrong in (nodes[:-1], [*nodes, nodes[0]]):
                with pytest.raises(verify.Wrong):
                    verify.value_at(bytes.fromhex(trie["root"]), key.encode(), wrong)


@settings(deadline=None)
@given(st.recursive(st.binary(max_size=80), lambda inner: st.lists(inner, max_size=6), max_leaves=20))
def test_its_rlp_reads_what_is_written(value: Any) -> None:
    assert verify.rlp(rlp.encode(value)) == value


@settings(deadline=None)
@given(st.binary(max_size=40))
def test_its_rlp_is_as_strict_as_the_library(data: bytes) -> None:
    def read(decode: Any) -> Any:
        try:
            return decode(data)
        except Exception as error:
            if type(error).__name__ not in ("Wrong", "Tampered"):
                raise
            return None

    assert read(verify.rlp) == read(patricia.decode)


# ── one file, an old Python, nothing else ────────────────────────────────────────────────────────


def test_it_is_written_for_python_3_8_and_imports_the_standard_library_alone() -> None:
    tree = ast.parse(SOURCE.read_text("utf-8"), feature_version=(3, 8))
    imported = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {module.split(".")[0] for module in imported} <= sys.stdlib_module_names
    used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    later = {"removeprefix", "removesuffix", "file_digest", "bit_count", "UTC", "cache", "pairwise", "batched"}
    assert not used & later, "these came after Python 3.8"
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            wanted = {"to_bytes": 2, "from_bytes": 2}.get(node.func.attr, 0)
            assert len(node.args) >= wanted, "the byte order has a default since Python 3.11"
            assert not any(keyword.arg == "strict" for keyword in node.keywords)


def pythons() -> list[str]:
    """The oldest Python from 3.8 on that this machine has, and our own. Shims of pyenv may lead nowhere."""
    kept = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    for name in (f"python3.{minor}" for minor in range(8, 12)):
        for path in [shutil.which(name), *map(str, kept.glob(f"*/bin/{name}"))]:
            if path and subprocess.run([path, "-c", ""], check=False, capture_output=True).returncode == 0:
                return [path, sys.executable]
    return [sys.executable]


@pytest.fixture
def files(tmp_path: Path) -> Any:
    facts = CertificateFacts("Title", "d.txt", "Laboratory", "https://ipx.example/verify", is_final=True)
    (tmp_path / "certificate.pdf").write_bytes(write_certificate(BUNDLE, facts))
    (tmp_path / "bundle").write_bytes(BUNDLE)
    (tmp_path / "document").write_bytes(TEXT)
    (tmp_path / "other").write_bytes(b"another text")
    (tmp_path / "damaged").write_bytes(BUNDLE.replace(b"31337", b"31338"))
    with (tmp_path / "huge").open("wb") as huge:
        huge.truncate((2 << 30) + 1)  # a hole: two gigabytes that need no room
    return tmp_path


def run(files: Path, *arguments: str, python: str = sys.executable, where: Path = SOURCE) -> Any:
    """Run the file alone, as somebody does who has nothing of ours."""
    given = [str(files / argument) if (files / argument).exists() else argument for argument in arguments]
    quiet = {"PATH": os.environ["PATH"], "HOME": str(files)}
    command = [python, "-I", "-S", str(where), *given]
    return subprocess.run(command, capture_output=True, text=True, check=False, cwd=files, env=quiet, timeout=280)


CASES = [
    (["bundle"], 0),
    (["bundle", "--file", "document", "--require", "header"], 0),
    (["certificate.pdf", "--file", "document"], 0),
    (["bundle", "--file", "other"], 1),
    (["certificate.pdf", "--file", "other"], 1),
    (["bundle", "--require", "chain"], 1),
    (["bundle", "--require", "chain", "--rpc", "http://127.0.0.1:9"], 1),
    (["damaged"], 1),
    (["document"], 2),
    (["missing"], 2),
    (["huge"], 2),
    (["bundle", "--file", "missing"], 2),
    (["bundle", "--rpc", "file:///etc/passwd"], 2),
    (["bundle", "--require", "everything"], 2),
]


@pytest.mark.parametrize("python", pythons())
def test_exit_codes_are_those_of_ipx_verify(files: Path, python: str) -> None:
    copy = files / "alone" / "verify.py"
    copy.parent.mkdir()
    copy.write_bytes(SOURCE.read_bytes())
    for arguments, code in CASES:
        done = run(files, *arguments, python=python, where=copy)
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        assert "Traceback" not in done.stderr
    shown = run(files, "bundle", "--file", "document", python=python, where=copy).stdout
    for word in ("form", "digest", "file", "commitment", "path", "head", "header", "chain", "does not prove"):
        assert word in shown
    assert 'step "digest"' in run(files, "damaged", python=python, where=copy).stdout


def test_a_file_of_gigabytes_is_hashed_piece_by_piece(files: Path) -> None:
    probe = "import resource, runpy, sys; sys.argv = sys.argv[1:]; limit = 1 << 29\n"
    probe += "resource.setrlimit(resource.RLIMIT_AS, (limit, limit)); runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-I", "-c", probe, str(SOURCE), str(files / "bundle"), "--file", str(files / "huge")]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 1, done.stderr
    assert "FAILS        file" in done.stdout


def test_json_is_json(files: Path) -> None:
    record = json.loads(run(files, "bundle", "--json", "--require", "chain").stdout)
    wanted = ("holds", "header", "chain", 1)
    assert (record["outcome"], record["level"], record["required"], record["exit_code"]) == wanted
    assert "bundle" not in record


def test_a_certificate_is_checked_before_its_bundle(files: Path) -> None:
    certificate = (files / "certificate.pdf").read_bytes()
    assert verify.verify(certificate)["steps"][0] == {
        "step": "certificate", "words": verify.WORDS["certificate"], "ok": True, "detail": "Its checksum holds."
    }  # fmt: skip
    for place in (0, 300, len(certificate) // 2, len(certificate) - 1):
        changed = bytearray(certificate)
        changed[place] ^= 1
        verdict = verify.verify(bytes(changed))
        assert (verdict["outcome"], failed(verdict)) == ("refused", "certificate")
    added = certificate + b"9 0 obj\n<<>>\nendobj\nxref\n0 0\ntrailer\n<<>>\nstartxref\n1\n%%EOF\n"
    assert (verify.verify(added)["outcome"], verify.verify(added)["steps"][0]["ok"]) == ("holds", None)
    nothing = seal(b"%PDF-1.7\nstartxref\n1\n%%EOF\n", b"no bundle")
    assert (verify.verify(nothing)["outcome"], failed(verify.verify(nothing))) == ("refused", "form")
