"""How fast a confidential document is taken in, and what its anchoring costs."""

import hashlib
import os
import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import requests

from bench.people import MEBIBYTE, Desk

ANCHOR_SECONDS = 60
SENDERS = 8


@dataclass(frozen=True)
class Deposits:
    """Median seconds for one size, and for the least that any safe store must do with the same bytes."""

    mebibytes: int
    runs: int
    seconds: float
    floor_seconds: float


@dataclass(frozen=True)
class Anchors:
    """What the chain's tables say about the anchors of a burst of deposits."""

    documents: int
    transactions: int
    gas: int
    seconds: float


def measure_deposits(desk: Desk, folder: Path, *, mebibytes: int, runs: int) -> Deposits:
    """Deposit new files of one size, one after the other; each is also hashed, written and synced plainly."""
    taken, floor = [], []
    with requests.Session() as http:
        for number in range(runs):
            with made_file(folder / f"report-{mebibytes}-{number}.pdf", mebibytes * MEBIBYTE) as path:
                floor.append(hash_write_sync(path, folder / "copy"))
                taken.append(desk.deposit(path, http))
    return Deposits(mebibytes=mebibytes, runs=runs, seconds=median(taken), floor_seconds=median(floor))


def hash_write_sync(path: Path, target: Path) -> float:
    """Return the seconds for sha256 + write + fsync of a file, in pieces of 1 MiB."""
    digest = hashlib.sha256()
    began = time.perf_counter()
    with path.open("rb") as source, target.open("wb") as copy:
        while piece := source.read(MEBIBYTE):
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    seconds = time.perf_counter() - began
    target.unlink()
    return seconds


def measure_anchors(desk: Desk, database: Path, folder: Path, *, documents: int) -> Anchors:
    """Deposit many small documents from several senders, wait until all are in blocks, and read the gas."""
    await_anchors(database)
    before = _anchored(database)
    began = time.perf_counter()
    with ThreadPoolExecutor(SENDERS) as pool, requests.Session() as http:
        list(pool.map(lambda number: _small(desk, folder, number, http), range(documents)))
    seconds = time.perf_counter() - began
    await_anchors(database)
    after = _anchored(database)
    sizes, transactions, gas = (b - a for a, b in zip(before, after, strict=True))
    return Anchors(documents=sizes, transactions=transactions, gas=gas, seconds=seconds)


def await_anchors(database: Path) -> None:
    """Wait until no stamp is without a block."""
    end = time.monotonic() + ANCHOR_SECONDS
    while time.monotonic() < end:
        with _reading(database) as connection:
            (waiting,) = connection.execute(
                "SELECT count(*) FROM evidence_stamps s LEFT JOIN evidence_batches b ON b.id = s.batch_id"
                " WHERE b.block_number IS NULL"
            ).fetchone()
        if not waiting:
            return
        time.sleep(0.1)
    raise RuntimeError(f"{waiting} documents are still without a block after {ANCHOR_SECONDS} s")


@contextmanager
def made_file(path: Path, size: int) -> Iterator[Path]:
    """Make a file that nobody can compress, and take it away again."""
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for start in range(9, size, MEBIBYTE):
            file.write(os.urandom(min(MEBIBYTE, size - start)))
    try:
        yield path
    finally:
        path.unlink()


def _small(desk: Desk, folder: Path, number: int, http: requests.Session) -> float:
    with made_file(folder / f"note-{number}.pdf", 4096) as path:
        return desk.deposit(path, http)


def _anchored(database: Path) -> tuple[int, int, int]:
    """Return documents, transactions and gas of all anchors so far."""
    with _reading(database) as connection:
        row: tuple[int, int, int] = connection.execute(
            "SELECT coalesce(sum(b.size), 0), count(*), coalesce(sum(t.gas_used), 0)"
            " FROM evidence_batches b JOIN chain_transactions t ON t.id = b.transaction_id"
            " WHERE t.contract = 'EvidenceLog' AND t.succeeded"
        ).fetchone()
    return row


@contextmanager
def _reading(database: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=30)) as connection:
        yield connection
