"""The life of `ipx run`: how it begins, what it refuses, and that nothing of it is left when it has ended."""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from signal import SIGHUP, SIGINT, SIGTERM

import pytest

from tests.faults.depositor import TEXT, Depositor
from tests.faults.running import IPX, SUPERVISOR, Running, running, until


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as exchange:
        yield exchange


# ── the end ──────────────────────────────────────────────────────────────────────────────────────


def test_a_signal_ends_everything_that_was_started(exchange: Running) -> None:
    for number, to_group in ((SIGINT, True), (SIGINT, False), (SIGTERM, False), (SIGHUP, True)):
        exchange.start()
        assert len(exchange.pids()) == 4
        assert exchange.stop(number, to_group=to_group) == 0


def test_a_second_signal_while_it_stops_leaves_nothing_behind(exchange: Running) -> None:
    exchange.start()
    for _ in range(5):
        exchange.send(SIGINT)
        time.sleep(0.05)
    assert exchange.process is not None
    assert exchange.process.wait(40) == 0
    assert not exchange.left()


@pytest.mark.parametrize("seconds", [0.05, 0.3, 0.6, 1.0, 1.5, 2.2, 3.0, 4.0])
def test_a_signal_while_it_starts_leaves_nothing_behind(exchange: Running, seconds: float) -> None:
    process = exchange.launch()
    time.sleep(seconds)
    exchange.send(SIGINT)
    process.wait(40)
    until(lambda: not exchange.left(), 1, lambda: str(exchange.left()))


def test_a_start_that_is_killed_at_any_moment_does_not_hinder_the_next(exchange: Running) -> None:
    for seconds in (0.4, 0.8, 1.2, 1.8, 2.5, 3.5):
        exchange.launch()
        time.sleep(seconds)
        exchange.kill(SUPERVISOR)
    exchange.start()
    exchange.stop()


def test_without_a_terminal_it_runs_on_as_nohup_wants(exchange: Running) -> None:
    exchange.launch("nohup", str(IPX), "run")
    exchange.await_up()
    exchange.send(SIGHUP)
    time.sleep(0.5)
    assert exchange.is_up()
    assert exchange.stop(SIGTERM) == 0


# ── what it refuses ──────────────────────────────────────────────────────────────────────────────


def test_a_port_that_is_taken_is_named_and_nothing_is_left_running(exchange: Running) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", exchange.port))
        other.listen()
        code, said = exchange.run()
    assert code == 2
    assert f"Another program uses port {exchange.port}" in said
    assert "IPX_PORT" in said
    assert not exchange.left()


def test_a_second_run_on_the_same_data_is_refused_and_the_first_is_not_disturbed(exchange: Running) -> None:
    exchange.start()
    before = exchange.pids()
    code, said = exchange.run()
    assert code == 2
    assert said.strip() == f"Another exchange is running on {exchange.data}. Stop it, or set IPX_DATA_DIR."
    assert exchange.is_up()
    assert exchange.pids() == before


