"""K12: the block of a bundle that was handed out vanishes. Its owners are told, and what was final stays as it was."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Self

import pytest

from ipx.core.errors import Conflict
from ipx.evidence.node import NodeReader
from ipx.evidence.rules import StampState
from ipx.evidence.service import EvidenceService
from ipx.evidence.verification import CHAIN, verify_bundle
from ipx.notices.service import Notice, NoticeService
from ipx.outside import embedded_chain
from ipx.vault.service import VaultService
from tests.api_world import Program, commitments
from tests.exchanges import running_exchange
from tests.world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An exchange whose chain nobody else reorganises."""
    with running_exchange(tmp_path_factory.mktemp("pending")) as exchange, World(exchange) as world:
        yield world


class Blocks:
    """The chain as a public one: blocks become final when somebody mines enough of them, not by themselves."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.anvil = embedded_chain(world.exchange.settings)

    def __enter__(self) -> Self:
        gateway = self._world.exchange.outside.chain
        self._settlement, gateway._settlement = gateway._settlement, None  # type: ignore[attr-defined]
        return self

    def __exit__(self, *exc: object) -> None:
        self._world.exchange.outside.chain._settlement = self._settlement  # type: ignore[attr-defined]

    def vanish(self, depth: int) -> None:
        """Take blocks away, and put nothing into new ones until ``mine``."""
        self.anvil.rpc.call("evm_setAutomine", False)
        self.anvil.rpc.call("anvil_reorg", depth, [])

    def mine(self) -> None:
        self.anvil.rpc.call("evm_setAutomine", True)
        self.anvil.rpc.call("anvil_mine", "0x1")

    def reader(self) -> NodeReader:
        return NodeReader(self.anvil.url())


def stamp_of(world: World, document_id: str) -> str:
    return world.read(lambda s: world.service(VaultService).document(s, document_id=document_id)).stamp_id


def reach(world: World, stamp_id: str, state: StampState) -> None:
    evidence = world.service(EvidenceService)

    def look() -> bool:
        world.exchange.batcher.advance()
        world.exchange.block_proofs.advance()
        return world.read(lambda s: evidence.stamp_state(s, stamp_id)) is state

    world.until(look)


def bundle_of(world: World, stamp_id: str) -> bytes:
    return world.read(lambda s: world.service(EvidenceService).bundle(s, stamp_id=stamp_id))


def told(world: World, person: Any) -> list[Notice]:
    notices = world.service(NoticeService)
    found = world.read(lambda s: notices.notices(s, organisation_id=person.organisation_id))
    return [notice for notice in found if "pending again" in notice.subject]


def test_owners_are_told_and_final_bundles_are_untouched(world: World) -> None:
    owner, sender, other = (world.organisation(name) for name in ("Institute", "Sender", "Other"))
    settled = stamp_of(world, world.deposit(owner, world.technology(owner, titles=False, document=False)))
    reach(world, settled, StampState.FINAL)
    kept = bundle_of(world, settled)
    document = world.deposit(owner, world.technology(owner, titles=False, document=False))
    given = Program(world, sender).post("/stamps", {"commitments": commitments(3)}).json["stamps"][0]["id"]
    stamp = stamp_of(world, document)

    with Blocks(world) as blocks:
        reach(world, stamp, StampState.INCLUDED)
        reach(world, given, StampState.INCLUDED)
        handed_out = bundle_of(world, stamp)
        assert verify_bundle(handed_out, chain=blocks.reader()).level == CHAIN
        assert told(world, owner) == []
        blocks.vanish(1)
        world.until(lambda: told(world, owner))
        with pytest.raises(Conflict):
            bundle_of(world, stamp)
        blocks.mine()
    reach(world, stamp, StampState.FINAL)

    assert [notice.link for notice in told(world, owner)] == [f"/documents/{document}/evidence"]
    assert ["3 commitments" in notice.subject for notice in told(world, sender)] == [True]
    assert told(world, other) == []
    assert owner.get(told(world, owner)[0].link).status_code == 200
    assert verify_bundle(bundle_of(world, stamp), chain=blocks.reader()).level == CHAIN
    refused = verify_bundle(handed_out, chain=blocks.reader()).failed
    assert refused is not None
    assert refused.name == "chain"
    assert bundle_of(world, settled) == kept
    assert verify_bundle(kept, chain=blocks.reader()).level == CHAIN
