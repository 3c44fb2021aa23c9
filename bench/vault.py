"""Streaming and keys, each measured in a process of its own: `python -m bench.vault stream|keys COUNT FOLDER`.

`stream`: one document of COUNT MiB is deposited (sealed, chunked, stored) and read again; `keys`: COUNT values of one
organisation are wrapped by its next key. One line of JSON with seconds and MiB of memory above what was idle.
"""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService, KeyRotations
from ipx.evidence.models import StampRow
from ipx.migrate import bring_up_to_date
from ipx.settings import read_settings
from ipx.vault.rules import DocumentRole, Form
from ipx.vault.service import VaultService
from ipx.wiring import Exchange, build_exchange

MEBIBYTE = 1 << 20
ROWS_AT_ONCE = 5000


@dataclass(frozen=True)
class Streamed:
    """Seconds to take a document in and to give it out, and the memory that this took above idle, in MiB."""

    mebibytes: int
    deposit_seconds: float
    read_seconds: float
    memory: float


@dataclass(frozen=True)
class Rewrapped:
    """Seconds to wrap that many values by the next key, and the memory that this took above idle, in MiB."""

    values: int
    seconds: float
    memory: float


def measure_streaming(folder: Path, *, mebibytes: int) -> Streamed:
    """Measure one document of that size."""
    return Streamed(mebibytes, **_in_a_child("stream", mebibytes, folder))


def measure_rewraps(folder: Path, *, values: int) -> Rewrapped:
    """Measure that many values."""
    return Rewrapped(values, **_in_a_child("keys", values, folder))


def _in_a_child(what: str, count: int, folder: Path) -> dict[str, float]:
    called = [sys.executable, "-m", "bench.vault", what, str(count), str(folder)]
    done = subprocess.run(called, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"bench.vault {what} failed:\n{done.stderr[-3000:]}")
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


# ── in the child ─────────────────────────────────────────────────────────────────────────────────


class Generated:
    """A stream of bytes that nobody can compress, without a copy of them anywhere: one block, again and again."""

    def __init__(self, size: int) -> None:
        self._left = size
        self._block = b"%PDF-1.7\n" + os.urandom(MEBIBYTE - 9)
        self._at = 0

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes."""
        step = min(self._left, MEBIBYTE - self._at, size if size >= 0 else MEBIBYTE)
        piece = self._block[self._at : self._at + step]
        self._at, self._left = (self._at + step) % MEBIBYTE, self._left - step
        return piece


def _stream(exchange: Exchange, actor: Actor, mebibytes: int) -> dict[str, float]:
    vault = _service(exchange, VaultService)
    _deposit_and_read(exchange, vault, actor, 1)  # what is loaded at the first use is idle memory
    idle = _idle_memory()
    deposited, read = _deposit_and_read(exchange, vault, actor, mebibytes)
    return {"deposit_seconds": deposited, "read_seconds": read, "memory": _most_memory() - idle}


def _deposit_and_read(exchange: Exchange, vault: Any, actor: Actor, mebibytes: int) -> tuple[float, float]:
    began = time.perf_counter()
    document = vault.deposit(
        actor,
        subject_kind="technology",
        subject_id="bench",
        role=DocumentRole.CONFIDENTIAL,
        file_name="long.pdf",
        media_type="application/pdf",
        length=mebibytes * MEBIBYTE,
        stream=Generated(mebibytes * MEBIBYTE),
        idempotency_key=f"bench-{mebibytes:012d}",
    )
    deposited = time.perf_counter()
    with exchange.database.write() as session:
        delivery = vault.read(session, actor=actor, document_id=document.id, purpose="bench", form=Form.CLEAR)
    size = sum(len(piece) for piece in delivery.chunks())
    assert size == mebibytes * MEBIBYTE
    return deposited - began, time.perf_counter() - deposited


def _keys(exchange: Exchange, actor: Actor, count: int) -> dict[str, float]:
    accounts, rotations = _service(exchange, AccountService), _service(exchange, KeyRotations)
    owner = actor.organisation_id
    for first in range(0, count, ROWS_AT_ONCE):
        with exchange.database.write() as session:
            rows = [_stamp(session, accounts, owner, n) for n in range(first, min(first + ROWS_AT_ONCE, count))]
            session.execute(insert(StampRow), rows)
    idle, began = _idle_memory(), time.perf_counter()
    with exchange.database.write() as session:
        rotation = rotations.begin_organisation(session, organisation_id=owner)
    while rotation.ended_at is None:
        rotation = rotations.advance(rotation.id)
    assert rotation.done == count + 1  # and the key of the organisation's account
    return {"seconds": time.perf_counter() - began, "memory": _most_memory() - idle}


def _stamp(session: Any, accounts: Any, owner: str, number: int) -> dict[str, Any]:
    name = f"bench-{number:012d}"
    return {
        "id": name,
        "organisation_id": owner,
        "owner": "0x" + "11" * 20,
        "tag": "bench",
        "commitment": number.to_bytes(32, "big"),
        "sealed_opening": accounts.wrap(
            session, organisation_id=owner, secret=os.urandom(160), context=f"evidence-stamp/{name}"
        ),
        "subject_kind": "bench",
        "subject_id": name,
        "created_at": accounts._clock.now(),  # noqa: SLF001 - any moment will do
    }


def _service(exchange: Exchange, kind: Any) -> Any:
    return exchange.services[kind]


def _idle_memory() -> float:
    """Return what this process has now, in MiB, and let the kernel forget the most that it had (proc(5))."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _most_memory() -> float:
    """Return the most that this process had since, in MiB."""
    return _memory("VmHWM")


def _memory(name: str) -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:")) / 1024


def main(what: str, count: str, folder: str) -> None:
    settings = read_settings(
        {
            "IPX_DATA_DIR": folder,
            "IPX_DEMO": "0",
            "IPX_UPLOAD_LIMIT": str(16 << 30),
            "IPX_ROOT_KEY": os.urandom(32).hex(),
        }
    )
    exchange = build_exchange(settings)
    bring_up_to_date(exchange.database)
    exchange.durable.connect()
    accounts = _service(exchange, AccountService)
    with exchange.database.write() as session:
        person = accounts.sign_up(
            session,
            email="bench@bench.example",
            name="Bench",
            password="a rather long password",
            organisation_name="Bench Institute",
            roles=(Role.OWNER, Role.RESEARCHER),
        )
    with exchange.database.read() as session:
        actor = accounts.actor(session, person)
    print(json.dumps({"stream": _stream, "keys": _keys}[what](exchange, actor, int(count))))


if __name__ == "__main__":
    main(*sys.argv[1:])
