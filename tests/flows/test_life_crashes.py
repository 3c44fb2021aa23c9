"""kill -9 at every moment from a deadline that has passed to the licence that ended: nothing is lost or doubled."""

from __future__ import annotations

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
from ipx.licences.rules import State
from ipx.licences.terms_v2.ending import Termination
from ipx.life.deadlines import days_after
from ipx.life.models import LifeRow, StepRow
from ipx.life.rules import Ground, Kind
from ipx.life.service import LifeService, advance
from ipx.notices.models import NoticeRow
from ipx.wiring import Exchange
from tests.killable import run
from tests.licence_terms import terms
from tests.life_steps import licensed, run_timers
from tests.world import World

MOST_MOMENTS = 40
KINDS = [Kind.BEGAN, Kind.NOTICE, Kind.TERMINATED, Kind.ACCESS_CLOSED]


@pytest.fixture(scope="module")
def world(exchange):
    with World(exchange, works=False) as world:
        yield world


def look(exchange: Exchange, moment: str) -> None:
    """The deadline service looks, a year later."""
    life = exchange.services[LifeService]
    assert isinstance(life, LifeService)
    life._clock = FixedClock(datetime.fromisoformat(moment))
    while advance(exchange.database, life):
        pass


def is_over(exchange: Exchange, licence_id: str) -> bool:
    with exchange.database.read() as session:
        return session.get_one(LicenceRow, licence_id).state == State.TERMINATED


def check(world: World, licence) -> None:
    """What is always so in the end."""
    assert world.row(LicenceRow, licence.id).state == State.TERMINATED
    steps = world.read(
        lambda s: list(s.scalars(select(StepRow.kind).filter_by(licence_id=licence.id).order_by(StepRow.number)))
    )
    assert steps == KINDS
    gateway = world.exchange.outside.chain
    assert gateway.call("LicenceRegistry", "statusOf", [int(licence.token, 16)]) == Status.TERMINATED
    assert gateway.call("LicenceRegistry", "nonceOf", [int(licence.token, 16)]) == 1
    (step,) = world.read(
        lambda s: list(s.scalars(select(StepRow.id).filter_by(licence_id=licence.id, kind=Kind.TERMINATED)))
    )
    assert world.count(TransactionRow, TransactionRow.key.startswith(f"life:{step}:")) == 1
    path = f"/licences/{licence.id}/life"
    assert world.count(NoticeRow, NoticeRow.link == path, NoticeRow.subject.startswith("Licence terminated")) == 2
    assert world.actions(licence.id).count("licence:life:terminated") == 1
    assert world.row(LifeRow, licence.id).next_due is None
    assert world.read(lambda s: world.service(AuditService).check(s)).broken_at is None


def test_a_deadline_survives_a_kill_at_every_moment(world: World, tmp_path: Path) -> None:
    owner, taker = world.organisation("Institute"), world.organisation("Company")
    stated = replace(terms(upfront=Money(0, "USD")), termination=Termination(breach_cure_days=30))
    listing = world.listing(owner, terms=stated)
    settings = world.exchange.settings
    environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
    moment = days_after(world.clock.now(), 365).isoformat()
    service, seen = world.service(LifeService), []
    for kill_at in range(1, MOST_MOMENTS):
        licence = licensed(world, owner, taker, listing=listing)
        give: dict[str, Any] = {
            "actor": owner.actor,
            "licence_id": licence.id,
            "kind": Kind.NOTICE,
            "ground": Ground.BREACH,
        }
        world.write(partial(service.act, kind=Kind.NOTICE, words="No statement.", **give))
        log = tmp_path / "moment"
        done = partial(is_over, licence_id=licence.id)
        count = run(environment, partial(look, moment=moment), done, kill_at=kill_at, log=log)
        if count is None:
            run_timers(world, datetime.fromisoformat(moment))  # another process finds what the killed one left
        check(world, licence)
        if count is not None:
            break
        seen.append(log.read_text())
    else:
        raise AssertionError(f"more than {MOST_MOMENTS} moments: {seen}")
    said = " | ".join(seen)
    for part in ("life_steps", "before broadcast", "licences_licences"):
        assert part in said, said
