"""Whoever takes a licence over is killed at every moment until the chain has it: it goes over once, or not at all."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.core.errors import NotFound
from ipx.history.rebuild.codes import Status
from ipx.licences.records import Licence
from ipx.life.models import HandingRow, StepRow
from ipx.life.rules import Handing, Kind
from ipx.life.service import LifeService
from ipx.notices.models import NoticeRow
from tests.audited_world import environment_of
from tests.custody_steps import audited
from tests.dying import Ends, come_to_the_end, in_own_process, inherit, shorten_lease
from tests.exchanges import DATABASES
from tests.handing_steps import FREE, now, offer, on_chain, own, take_over
from tests.life_steps import licences_on
from tests.own_process import comes_to_its_end
from tests.own_world import own_world_on
from tests.pages import Person
from tests.world import World

NEVER = 1_000
MOST_MOMENTS = 14


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with own_world_on(request, tmp_path_factory.mktemp("handing")) as world:
        yield world


def work(environment: dict[str, str], person_id: str, licence_id: str, log: Path, kill_at: int) -> None:
    """In a process of its own: take the licence over, and bring it to the chain's last word."""
    exchange = in_own_process(environment)
    life, accounts = exchange.services[LifeService], exchange.services[AccountService]
    assert isinstance(life, LifeService)
    assert isinstance(accounts, AccountService)
    with exchange.database.read() as session:
        actor = accounts.actor(session, person_id)
    assert actor is not None
    moments = Ends(kill_at, log)
    moments.watch(exchange)
    with exchange.database.write() as session:
        life.take_over(session, actor=actor, licence_id=licence_id, own_wallet=False)
    come_to_the_end(exchange, moments, log)


def assert_gone_over_once(world: World, licence: Licence, taker: Person) -> None:
    """What is always so in the end."""
    after = now(world, licence)
    assert after.licensee_id == taker.organisation_id
    assert on_chain(world, licence) == (Status.ACTIVE, 1, after.holder)
    handings = world.read(lambda s: list(s.scalars(select(HandingRow.state).filter_by(licence_id=licence.id))))
    assert handings == [Handing.DONE]
    assert world.count(StepRow, StepRow.licence_id == licence.id, StepRow.kind == Kind.HANDED_ON) == 1
    gone = NoticeRow.subject.startswith("The licence has gone over")
    assert world.count(NoticeRow, gone, NoticeRow.link == f"/licences/{licence.id}/life") == 2
    actions = world.actions(licence.id)
    assert actions.count("licence:handing:accepted") == actions.count("licence:life:handed_on") == 1
    assert taker.json(f"/licences/{licence.id}")["documents"] != []
    assert world.read(world.service(AuditService).check).broken_at is None


@pytest.mark.timeout(600)
def test_a_licence_that_is_taken_over_survives_a_kill_at_every_moment(world: World, tmp_path: Path) -> None:
    owner, holder, taker = (world.organisation(name) for name in ("Institute", "Company", "Buyer"))
    environment, log = {**environment_of(world.exchange.settings), "IPX_DEMO": "0"}, tmp_path / "moment"
    shorten_lease(world.exchange)
    unharmed, *others = licences_on(world, owner, holder, FREE, MOST_MOMENTS + 1)

    def ends(licence: Licence, kill_at: int) -> bool:
        assert offer(holder, licence, taker).status_code == 303
        world.exchange.relay.release()
        return comes_to_its_end(work, environment, taker.actor.person_id, licence.id, log, kill_at)

    assert ends(unharmed, NEVER)
    world.settle()  # mails
    assert_gone_over_once(world, unharmed, taker)
    moments, seen = int(log.read_text()), []
    assert moments <= len(others)
    for kill_at, licence in zip(range(1, moments + 1), others, strict=False):
        assert not ends(licence, kill_at)
        seen.append(log.read_text())
        inherit(world)
        world.settle()  # another process finds what the dead one left
        if is_still_offered(world, licence, taker):
            take_over(taker, licence)  # the dead one had not come so far: she presses again
            world.settle()
        assert_gone_over_once(world, licence, taker)
    said = " | ".join(seen)
    for part in ("life_handings", "before broadcast", "after broadcast", "licences_licences"):
        assert part in said, said
    assert own(audited(world).differences) == []


def is_still_offered(world: World, licence: Licence, taker: Person) -> bool:
    service = world.service(LifeService)
    try:
        view = world.read(lambda s: service.handing(s, actor=taker.actor, licence_id=licence.id))
    except NotFound:
        return False
    return view.state is Handing.OFFERED
