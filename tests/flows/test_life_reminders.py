"""Both sides are told of what a licence asks for, once, before its day, however often somebody looks."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from ipx.core.money import Money
from ipx.licences.records import Licence
from ipx.licences.rules import Exclusivity
from ipx.licences.terms_v2.price import (
    Milestone,
    MilestoneKind,
    Minimums,
    Period,
    Reports,
    Shortfall,
    Yearly,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.models import LifeRow, ReminderRow
from ipx.life.rules import Kind
from ipx.life.service import LifeService, advance_reminders
from ipx.notices.models import NoticeRow
from tests.licence_terms import terms
from tests.life_steps import days, later, licensed, life_of, open_ids, press
from tests.pages import Person, words_of
from tests.world import World


@pytest.fixture(scope="module")
def taker(world: World) -> Person:
    return world.organisation("Company")


def asking(first_sale: date) -> LicenceTerms:
    """Return terms with quarterly statements, a minimum for each year, and a milestone."""
    return replace(
        terms(exclusivity=Exclusivity.NON_EXCLUSIVE, upfront=Money(0, "USD")),
        reports=Reports(statement_period=Period.QUARTERLY),
        minimums=Minimums(by_year=(Yearly(1, Money(7_500_00, "USD")),), creditable=True, consequence=Shortfall.PAY_UP),
        milestones=(
            Milestone(
                id="first-sale", kind=MilestoneKind.SALES, description="The first cell is sold.", due_date=first_sale
            ),
        ),
    )


@pytest.fixture
def licence(world: World, owner: Person, taker: Person) -> Licence:
    found = licensed(world, owner, taker, terms=asking(world.clock.now().date() + timedelta(days=200)))
    look(world, world.clock.now())
    return found


def look(world: World, moment: datetime) -> None:
    with later(world, moment):
        while advance_reminders(world.database, world.service(LifeService)):
            pass
    world.settle()


def told(world: World, licence: Licence) -> list[str]:
    """Return the subjects of the notices about what is due, one for each side and day."""
    where = (NoticeRow.link == f"/licences/{licence.id}/life", NoticeRow.subject.startswith("Due on"))
    return [f"Due on {number}" for number in range(world.count(NoticeRow, *where))]


def test_page_when_a_licence_lives_then_lists_what_is_due_next(
    world: World, owner: Person, taker: Person, licence: Licence
) -> None:
    for person in (owner, taker):
        page = words_of(person.get(f"/licences/{licence.id}/life").text)
        assert "What is due next" in page
        assert "Statement of royalties for the period up to" in page
        assert "Minimum royalty of the year up to" in page
        assert "7,500.00" in page
        assert "Milestone first-sale" in page
        assert "The first cell is sold." in page
    record = owner.json(f"/licences/{licence.id}/life")
    assert {duty["kind"] for duty in record["duties"]} == {"statement", "minimum", "milestone"}
    plain = licensed(world, owner, taker)
    assert "What is due next" not in words_of(owner.get(f"/licences/{plain.id}/life").text)


def test_both_are_told_once_before_the_day_and_not_before_its_time(
    world: World, owner: Person, taker: Person, licence: Licence
) -> None:
    first = life_of(world, owner, licence).duties[0]
    ripe = datetime.combine(first.day - timedelta(days=14), time.min, UTC)
    look(world, ripe - days(0.01))
    assert told(world, licence) == []
    for _ in range(3):
        look(world, ripe + days(1))
    assert len(told(world, licence)) == 2  # one for each side
    assert world.actions(licence.id).count("licence:life:reminded") == 1
    for person in (owner, taker):
        subject = f"Due on {first.day}: {licence.technology_title}"
        mails = [mail for mail in world.mails_to(person.email) if mail.subject == subject]
        assert [mail.body.count("royalt") for mail in mails] == [0], "a mail says nothing of the terms"
    timer = world.row(LifeRow, licence.id).next_reminder
    assert timer is not None
    assert timer > ripe


def test_what_was_due_while_nobody_looked_is_not_told_any_more(world: World, owner: Person, licence: Licence) -> None:
    look(world, world.clock.now() + days(250))
    seen = world.read(lambda s: [row.duty for row in s.query(ReminderRow).filter_by(licence_id=licence.id)])
    assert not [duty for duty in seen if duty.startswith("milestone")]
    assert len(seen) <= 1


def test_two_processes_look_at_once_and_each_duty_is_told_once(world: World, owner: Person, licence: Licence) -> None:
    ripe = world.clock.now() + days(185)  # the milestone, and the second statement
    service, barrier = world.service(LifeService), threading.Barrier(4)

    def remind() -> None:
        barrier.wait()
        world.write(lambda s: service.remind(s, licence_id=licence.id))

    with later(world, ripe):
        threads = [threading.Thread(target=remind) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    keys = world.read(lambda s: [row.duty for row in s.query(ReminderRow).filter_by(licence_id=licence.id)])
    assert "milestone:first-sale" in keys
    actions = world.actions(licence.id)
    assert actions.count("licence:life:reminded") + actions.count("licence:life:overdue") == len(set(keys)) == len(keys)


def test_when_the_licence_has_ended_then_nothing_is_due(
    world: World, owner: Person, taker: Person, licence: Licence
) -> None:
    press(owner, licence, "proposed", proposal="terminate")
    (proposal,) = open_ids(world, owner, licence)
    press(taker, licence, str(Kind.TERMINATED), answers=proposal)
    world.settle()
    look(world, world.clock.now() + days(80))
    assert told(world, licence) == []
    assert world.row(LifeRow, licence.id).next_reminder is None
    assert "What is due next" not in words_of(owner.get(f"/licences/{licence.id}/life").text)
