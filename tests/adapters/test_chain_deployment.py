"""Deployments that are interrupted and repeated, and nodes that are not the right one."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.evm import deploy as deploying
from ipx.adapters.evm.anvil import CHAIN_ID, Anvil
from ipx.adapters.evm.deploy import Deployer
from ipx.adapters.evm.deployment import (
    Deployment,
    Generation,
    deployment_file,
    read_deployment,
    verify_deployment,
    write_deployment,
)
from ipx.adapters.evm.gateway import EvmGateway
from ipx.core.errors import Conflict, Tampered, Unavailable
from tests.chain_world import PLAN, gateway_on, new_key, running_chain

NAMES = {"EvidenceLog", "TitleRegistry", "LicenceRegistry", "TermsAcceptance"}


def current(deployment: Deployment) -> Generation:
    assert deployment.current is not None
    return deployment.current


class DiedError(Exception):
    """The process, as far as the test is concerned, is gone."""


@pytest.fixture(scope="module")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with running_chain(tmp_path_factory.mktemp("chain")) as anvil:
        yield anvil


@pytest.fixture
def deployer(anvil: Anvil, tmp_path: Path) -> Any:
    gateway = gateway_on(anvil, tmp_path)
    return Deployer(anvil.rpc, folder=tmp_path, key=gateway._key, settle=gateway.settle)


def test_a_deployment_is_done_once(deployer: Deployer, tmp_path: Path, anvil: Anvil) -> None:
    first = deployer.deploy(PLAN)
    second = deployer.deploy(PLAN)
    assert first == second == read_deployment(tmp_path, CHAIN_ID)
    assert set(current(first).contracts) == NAMES
    content = json.loads(deployment_file(tmp_path, CHAIN_ID).read_text())
    assert content["format"] == "ipx/deployment/v1"
    assert "under_way" not in content


def test_a_new_generation_leaves_the_old_one_readable(deployer: Deployer, tmp_path: Path, anvil: Anvil) -> None:
    old = deployer.deploy(PLAN).current
    new = deployer.deploy(PLAN, new_generation=True)
    assert [generation.number for generation in new.generations] == [1, 2]
    assert new.generations[0] == old
    verify_deployment(anvil.rpc, new)
    assert len(new.addresses()) == 8


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("step", range(1, 10))
def test_a_deployment_that_dies_goes_on_where_it_was(
    anvil: Anvil, deployer: Deployer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, moment: str
) -> None:
    """Five writes of the file and four broadcasts at least: die around each, then repeat."""
    counted = iter(range(1, 1000))

    def dying(function: Any) -> Any:
        def wrapper(*arguments: Any, **named: Any) -> Any:
            is_the_end = next(counted) == step
            if is_the_end and moment == "before":
                raise DiedError
            result = function(*arguments, **named)
            if is_the_end:
                raise DiedError
            return result

        return wrapper

    with monkeypatch.context() as patch:
        patch.setattr(deploying, "write_deployment", dying(write_deployment))
        patch.setattr(EvmGateway, "broadcast", dying(EvmGateway.broadcast))
        with pytest.raises(DiedError):
            deployer.deploy(PLAN)
    finished = deployer.deploy(PLAN)
    assert [generation.number for generation in finished.generations] == [1]
    assert set(current(finished).contracts) == NAMES
    assert not finished.under_way
    assert gateway_on(anvil, tmp_path, key=deployer._key).mined_nonce() == len(NAMES)  # nothing was deployed twice


def test_a_stranger_in_the_nonce_is_told_and_the_next_run_starts_afresh(
    deployer: Deployer, tmp_path: Path, anvil: Anvil
) -> None:
    gateway = gateway_on(anvil, tmp_path, key=deployer._key)
    planned = deployer._plan(read_deployment(tmp_path, CHAIN_ID), "EvidenceLog", lambda _: ())
    stranger = gateway.sign(
        nonce=0, to="0x" + "12" * 20, data=b"", gas=30_000, fees=replace(gateway.fees(), priority_fee=1)
    )
    gateway.broadcast(stranger.raw)
    anvil.rpc.call("anvil_mine", "0x1")
    write_deployment(tmp_path, replace(read_deployment(tmp_path, CHAIN_ID), under_way=[planned]))
    with pytest.raises(Conflict):
        deployer.deploy(PLAN)
    assert current(deployer.deploy(PLAN)).number == 1


def test_another_code_at_the_address_is_a_wrong_node(deployer: Deployer, anvil: Anvil) -> None:
    deployment = deployer.deploy(PLAN)
    address = current(deployment).contracts["EvidenceLog"].address
    anvil.rpc.call("anvil_setCode", address, "0x6001")
    with pytest.raises(Tampered, match="EvidenceLog"):
        verify_deployment(anvil.rpc, deployment)
    anvil.rpc.call("anvil_setCode", address, "0x")
    with pytest.raises(Tampered, match="EvidenceLog"):
        deployer.deploy(PLAN)


def test_another_chain_is_a_wrong_node(deployer: Deployer, anvil: Anvil) -> None:
    deployment = replace(deployer.deploy(PLAN), chain_id=1)
    with pytest.raises(Tampered, match="chain 31337"):
        verify_deployment(anvil.rpc, deployment)


def test_before_the_deployment_the_gateway_says_so(anvil: Anvil, tmp_path: Path) -> None:
    gateway = gateway_on(anvil, tmp_path, key=new_key())
    with pytest.raises(Unavailable, match="not deployed"):
        gateway.contract_address("EvidenceLog")
    with pytest.raises(Unavailable, match="not deployed"):
        gateway.check()
