"""`kill -9` of any processes of `ipx run`, in any combination: nothing acknowledged is lost, nothing is doubled."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipx.settings import read_settings
from ipx.wiring import build_exchange
from tests.faults import inspection
from tests.faults.depositor import Depositor
from tests.faults.running import ANVIL, MASTER, SUPERVISOR, WORKER, Running, running, until

BELOW = (MASTER, WORKER, ANVIL)
ANY_BELOW = [roles for number in (1, 2, 3) for roles in itertools.combinations(BELOW, number)]
WITH_SUPERVISOR = [(), (MASTER,), (WORKER,), (ANVIL,), BELOW]


@pytest.fixture
def exchange(tmp_path: Path) -> Iterator[Running]:
    with running(tmp_path) as exchange:
        yield exchange.start()


def inspect(exchange: Running) -> None:
    built = build_exchange(read_settings(exchange.environment()))
    inspection.check(built)
    built.database.dispose()
    built.outside.index.close()


def test_processes_killed_below_a_living_supervisor_are_started_again_and_work_goes_on(exchange: Running) -> None:
    depositor = Depositor(exchange)
    for roles in ANY_BELOW:
        depositor.deposit()
        before = exchange.pids()
        exchange.kill(*roles)
        until(lambda: are_others(exchange, roles, before), 90, exchange.said)  # noqa: B023
    depositor.deposit()
    depositor.check_everything()
    inspect(exchange)
    exchange.stop()


def are_others(exchange: Running, roles: tuple[str, ...], before: dict[str, int]) -> bool:
    now = exchange.pids()
    return exchange.is_up() and all(now.get(role) not in (None, before[role]) for role in roles)


@pytest.mark.parametrize("roles", [WITH_SUPERVISOR[:3], WITH_SUPERVISOR[3:]], ids=["some", "others"])
def test_after_killing_the_supervisor_and_any_others_another_run_goes_on(
    exchange: Running, roles: list[tuple[str, ...]]
) -> None:
    depositor = Depositor(exchange)
    for killed in roles:
        depositor.deposit()
        exchange.kill(SUPERVISOR, *killed)
        exchange.start()
    depositor.check_everything()
    inspect(exchange)
    exchange.kill(SUPERVISOR)  # takes the others along
    until(lambda: not exchange.left(), 60, lambda: str(exchange.left()))
