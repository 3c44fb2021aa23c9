"""Kills the relay at the crash points K5 to K13 and K20 to K24 by name, and at random ones, and looks what is there.

A program of its own, so that it can fork: each round is played in children of a parent that has everything loaded.

    python -m tests.faults.chain_points FOLDER --rounds 100 [--point K8] [--seed 7]      one JSON line for each round
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import signal
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from ipx.adapters.evm.anvil import Anvil
from ipx.core.errors import Tampered
from ipx.db.lease import LeaseLostError
from tests.chain_world import running_chain
from tests.fault_proxy import FaultProxy, other_chain
from tests.faults.chain_moments import Moments
from tests.faults.chain_round import Round, assert_whole, copy_database, finish, make_template, queue
from tests.faults.killing import Report, forked, say

ROUNDS_A_CHAIN = 60  # its state, which is written again and again, grows by every block
MOST_MOMENTS = 90


@dataclass(frozen=True)
class Point:
    """A crash point: the moment to die at, what happens before (``stage``) and what while we are dead (``between``)."""

    moment: str
    stage: Callable[[Round], None] = lambda asked: None
    between: Callable[[Round], Round] = lambda asked: asked


def call(asked: Round, method: str, *params: object) -> None:
    Anvil(asked.chain).rpc.call(method, *params)


def dear_blocks(asked: Round) -> None:
    """No block takes what was offered, so that a replacement is due."""
    call(asked, "evm_setAutomine", False)


def reorganised(asked: Round) -> None:
    """Bring the acts into blocks that are not final, and take those blocks away."""
    world = asked.open()
    queue(world, asked.acts)
    world.gateway._settlement = None  # nothing becomes final by itself
    for _ in range(12):
        world.relay().advance()
        time.sleep(0.01)
    world.anvil.rpc.call("anvil_reorg", 1, [])


def poor(asked: Round) -> None:
    call(asked, "anvil_setBalance", asked.open().gateway.relayer(), "0x0")


def funded(asked: Round) -> Round:
    call(asked, "anvil_setBalance", asked.open().gateway.relayer(), hex(10**24))
    return asked


def mining_again(asked: Round) -> Round:
    call(asked, "evm_setAutomine", True)
    call(asked, "anvil_mine", "0x1")
    return asked


POINTS = {
    "K5": Point("after commit of insert chain_transactions"),
    "K6": Point("before commit of insert chain_attempts"),
    "K7": Point("after commit of insert chain_attempts"),
    "K8": Point("after eth_sendRawTransaction"),
    "K9 signed": Point("after commit of insert chain_attempts again", stage=dear_blocks, between=mining_again),
    "K9 sent": Point("after eth_sendRawTransaction again", stage=dear_blocks, between=mining_again),
    "K10": Point("before commit of insert chain_receipts"),
    "K11": Point("after commit of insert chain_receipts"),
    "K12 before": Point("before commit of update chain_logs", stage=reorganised),
    "K12 after": Point("after commit of update chain_logs", stage=reorganised),
    "K13 before": Point("before commit of insert chain_logs"),
    "K13 after": Point("after commit of insert chain_logs"),
    "K21 forward": Point("after eth_sendRawTransaction", between=lambda asked: asked.later(timedelta(hours=1))),
    "K21 back": Point("after eth_sendRawTransaction", between=lambda asked: asked.later(timedelta(hours=-1))),
    "K24": Point("after commit of update chain_transactions", stage=poor, between=funded),
}


# ── the rounds ───────────────────────────────────────────────────────────────────────────────────


def at_point(asked: Round, point: Point) -> str:
    """Die at a named moment, go on, and check."""
    forked(lambda report: point.stage(asked)).must_succeed()
    died = _must_die(forked(partial(_play, asked, point.moment, 0)))
    asked = _in_child(lambda: point.between(asked), asked)
    _resume(asked)
    return died


def at_random(asked: Round, chance: random.Random) -> str:
    """Die at any moment, some more than once, while the pool may be dropped; go on, and check."""
    died = []
    for _ in range(chance.randint(1, 3)):
        ended = forked(partial(_play, asked, "", chance.randint(1, MOST_MOMENTS)))
        died.append(ended.reported.get("died", "alive"))
        if chance.random() < 0.3:
            forked(lambda report: call(asked, "anvil_dropAllTransactions")).must_succeed()
        if not ended.was_killed:
            ended.must_succeed()
            break
    _resume(asked)
    return ", ".join(died)


def two_relays(asked: Round) -> str:
    """K20: the leader is paused before it signs, another one does all of it, the leader wakes up."""
    child = os.fork()
    if not child:
        _quietly(lambda: _paused_leader(asked))
    os.waitpid(child, os.WUNTRACED)
    heir = asked.later(timedelta(minutes=2))
    forked(lambda report: _whole(heir)).must_succeed()
    os.kill(child, signal.SIGCONT)
    if os.waitpid(child, 0)[1]:
        raise SystemExit("the paused leader did not see that it had been replaced")
    forked(lambda report: assert_whole(heir.open(), heir.acts)).must_succeed()
    return "paused before it signed"


def old_backup(asked: Round) -> str:
    """K22: acts went on after the backup; what comes back asks the chain for its nonce and cannot fork the log."""
    backup = asked.database.with_suffix(".backup")
    forked(lambda report: _whole(replace(asked, acts=1))).must_succeed()
    copy_database(asked.database, backup)
    forked(lambda report: _whole(asked)).must_succeed()
    copy_database(backup, asked.database)
    forked(lambda report: _restored(asked)).must_succeed()
    return "restored"


def wrong_chain(asked: Round) -> str:
    """K23: an endpoint on another chain is refused and nothing is signed for it."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        _quietly(lambda: _serve_other_chain(asked, writer))
    url = os.read(reader, 200).decode()
    try:
        forked(lambda report: _refuse(asked, url)).must_succeed()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    _resume(asked)
    return "refused"


