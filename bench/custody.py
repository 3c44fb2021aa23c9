"""How fast a document is sealed, cut into blocks and stored, against `ipfs add` on the same file, and opened again.

Run alone: python -m bench.custody [MEBIBYTES...]. Kubo is the one of `make test-real`, built at the first time.
"""

import hashlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from bench.deposits import made_file
from bench.people import MEBIBYTE
from ipx.adapters.blockfolder import BlockFolder
from ipx.adapters.kubo import KuboStore
from ipx.core.ports import DocumentStore
from ipx.core.unixfs import Importer
from ipx.vault import sealed_form, sealing
from tools.real.__main__ import cache_folder
from tools.real.kubo import Kubo
from tools.real.service import AbsentError

RUNS = 3
SIZES = (1, 64, 512)  # MiB
PIECE = 1 << 18
# The parameters of our own profile: the same work but for the encryption.
ADD = ("add", "--cid-version=1", "--raw-leaves", "--chunker=size-1048576", "--max-file-links=1024", "--quieter")


@dataclass(frozen=True)
class Speeds:
    """Median seconds for a file of so many MiB. Those of Kubo are None where there is none.

    ``kubo_synced`` and ``add_synced``: with ``sync`` on in its data store, which is how docs/kubo.md wants it.
    """

    mebibytes: int
    folder: float
    opened: float
    cid: float
    kubo: float | None = None
    add: float | None = None
    kubo_synced: float | None = None
    add_synced: float | None = None


def measure_vault(folder: Path, *, mebibytes: int) -> Speeds:
    """Measure one size; every run has a new file, as stores do not write what they have."""
    folder.mkdir(exist_ok=True)
    identity = sealing.new_identity()
    store = BlockFolder(folder / "blocks")
    sealed = _each(folder, mebibytes, lambda path: _seal(path, store, identity))
    cid = next(iter(store.files()))
    opened = _median(RUNS, lambda: _open(store, cid, identity))
    hashed = _each(folder, mebibytes, _cid)
    found = Speeds(mebibytes, sealed, opened, hashed)
    try:
        plain, synced = (_with_kubo(folder, mebibytes, identity, sync=sync) for sync in (False, True))
    except AbsentError:
        return found
    return Speeds(mebibytes, sealed, opened, hashed, *plain, *synced)


def _with_kubo(folder: Path, mebibytes: int, identity: str, *, sync: bool) -> tuple[float, float]:
    """Return the seconds of our way into Kubo, and of its own `ipfs add`."""
    with _kubo(folder / f"kubo-{sync}", sync=sync) as kubo:
        store = KuboStore(kubo.url, folder / "staging")
        command = [str(kubo.ipfs), f"--api=/ip4/127.0.0.1/tcp/{kubo.url.rpartition(':')[2]}", *ADD]
        ours, theirs = [], []
        for _ in range(RUNS):  # in turn, so that what else the machine does falls on both
            ours.append(_each(folder, mebibytes, lambda path: _seal(path, store, identity), runs=1))
            theirs.append(_each(folder, mebibytes, lambda path: _call([*command, str(path)], kubo.env), runs=1))
    return median(ours), median(theirs)


@contextmanager
def _kubo(folder: Path, *, sync: bool) -> Iterator[Kubo]:
    kubo = Kubo(sync=sync)
    kubo.prepare(cache_folder())
    kubo.start(folder)
    try:
        yield kubo
    finally:
        kubo.stop()


def _seal(path: Path, store: DocumentStore, identity: str) -> None:
    """Do what a deposit does: hash, pad, encrypt, cut, store, sync, read back."""
    digest = hashlib.sha256()

    def pieces() -> Iterator[bytes]:
        with path.open("rb") as source:
            while piece := source.read(PIECE):
                digest.update(piece)
                yield piece

    sink = store.begin()
    inside = sealed_form.pack(pieces(), path.stat().st_size)
    sealing.encrypt(inside, sink, recipient=sealing.recipient_of(identity))
    sink.finish()


def _open(store: DocumentStore, cid: str, identity: str) -> None:
    """Read, verify and decrypt, and throw away."""
    source = store.open(cid)
    inner = sealing.decrypted(source, identity=identity)
    for _ in inner:
        pass
    inner.close()
    source.close()


def _cid(path: Path) -> None:
    importer = Importer()
    with path.open("rb") as source:
        while piece := source.read(MEBIBYTE):
            importer.feed(piece)
    importer.finish()


def _call(command: list[str], env: dict[str, str]) -> None:
    subprocess.run(command, env={**os.environ, **env}, check=True, capture_output=True)


def _each(folder: Path, mebibytes: int, act: Callable[[Path], None], *, runs: int = RUNS) -> float:
    """Return the median seconds of ``act`` on new files, which are in the page cache."""
    taken = []
    for number in range(runs):
        with made_file(folder / f"file-{number}", mebibytes * MEBIBYTE) as path:
            taken.append(_seconds(lambda path=path: act(path)))  # type: ignore[misc]
    return median(taken)


def _median(runs: int, act: Callable[[], None]) -> float:
    return median(_seconds(act) for _ in range(runs))


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def rows_of(found: Speeds) -> list[tuple[str, str, str]]:
    """Return the rows of the table."""
    size = f"{found.mebibytes} MiB"

    def speed(seconds: float) -> str:
        return f"{found.mebibytes / seconds:.0f} MiB/s"

    rows = [(f"seal, cut and store {size}, folder", "", speed(found.folder))]
    if found.add and found.kubo and found.add_synced and found.kubo_synced:
        # The folder forces every block to the disk, as Kubo does with sync on and by default does not.
        ratios = f"{found.folder / found.add:.2f} × ipfs add, {found.folder / found.add_synced:.2f} × with sync on"
        rows[0] = (rows[0][0], ratios, rows[0][2])
        for words, ours, theirs in (
            ("", found.kubo, found.add),
            (", sync on", found.kubo_synced, found.add_synced),
        ):
            figures = f"{speed(ours)} (ipfs add: {speed(theirs)})"
            rows.append((f"seal, cut and store {size}, Kubo{words}", f"{ours / theirs:.2f} × ipfs add", figures))
    rows.append((f"open {size}, folder", "", speed(found.opened)))
    rows.append((f"ipx cid of {size}", "", speed(found.cid)))
    return rows


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as scratch:
        for size in map(int, sys.argv[1:] or SIZES):
            for row in rows_of(measure_vault(Path(scratch) / str(size), mebibytes=size)):
                print(" | ".join(row))
