"""pymerkle, the best known Merkle tree in Python, on as many leaves. It is under the GPL, so it gets an environment and
a process of its own, and nothing of ours is linked with it."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def measure_rival(folder: Path, leaves: int) -> tuple[float, float]:
    """Return its seconds for the root and for the proofs of all leaves."""
    uv, python = Path(sys.executable).with_name("uv"), folder / "rival" / "bin" / "python"
    wanted = ROOT / "requirements" / "rival.txt"
    _run(str(uv), "venv", "--quiet", "--python", sys.executable, str(folder / "rival"))
    _run(str(uv), "pip", "install", "--quiet", "--python", str(python), "--require-hashes", "-r", str(wanted))
    found = json.loads(_run(str(python), str(ROOT / "bench" / "rival_tree.py"), str(leaves)))
    return found["root"], found["proofs"]


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout
