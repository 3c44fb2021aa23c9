"""An inventor's personal data are erased: nobody sees them, and what was disclosed stays provable."""

from __future__ import annotations

import hashlib
import json

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound
from ipx.inventions.models import InventorRow
from ipx.inventions.rules import InventorAnswer, Step
from ipx.inventions.service import InventionService
from tests.invention_steps import ANSWER, disclosed, disputed, erase, judged, officer_of, sealed_of, seen
from tests.pages import Person
from tests.world import World


def test_an_erased_inventor_is_seen_by_nobody_and_the_record_still_verifies(world: World, owner: Person) -> None:
    officer = officer_of(world, owner)
    invention_id = disputed(world, owner)
    assert ANSWER in [line.words for line in seen(world, owner, invention_id).history]
    service = world.service(InventionService)
    before = world.read(lambda s: service.record(s, actor=owner.actor, invention_id=invention_id, number=1))
    inventor_id = erase(world, officer, invention_id)
    found = seen(world, officer, invention_id)  # at once, before the flow has run
    assert [(one.name, one.answer) for one in found.inventors] == [
        ("", InventorAnswer.DISPUTED),
        ("Bo Ek", InventorAnswer.OPEN),
    ]
    assert ANSWER not in [line.words for line in found.history]
    world.settle()
    assert sealed_of(world, inventor_id) == []
    record, openings = world.read(
        lambda s: (
            service.record(s, actor=owner.actor, invention_id=invention_id, number=1),
            service.openings(s, actor=owner.actor, invention_id=invention_id, number=1),
        )
    )
    assert record == before
    erased, bo = openings
    assert erased is None
    assert bo
    assert hashlib.sha256(bo).hexdigest() == json.loads(record)["inventors"][1]
    assert world.actions(invention_id)[-1] == "invention:inventor:erased"


def test_an_erased_inventor_is_gone_from_the_draft_and_from_every_submission(world: World, owner: Person) -> None:
    officer = officer_of(world, owner)
    invention_id = disputed(world, owner)
    judged(world, officer, invention_id, Step.RETURNED, "Say more.")
    service = world.service(InventionService)
    world.write(lambda s: service.submit(s, actor=owner.actor, invention_id=invention_id))
    judged(world, officer, invention_id, Step.RETURNED, "Say more still.")
    erase(world, officer, invention_id)
    world.settle()
    query = select(InventorRow.position, InventorRow.sealed_entry.is_(None))
    query = query.where(InventorRow.invention_id == invention_id)
    assert sorted(tuple(row) for row in world.read(lambda s: s.execute(query).all())) == [
        (0, True),
        (0, True),
        (1, False),
        (1, False),
    ]
    draft = seen(world, owner, invention_id).draft["inventors"].entries
    assert [entry["name"] for entry in draft] == ["Bo Ek"]


def test_erasing_when_done_by_somebody_else_then_is_refused(world: World, owner: Person) -> None:
    invention_id = disputed(world, owner)
    inventor_id = seen(world, owner, invention_id).inventors[0].id
    manager, stranger = world.colleague(owner, Role.LICENSING_MANAGER), world.organisation()
    with pytest.raises(Forbidden):
        ask(world, manager, invention_id, inventor_id)
    with pytest.raises(NotFound):
        ask(world, stranger, invention_id, inventor_id)


def ask(world: World, person: Person, invention_id: str, inventor_id: str) -> None:
    erasures = world.service(InventionService).erasures
    world.write(lambda s: erasures.ask(s, actor=person.actor, invention_id=invention_id, inventor_id=inventor_id))


def test_the_evidence_of_a_submission_proves_its_record(world: World, owner: Person) -> None:
    invention_id = disclosed(world, owner)
    world.until(lambda: world.exchange.batcher.advance() or None)
    world.settle()
    world.until(lambda: seen(world, owner, invention_id).submissions[0].stamp.state == "final" or None)
    service = world.service(InventionService)
    bundle, record = world.read(
        lambda s: (
            service.bundle(s, actor=owner.actor, invention_id=invention_id, number=1),
            service.record(s, actor=owner.actor, invention_id=invention_id, number=1),
        )
    )
    assert hashlib.sha256(record).hexdigest().encode() in bundle
    assert seen(world, owner, invention_id).submissions[0].stamp.state == "final"
