"""Our log being watched: what the tests of alarms and of the checkpoint share."""

from __future__ import annotations

from ipx.evidence.transparency import Transparency
from ipx.evidence.watch import LogWatch
from tests.evidence_world import EvidenceWorld


def watch(room: EvidenceWorld) -> LogWatch:
    world = room.world
    return LogWatch(
        database=world.database,
        transparency=Transparency(),
        chain=world.chain,
        gateway=world.gateway,
        audit=room.audit,
        clock=world.clock,
    )


def alarms(room: EvidenceWorld) -> list[tuple[str, bool]]:
    with room.world.database.read() as session:
        return sorted((alarm.kind, alarm.ended_at is not None) for alarm in Transparency().alarms(session))


def anchor_elsewhere(room: EvidenceWorld) -> None:
    """Use our key beside our table, as a thief or a restored copy would."""
    gateway = room.world.gateway
    head = gateway.call("EvidenceLog", "headOf", [gateway.relayer()])
    data = gateway.encode_call("EvidenceLog", "anchor", [head, "0x" + "99" * 32, "7"])
    nonce, to = gateway.next_nonce(), gateway.contract_address("EvidenceLog")
    gateway.broadcast(gateway.sign(nonce=nonce, to=to, data=data, gas=100_000, fees=gateway.fees()).raw)
    room.world.anvil.rpc.call("anvil_mine", "0x3")
