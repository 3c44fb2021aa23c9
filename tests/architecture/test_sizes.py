"""Files and functions stay short enough to be read at one sitting (ARCHITECTURE.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FILE, LONGEST_FUNCTION = 400, 60
WHOLE = {"ipx/evidence/verify.py": 710}  # one file by its purpose (docs/decisions/0011): nobody can import a second one
FILES = sorted(path for folder in ("ipx", "tests", "bench", "tools") for path in (ROOT / folder).rglob("*.py"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_file_and_no_function_is_too_long(path: Path) -> None:
    source = path.read_text()
    assert source.count("\n") <= WHOLE.get(path.relative_to(ROOT).as_posix(), LONGEST_FILE)
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            assert length <= LONGEST_FUNCTION, f"{node.name} has {length} lines"
