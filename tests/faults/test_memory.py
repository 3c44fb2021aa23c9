"""However long a document is, taking it in and giving it out needs the same little memory, in a process of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.vault import measure_streaming

MEBIBYTES, BOUND = 192, 32.0  # a copy of a sixth of the document would be noticed


@pytest.mark.timeout(600)
def test_memory_stays_flat_while_a_document_streams_in_and_out(tmp_path: Path) -> None:
    found = measure_streaming(tmp_path, mebibytes=MEBIBYTES)
    assert found.memory < BOUND