def test_a_second_worker_on_the_same_sqlite_data_is_refused(exchange: Running) -> None:
    exchange.start()
    done = subprocess.run((str(IPX), "worker"), env=exchange.environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "two of them need PostgreSQL" in done.stderr


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"IPX_PORT": "abc"}, "IPX_PORT must be a number"),
        ({"IPX_PORT": "123456"}, "IPX_PORT"),
        ({"IPX_HOST": "203.0.113.9"}, "IPX_HOST"),
        ({"IPX_UPLOAD_LIMIT": "1GB"}, "IPX_UPLOAD_LIMIT must be a number"),
        ({"IPX_BATCH_DELAY": "soon"}, "IPX_BATCH_DELAY must be a number"),
        ({"IPX_MODE": "prod"}, "IPX_MODE is 'prod'"),
        ({"IPX_DATABASE_URL": "postgresql://127.0.0.1:9/none"}, "The database cannot be used"),
        ({"IPX_DATABASE_URL": "no address"}, "IPX_DATABASE_URL"),
        ({"IPX_CHAIN_URL": "http://127.0.0.1:9"}, "The chain node does not answer"),
        ({"IPX_CHAIN_URL": "127.0.0.1"}, "IPX_CHAIN_URL"),
        ({"IPX_CHAIN_KEY": "0x12"}, "IPX_CHAIN_KEY"),
        ({"IPX_ROOT_KEY": "short"}, "The root key must be 32 bytes"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_a_setting_that_cannot_be_used_is_named_in_a_line(tmp_path: Path, settings: dict[str, str], words: str) -> None:
    with running(tmp_path, **settings) as exchange:
        code, said = exchange.run()
        assert code == 2, said
        assert words in said
        assert "Traceback" not in said
        assert not exchange.left()


def test_production_names_everything_that_is_missing_at_once(tmp_path: Path) -> None:
    with running(tmp_path, IPX_MODE="production") as exchange:
        code, said = exchange.run()
    assert code == 2
    required = "CHAIN_URL CHAIN_KEY KUBO_API ELASTICSEARCH_URL STRIPE_SECRET_KEY STRIPE_WEBHOOK_SECRET SMTP_URL"
    for name in (*required.split(), "ROOT_KEY", "SECRET_KEY", "DATABASE_URL", "PUBLIC_URL"):
        assert f"- IPX_{name} " in said
    assert not exchange.data.exists()


# ── a disk that does not do its part ─────────────────────────────────────────────────────────────


def test_a_data_folder_that_cannot_be_made_is_named(exchange: Running) -> None:
    exchange.data.write_text("a file, not a folder")
    code, said = exchange.run()
    assert code == 2
    assert said.startswith(f"The data folder {exchange.data} cannot be used")


@pytest.fixture
def small_disk(exchange: Running) -> Iterator[Running]:
    """A file system of its own below the data folder, when this machine lets us make one."""
    exchange.data.mkdir()
    made = subprocess.run(
        ("mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(exchange.data)), capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("no right to mount a small file system")
    yield exchange
    exchange.clean_up()
    subprocess.run(("umount", "-l", str(exchange.data)), check=False)


def test_a_full_disk_is_named_and_with_room_again_it_starts(small_disk: Running) -> None:
    code, said = small_disk.run()
    assert code == 2, said
    assert "cannot be used" in said
    assert "Traceback" not in said
    assert not small_disk.left()
    resize(small_disk, "200m")
    small_disk.start()
    assert small_disk.stop() == 0


def test_a_disk_that_fills_up_refuses_deposits_and_goes_on_when_there_is_room(small_disk: Running) -> None:
    resize(small_disk, "200m")
    small_disk.start()
    depositor = Depositor(small_disk)
    depositor.deposit()
    token = depositor.token()
    with (small_disk.data / "ballast").open("wb") as ballast, contextlib.suppress(OSError):
        while ballast.write(bytes(1 << 20)):
            pass
    refused = depositor.put(TEXT * 5000, token=token)
    assert refused.status_code == 503
    assert "No space left on device" in refused.json()["detail"]
    assert list(depositor.documents()) == list(depositor.acknowledged)  # pages still show what there is
    (small_disk.data / "ballast").unlink()
    depositor.deposit()
    depositor.check_everything()


def resize(exchange: Running, size: str) -> None:
    subprocess.run(("mount", "-o", f"remount,size={size}", str(exchange.data)), check=True)


def test_a_read_only_disk_is_named(small_disk: Running) -> None:
    subprocess.run(("mount", "-o", "remount,ro", str(small_disk.data)), check=True)
    code, said = small_disk.run()
    assert code == 2, said
    assert "cannot be used" in said
    assert "Traceback" not in said


def test_the_data_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    with running(tmp_path) as exchange:
        with socket.socket() as other:
            other.bind(("127.0.0.1", exchange.port))
            exchange.run()
        assert oct(exchange.data.stat().st_mode)[-3:] == "700"


def test_the_command_line_does_not_load_half_the_world_to_say_no() -> None:
    done = subprocess.run(
        (sys.executable, "-X", "importtime", "-m", "ipx.cli", "--help"), capture_output=True, text=True, check=True
    )
    assert "sqlalchemy" not in done.stderr