SPECIAL: dict[str, Callable[[Round], str]] = {"K20": two_relays, "K22": old_backup, "K23": wrong_chain}


# ── in the children ──────────────────────────────────────────────────────────────────────────────


def _play(asked: Round, moment: str, number: int, report: Report) -> None:
    world = asked.open()
    Moments(moment, number, lambda name: report({"died": name})).install()
    queue(world, asked.acts)
    for _ in range(4):
        finish(world, rounds=1)
        world.clock.advance(timedelta(seconds=21))


def _resume(asked: Round) -> None:
    forked(lambda report: _whole(asked)).must_succeed()


def _whole(asked: Round) -> None:
    world = asked.open()
    queue(world, asked.acts)
    finish(world)
    assert_whole(world, asked.acts)


def _paused_leader(asked: Round) -> None:
    world = asked.open()
    queue(world, asked.acts)
    relay = world.relay(holder="leader")
    ask = world.gateway.next_nonce

    def slowly() -> int:
        nonce = ask()
        os.kill(os.getpid(), signal.SIGSTOP)
        return int(nonce)

    object.__setattr__(world.gateway, "next_nonce", slowly)
    try:
        relay.advance()
    except LeaseLostError:
        return
    raise SystemExit("it signed although another one had the lease")


def _restored(asked: Round) -> None:
    """The acts that the backup does not know of are on the chain: asking for them again changes nothing there."""
    world = asked.open()
    ids = queue(world, asked.acts)
    finish(world)
    states = [str(world.view(transaction_id).state) for transaction_id in ids]
    assert states == ["FINAL"] + ["FAILED"] * (asked.acts - 1), states
    assert world.gateway.mined_nonce() == world.gateway.next_nonce() == asked.acts


def _refuse(asked: Round, url: str) -> None:
    world = asked.open()
    world.gateway = asked.gateway(world.anvil, url)
    queue(world, asked.acts)
    for _ in range(2):
        try:
            world.relay().advance()
        except Tampered:
            continue
        raise SystemExit("a wrong chain was worked on")
    with world.database.read() as session:
        assert world.chain.status(session).open == asked.acts
    assert all(world.view(t).hash is None for t in queue(world, asked.acts))


def _serve_other_chain(asked: Round, writer: int) -> None:
    proxy = FaultProxy(Anvil(asked.chain).url)
    proxy.rule = other_chain
    os.write(writer, proxy.url.encode())
    proxy.serve()


def _quietly(act: Callable[[], None]) -> None:
    status = 1
    try:
        act()
        status = 0
    finally:
        os._exit(status)


def _must_die(ended: Any) -> str:
    if not ended.was_killed:
        raise SystemExit(f"it never came to its moment: {ended.reported}")
    return str(ended.reported["died"])


def _in_child(act: Callable[[], Round], asked: Round) -> Round:
    """Act in a child, which may open connections; only the clock may have changed."""
    ended = forked(lambda report: report({"clock": act().clock.total_seconds()})).must_succeed()
    return replace(asked, clock=timedelta(seconds=ended["clock"]))


# ── the program ──────────────────────────────────────────────────────────────────────────────────


def new_round(chain: Path, template: Path, number: int) -> Round:
    database = template.with_name(f"round-{number}.sqlite3")
    copy_database(template, database)
    asked = Round(chain, database, "0x" + secrets.token_hex(32))

    def prepare(report: Report) -> None:
        funded(asked)
        report({"first_block": asked.open().gateway.head().number + 1})

    return replace(asked, first_block=forked(prepare).must_succeed()["first_block"])


def play_round(asked: Round, name: str, chance: random.Random) -> str:
    if name in SPECIAL:
        return SPECIAL[name](asked)
    return at_point(asked, POINTS[name]) if name in POINTS else at_random(asked, chance)


def play(folder: Path, names: list[str], rounds: int, seed: int) -> Counter[str]:
    """Play so many rounds: every name in turn where names are given, then random ones."""
    template = make_template(folder / "template.sqlite3")
    counted: Counter[str] = Counter()
    for first in range(0, rounds, ROUNDS_A_CHAIN):
        chain = folder / f"chain-{first}"
        with running_chain(chain):
            for number in range(first, min(first + ROUNDS_A_CHAIN, rounds)):
                name = names[number % len(names)]
                asked = new_round(chain, template, number)
                died = play_round(asked, name, random.Random(seed * 1_000_003 + number))
                say({"round": number, "point": name, "died": died})
                counted[name] += 1
                for file in folder.glob(f"round-{number}.*"):
                    file.unlink()
    return counted


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=len(POINTS) + len(SPECIAL))
    parser.add_argument("--point", action="append", help="only these, by name; `random` is one too")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    names = asked.point or [*POINTS, *SPECIAL, *["random"] * (len(POINTS) + len(SPECIAL))]
    counted = play(asked.folder, names, asked.rounds, asked.seed)
    say({"rounds": counted.total(), "points": counted})


if __name__ == "__main__":
    main()
