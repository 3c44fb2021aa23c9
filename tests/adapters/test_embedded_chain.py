"""The embedded chain's process: what it keeps when it, or its owner, is killed."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm.anvil import Anvil
from ipx.core.errors import Unavailable


@pytest.fixture
def anvil(tmp_path: Path) -> Any:
    anvil = Anvil(tmp_path)
    anvil.start()
    yield anvil
    anvil.stop()


def pid_of(folder: Path) -> Any:
    return json.loads((folder / "process.json").read_text())["pid"]


def kill(folder: Path) -> Any:
    os.kill(pid_of(folder), signal.SIGKILL)
    time.sleep(0.05)


def height(anvil: Anvil) -> Any:
    return int(anvil.rpc.call("eth_blockNumber"), 16)


def block_hash(anvil: Anvil, number: Any) -> Any:
    return anvil.rpc.call("eth_getBlockByNumber", hex(number), False)["hash"]


def test_what_was_settled_survives_kill_9(anvil: Anvil, tmp_path: Path) -> None:
    anvil.rpc.call("anvil_mine", "0x3")
    anvil.settle(anvil.rpc)
    kept = block_hash(anvil, 3)
    anvil.rpc.call("anvil_mine", "0x4")
    kill(tmp_path)
    assert height(anvil) == 5  # the first question revives it; 3 and the 2 that settling mined are there, 4 are lost
    assert block_hash(anvil, 3) == kept
    assert anvil.durable_height(anvil.rpc) == 5


def test_a_stop_keeps_everything(anvil: Anvil, tmp_path: Path) -> None:
    anvil.rpc.call("anvil_mine", "0x7")
    last = block_hash(anvil, 7)
    anvil.stop()
    with pytest.raises(Unavailable):
        height(anvil)
    anvil.start()
    assert (height(anvil), block_hash(anvil, 7)) == (7, last)


def test_a_process_left_by_a_killed_owner_is_taken_over(anvil: Anvil, tmp_path: Path) -> None:
    anvil.rpc.call("anvil_mine", "0x2")
    heir = Anvil(tmp_path)
    heir.start()
    process = anvil._process
    assert process is not None
    assert pid_of(tmp_path) == process.pid
    assert height(heir) == 2
    assert heir.durable_height(heir.rpc) == 2
    heir.stop()
    assert process.wait(5) is not None


def test_a_stale_record_whose_number_belongs_to_another_process_is_not_believed(tmp_path: Path) -> None:
    stranger = subprocess.Popen(["sleep", "60"])
    try:
        record = {"pid": stranger.pid, "port": 1, "started": "some other time"}
        (tmp_path / "process.json").write_text(json.dumps(record))
        anvil = Anvil(tmp_path)
        anvil.start()
        assert height(anvil) == 0
        anvil.stop()
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_torn_record_is_not_believed(tmp_path: Path) -> None:
    (tmp_path / "process.json").write_text('{"pid": 1')
    anvil = Anvil(tmp_path)
    anvil.start()
    try:
        assert height(anvil) == 0
    finally:
        anvil.stop()


def test_a_crash_while_the_state_is_written_leaves_the_state_before(anvil: Anvil, tmp_path: Path) -> None:
    anvil.settle(anvil.rpc)
    (tmp_path / ".state.json.gz.999").write_bytes(b"half of a sta")
    kill(tmp_path)
    assert height(anvil) == 2
    assert gzip.decompress((tmp_path / "state.json.gz").read_bytes())


def test_it_listens_on_this_machine_alone(anvil: Anvil) -> None:
    assert anvil.url().startswith("http://127.0.0.1:")


def test_stopping_twice_and_stopping_a_dead_one_is_harmless(anvil: Anvil, tmp_path: Path) -> None:
    kill(tmp_path)
    anvil.stop()
    anvil.stop()


def test_money_is_there_after_a_restart(anvil: Anvil, tmp_path: Path) -> None:
    anvil.fund("0x" + "ab" * 20, 12345)
    kill(tmp_path)
    assert int(anvil.rpc.call("eth_getBalance", "0x" + "ab" * 20, "latest"), 16) == 12345
