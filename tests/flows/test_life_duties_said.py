"""What is due is stated as done, received or not received, on the page; what is missed leads to a notice."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.money import Money
from ipx.licences.terms_v2.conduct import Diligence, Efforts, MissedDiligence
from ipx.licences.terms_v2.price import Milestone, MilestoneKind, Period, Reports
from ipx.life.models import StepRow
from ipx.life.rules import Ground, Kind
from ipx.life.service import LifeService, advance_reminders
from ipx.notices.models import NoticeRow
from tests.custody_steps import differences
from tests.deal_steps import follow, grow_stale
from tests.exchanges import DATABASES
from tests.handing_steps import offer, take_over
from tests.licence_terms import terms
from tests.life_steps import days, later, licensed, life_of, press, run_timers
from tests.own_world import own_world_on
from tests.pages import words_of


@pytest.fixture(scope="module", params=DATABASES)
def world(request, tmp_path_factory):
    """A world of its own, whose books are to be without a fault."""
    with own_world_on(request, tmp_path_factory.mktemp("duties")) as world:
        yield world


@pytest.fixture(scope="module")
def owner(world):
    return world.organisation("Institute")


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


def asking(first_sale: date):
    """Return terms with quarterly statements and a milestone, whose miss takes exclusivity after 45 days."""
    return replace(
        terms(upfront=Money(0, "USD")),
        reports=Reports(statement_period=Period.QUARTERLY),
        diligence=Diligence(efforts=Efforts.BEST, failure=MissedDiligence.TERMINATE, cure_days=45),
        milestones=(
            Milestone(
                id="first-sale", kind=MilestoneKind.SALES, description="The first cell is sold.", due_date=first_sale
            ),
        ),
    )


@pytest.fixture
def licence(world, owner, taker):
    return licensed(world, owner, taker, terms=asking(world.clock.now().date() + timedelta(days=40)))


def say(person, licence, kind: Kind, duty: str, words: str = ""):
    path = f"/licences/{licence.id}/life"
    return person.post(f"{path}/duty", {"kind": kind, "duty": duty, "words": words}, page=path)


def said(world, licence) -> list[tuple[str, str, str]]:
    query = select(StepRow).filter(StepRow.licence_id == licence.id, StepRow.duty.is_not(None)).order_by(StepRow.number)
    return world.read(lambda s: [(row.kind, str(row.side), row.words) for row in s.scalars(query)])


def test_done_is_refused_done_again_and_received(world, owner, taker, licence):
    key = life_of(world, taker, licence).duties[0].key
    assert "It was done" in words_of(taker.get(f"/licences/{licence.id}/life").text)
    follow(taker, say(taker, licence, Kind.DUTY_DONE, key, "Sent by post."))
    shown = words_of(owner.get(f"/licences/{licence.id}/life").text)
    assert "done, says the licensee" in shown
    assert "Sent by post." in shown
    assert "Write what happened" in follow(owner, say(owner, licence, Kind.DUTY_REFUSED, key))
    follow(owner, say(owner, licence, Kind.DUTY_REFUSED, key, "Nothing came."))
    assert "not received, says the licensor" in words_of(taker.get(f"/licences/{licence.id}/life").text)
    follow(taker, say(taker, licence, Kind.DUTY_DONE, key, "Sent again."))
    follow(owner, say(owner, licence, Kind.DUTY_RECEIVED, key))
    assert said(world, licence) == [
        ("duty-done", "licensee", "Sent by post."),
        ("duty-refused", "licensor", "Nothing came."),
        ("duty-done", "licensee", "Sent again."),
        ("duty-received", "licensor", ""),
    ]
    assert owner.json(f"/licences/{licence.id}/life")["said"] == {key: "duty-received"}
    actions = world.actions(licence.id)
    assert [actions.count(f"licence:life:duty_{one}") for one in ("done", "refused", "received")] == [2, 1, 1]
    assert any("Stated as received" in mail.subject for mail in world.mails_to(taker.email))
    assert differences(world) == []


def test_each_side_says_its_own_and_of_nothing_else(world, owner, taker, licence):
    key = life_of(world, taker, licence).duties[0].key
    assert "other side" in follow(taker, say(taker, licence, Kind.DUTY_RECEIVED, key))
    assert "other side" in follow(owner, say(owner, licence, Kind.DUTY_DONE, key))
    assert "no such thing" in follow(taker, say(taker, licence, Kind.DUTY_DONE, "statement:1999-12-31"))
    follow(taker, say(taker, licence, Kind.DUTY_DONE, key))
    assert "meanwhile" in follow(taker, say(taker, licence, Kind.DUTY_DONE, key))
    assert press(taker, licence, "duty-done").status_code == 303  # not by the form of steps
    assert say(world.colleague(taker, Role.RESEARCHER), licence, Kind.DUTY_DONE, key).status_code == 403
    stranger = world.organisation("Strangers")
    answer = stranger.post(f"/licences/{licence.id}/life/duty", {"kind": "duty-done", "duty": key}, page="/deals")
    assert answer.status_code == 404
    grow_stale(world, owner)
    assert "/sign-in" in say(owner, licence, Kind.DUTY_RECEIVED, key).headers["Location"]
    owner.client = world.sign_in(owner.email)
    assert [kind for kind, _, _ in said(world, licence)] == ["duty-done"]


def look(world, moment: datetime) -> None:
    with later(world, moment):
        while advance_reminders(world.database, world.service(LifeService)):
            pass
    world.settle()


def overdue_notices(world, licence) -> int:
    missed = NoticeRow.subject.startswith("Overdue since")
    return world.count(NoticeRow, NoticeRow.link == f"/licences/{licence.id}/life", missed)


def test_a_milestone_missed_is_told_once_and_leads_to_the_agreed_consequence(world, owner, taker, licence):
    due = datetime.combine(world.clock.now().date() + timedelta(days=40), time.min, UTC)
    look(world, due)
    assert overdue_notices(world, licence) == 0
    for _ in range(2):
        look(world, due + days(1.5))
    assert overdue_notices(world, licence) == 2  # one for each side
    with later(world, due + days(2)):
        service = world.service(LifeService)
        view = world.read(lambda s: service.life(s, actor=owner.actor, licence_id=licence.id))
        assert [one.key for one in view.overdue] == ["milestone:first-sale"]
        words = "Due and not received: milestone first-sale."
        values = {"kind": Kind.NOTICE, "ground": Ground.DILIGENCE, "words": words}
        world.write(lambda s: service.act(s, actor=owner.actor, licence_id=licence.id, **values))
        world.write(
            lambda s: service.say_of_duty(
                s, actor=owner.actor, licence_id=licence.id, kind=Kind.DUTY_RECEIVED, duty="milestone:first-sale"
            )
        )
        assert world.read(lambda s: service.life(s, actor=owner.actor, licence_id=licence.id)).overdue == []
    run_timers(world, due + days(60))  # she has received it, and taken no notice back
    assert life_of(world, owner, licence).life.is_over


def test_what_was_stated_as_done_is_no_news(world, owner, taker, licence):
    due = datetime.combine(world.clock.now().date() + timedelta(days=40), time.min, UTC)
    follow(taker, say(taker, licence, Kind.DUTY_DONE, "milestone:first-sale", "Sold on Monday."))
    look(world, due - days(10))
    look(world, due + days(2))
    assert overdue_notices(world, licence) == 0
    assert world.actions(licence.id).count("licence:life:reminded") == 0


def test_what_was_said_goes_over_with_the_licence(world, owner, taker, licence):
    follow(taker, say(taker, licence, Kind.DUTY_DONE, "milestone:first-sale", "Sold on Monday."))
    buyer = world.organisation("Buyer")
    offer(taker, licence, buyer)
    world.write(
        lambda s: world.service(LifeService).answer_handing(
            s, actor=owner.actor, licence_id=licence.id, is_accepted=True
        )
    )
    take_over(buyer, licence)
    world.settle()
    shown = words_of(buyer.get(f"/licences/{licence.id}/life").text)
    assert "done, says the licensee" in shown
    assert taker.actor.organisation_name in shown
    assert differences(world) == []
