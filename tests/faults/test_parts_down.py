"""Deposits while the chain or the worker is down: accepted, pending, and completed by themselves when it is back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from signal import SIGCONT, SIGSTOP

import pytest

from ipx.embedded import prepare
from ipx.outside import embedded_chain
from ipx.settings import read_settings
from tests.faults.depositor import Depositor
from tests.faults.running import ANVIL, IPX, Running, running, until


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as exchange:
        yield exchange


def words(depositor: Depositor) -> str:
    return depositor.browser.page(f"/technologies/{depositor.story.technology}").text


def test_with_a_chain_that_does_not_answer_deposits_stay_pending_and_complete_by_themselves(exchange: Running) -> None:
    exchange.start()
    depositor = Depositor(exchange)
    depositor.deposit()
    depositor.await_final()
    anvil = exchange.pids()[ANVIL]
    os.kill(anvil, SIGSTOP)
    documents = [depositor.deposit() for _ in range(3)]
    assert [depositor.documents()[document]["stamp"]["state"] for document in documents] == ["sealed"] * 3
    assert "pending" in words(depositor)
    assert depositor.opens(documents[0]) == depositor.acknowledged[documents[0]]
    until(lambda: "waits: The chain node does not answer" in exchange.said(), 60, exchange.said)
    os.kill(anvil, SIGCONT)
    depositor.check_everything()
    assert exchange.pids()[ANVIL] == anvil
    exchange.stop()


def test_without_a_worker_deposits_stay_pending_and_complete_when_one_comes(exchange: Running, tmp_path: Path) -> None:
    settings = read_settings(exchange.environment())
    anvil = embedded_chain(settings)
    try:
        prepare(settings, anvil)
        exchange.launch(str(IPX), "serve")
        until(exchange.answers, 60, exchange.said)
        with running(tmp_path / "worker") as worker:
            worker.settings = {"IPX_DATA_DIR": str(exchange.data)}
            worker.launch(str(IPX), "worker")
            depositor = Depositor(exchange)  # a mail with the link has to leave
            worker.stop()
            document = depositor.deposit()
            assert depositor.documents()[document]["stamp"]["state"] == "sealed"
            assert "pending" in words(depositor)
            worker.launch(str(IPX), "worker")
            depositor.check_everything()
            assert worker.stop() == 0
    finally:
        anvil.stop()
