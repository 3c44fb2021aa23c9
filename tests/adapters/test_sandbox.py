"""The sandbox: what a child cannot do, and that no file, however evil, costs more than its limits."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipx.adapters.sandbox.launcher import LARGEST, Sandbox
from ipx.core.errors import Tampered, Unavailable
from ipx.core.port_records import Inspected, Unfitness
from tests.small_files import pdf, png

PDF = "application/pdf"


def inspect(content: bytes, media_type: str = PDF, **changes: object) -> Inspected:
    return Sandbox(**changes).inspect([content], media_type=media_type, size=len(content))  # type: ignore[arg-type]


def test_a_child_can_open_no_file_no_connection_and_no_process_and_take_no_more_memory() -> None:
    line = Sandbox().check()
    assert line == "children without files, network, processes, memory"


def test_pages_are_counted_and_pictures_are_decoded() -> None:
    assert inspect(pdf("x", pages=7)) == Inspected(unfit=None, pages=7)
    assert inspect(png(), "image/png") == Inspected(unfit=None, pages=1)


def test_other_types_are_not_looked_into_and_too_large_files_are_not_taken() -> None:
    assert inspect(b"anything", "text/plain") == Inspected(unfit=None, pages=None)
    untouched = iter([b"x"])
    found = Sandbox().inspect(untouched, media_type=PDF, size=LARGEST + 1)
    assert found.unfit is Unfitness.TOO_LARGE
    assert list(untouched) == [b"x"]


def test_a_child_that_takes_too_long_is_killed_and_nothing_of_it_is_left() -> None:
    began = time.monotonic()
    assert inspect(pdf("x", pages=20_000), seconds=0.001).unfit is Unfitness.LIMIT
    assert time.monotonic() - began < 20
    assert not children()


def test_what_the_pieces_raise_comes_out_and_the_child_is_gone() -> None:
    def pieces() -> Iterator[bytes]:
        yield b"%PDF-1.7"
        raise Tampered("changed")

    with pytest.raises(Tampered):
        Sandbox().inspect(pieces(), media_type=PDF, size=10)
    assert not children()


def test_only_so_many_files_are_looked_into_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ipx.adapters.sandbox.launcher.PATIENCE", 0.1)
    sandbox, held, go = Sandbox(at_once=1), threading.Event(), threading.Event()

    def slow() -> Iterator[bytes]:
        held.set()
        go.wait(30)
        yield pdf("x")

    first = threading.Thread(target=lambda: sandbox.inspect(slow(), media_type=PDF, size=9))
    first.start()
    assert held.wait(30)
    with pytest.raises(Unavailable):
        sandbox.inspect([pdf("x")], media_type=PDF, size=9)
    go.set()
    first.join()
    assert sandbox.inspect([pdf("x")], media_type=PDF, size=9).pages == 1


def test_a_child_that_does_not_even_start_is_no_judgement(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with pytest.raises(Unavailable):
        inspect(pdf("x"))


def test_a_child_has_no_environment_and_writes_no_file(tmp_path: Path) -> None:
    """Looked at from outside, while it waits for the rest of the file."""
    seen: dict[str, object] = {}

    def pieces() -> Iterator[bytes]:
        yield b"%PDF-1.7\nthe secret"
        time.sleep(1)
        (child,) = children()
        seen["environment"] = Path(f"/proc/{child}/environ").read_bytes()
        seen["open"] = {str(path.readlink()).split(":")[0] for path in Path(f"/proc/{child}/fd").iterdir()}
        seen["status"] = Path(f"/proc/{child}/status").read_text()
        seen["limits"] = Path(f"/proc/{child}/limits").read_text()

    assert Sandbox().inspect(pieces(), media_type=PDF, size=9).unfit is Unfitness.DAMAGED
    assert seen["environment"] == b""
    assert seen["open"] <= {"pipe", "/dev/null"}  # type: ignore[operator]
    status, limits = str(seen["status"]), str(seen["limits"])
    assert "Seccomp:\t2" in status
    assert "NoNewPrivs:\t1" in status
    if os.geteuid() == 0:
        assert "Uid:\t65534\t65534\t65534\t65534" in status
    sizes = {line.split("  ")[0]: line.split()[-3:-1] for line in limits.splitlines()}
    assert sizes["Max core file size"] == ["0", "0"]
    assert sizes["Max file size"] == ["0", "0"]


def test_the_exchange_itself_stays_small_whatever_is_inside() -> None:
    """In a process of its own: all bombs one after the other, and its highest memory before and after."""
    run = subprocess.run([sys.executable, "-m", "tests.hostile.weigh"], capture_output=True, text=True, check=True)
    grown, largest_child = map(int, run.stdout.split())
    assert grown < 48 << 20
    assert largest_child < 1 << 30


def children() -> list[str]:
    found = Path(f"/proc/{os.getpid()}/task").glob("*/children")
    own = [child for path in found for child in path.read_text().split()]
    return [child for child in own if b"sandbox" in Path(f"/proc/{child}/cmdline").read_bytes()]


def test_limits_of_this_process_are_untouched() -> None:
    inspect(pdf("x"))
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[0] != 0


def test_when_we_are_killed_the_child_goes_as_well(tmp_path: Path) -> None:
    """kill -9 while half of a file is in the pipe: the child sees its end, and has nobody to answer to."""
    program = (
        "import time\n"
        "from ipx.adapters.sandbox.launcher import Sandbox\n"
        "def pieces():\n"
        "    yield b'%PDF-1.7 half of it'\n"
        "    time.sleep(0.5)\n"
        "    print('now', flush=True)\n"
        "    time.sleep(60)\n"
        "Sandbox().inspect(pieces(), media_type='application/pdf', size=99)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == b"now\n"
        (child,) = Path(f"/proc/{run.pid}/task/{run.pid}/children").read_text().split()
        run.kill()
    end = time.monotonic() + 30
    while Path(f"/proc/{child}/cmdline").exists() and Path(f"/proc/{child}/cmdline").read_bytes():
        assert time.monotonic() < end
        time.sleep(0.05)
