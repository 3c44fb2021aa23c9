"""The deadline service, killed at every moment from a deadline that has passed to the licence that ended.

Whoever looks next finds the rest: nothing is lost, nothing happens twice, on our side and on the chain.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.adapters.system import FixedClock
from ipx.audit.service import AuditService
from ipx.chain.models import TransactionRow
from ipx.core.money import Money
from ipx.history.rebuild.codes import Status
from ipx.licences.models import LicenceRow
from ipx.licences.records import Licence
from ipx.licences.rules import State
from ipx.licences.terms_v2.ending import Termination
from ipx.life.deadlines import days_after
from ipx.life.models import LifeRow, StepRow
from ipx.life.rules import Ground, Kind
from ipx.life.service import LifeService, advance
from ipx.notices.models import NoticeRow
from tests.audited_world import environment_of
from tests.dying import Ends, come_to_the_end, in_own_process, inherit, shorten_lease
from tests.exchanges import DATABASES
from tests.licence_terms import terms
from tests.life_steps import licences_on, run_timers
from tests.own_process import comes_to_its_end
from tests.own_world import own_world_on
from tests.pages import Person
from tests.world import World

KINDS = [Kind.BEGAN, Kind.NOTICE, Kind.TERMINATED, Kind.ACCESS_CLOSED]
NEVER = 1_000
MOST_MOMENTS = 14


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with own_world_on(request, tmp_path_factory.mktemp("lives")) as world:
        yield world


def look(environment: dict[str, str], moment: str, log: Path, kill_at: int) -> None:
    """In a process of its own: do what came due by a moment, and bring it to the chain's last word."""
    exchange = in_own_process(environment)
    life = exchange.services[LifeService]
    assert isinstance(life, LifeService)
    life._clock = FixedClock(datetime.fromisoformat(moment))
    moments = Ends(kill_at, log)
    moments.watch(exchange)
    while advance(exchange.database, life):
        pass
    come_to_the_end(exchange, moments, log)


def licences_of(world: World, owner: Person, taker: Person, count: int) -> list[Licence]:
    """Return so many licences in force that end 30 days after a breach that is not made good."""
    stated = replace(terms(upfront=Money(0, "USD")), termination=Termination(breach_cure_days=30))
    return licences_on(world, owner, taker, stated, count)


def give_notice(world: World, owner: Person, licence: Licence) -> None:
    values: dict[str, Any] = {"kind": Kind.NOTICE, "ground": Ground.BREACH, "words": "No statement."}
    world.write(partial(world.service(LifeService).act, actor=owner.actor, licence_id=licence.id, **values))


def assert_ended_once(world: World, licence: Licence) -> None:
    """What is always so in the end."""
    assert world.row(LicenceRow, licence.id).state == State.TERMINATED
    query = select(StepRow).filter_by(licence_id=licence.id).order_by(StepRow.number)
    steps = world.read(lambda s: [(row.kind, row.id) for row in s.scalars(query)])
    assert [kind for kind, _ in steps] == KINDS
    ended = steps[KINDS.index(Kind.TERMINATED)][1]
    gateway, token = world.exchange.outside.chain, int(licence.token, 16)
    assert gateway.call("LicenceRegistry", "statusOf", [token]) == Status.TERMINATED
    assert gateway.call("LicenceRegistry", "nonceOf", [token]) == 1
    assert world.count(TransactionRow, TransactionRow.key.startswith(f"life:{ended}:")) == 1
    notices = (NoticeRow.link == f"/licences/{licence.id}/life", NoticeRow.subject.startswith("Licence terminated"))
    assert world.count(NoticeRow, *notices) == 2
    actions = world.actions(licence.id)
    assert actions.count("licence:life:terminated") == actions.count("licence:life:access_closed") == 1
    assert world.row(LifeRow, licence.id).next_due is None
    assert world.read(world.service(AuditService).check).broken_at is None


@pytest.mark.timeout(600)
def test_a_deadline_survives_a_kill_at_every_moment(world: World, tmp_path: Path) -> None:
    owner, taker = world.organisation("Institute"), world.organisation("Company")
    environment = {**environment_of(world.exchange.settings), "IPX_DEMO": "0"}
    moment, log = days_after(world.clock.now(), 365), tmp_path / "moment"
    shorten_lease(world.exchange)
    unharmed, *others = licences_of(world, owner, taker, MOST_MOMENTS + 1)

    def work(licence: Licence, kill_at: int) -> bool:
        give_notice(world, owner, licence)
        world.exchange.relay.release()
        return comes_to_its_end(look, environment, moment.isoformat(), log, kill_at)

    assert work(unharmed, NEVER)
    world.settle()  # mails
    assert_ended_once(world, unharmed)
    moments, seen = int(log.read_text()), []
    assert moments <= len(others)
    for kill_at, licence in zip(range(1, moments + 1), others, strict=False):
        assert not work(licence, kill_at)
        seen.append(log.read_text())
        inherit(world)
        run_timers(world, moment)  # another process finds what the dead one left
        assert_ended_once(world, licence)
    said = " | ".join(seen)
    for part in ("life_steps", "before broadcast", "after broadcast", "licences_licences"):
        assert part in said, said
