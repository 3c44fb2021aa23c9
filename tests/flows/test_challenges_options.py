"""A deadline that is put off, and the end of an option: who is told, once each, and what cannot be done."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from ipx.challenges.models import ChallengeRow, EntryRow
from ipx.challenges.rules import State
from ipx.challenges.terms import AwardKind
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.core.money import Money
from ipx.licences.algebra.truth import Truth
from ipx.licences.algebra.wanted import wanted_grant
from ipx.licences.rules import Exclusivity
from ipx.licences.service import LicenceService
from ipx.notices.models import NoticeRow
from tests.challenge_world import ChallengeWorld
from tests.licence_terms import terms
from tests.pages import Person, words_of
from tests.world import World

PUT_OFF, REMINDED, ENDED = "challenge:call:postponed", "entry:option:reminded", "entry:option:ended"


@pytest.fixture(scope="module")
def city(world):
    return world.organisation("City")


@pytest.fixture
def entrant(world):
    return world.organisation("Entrant")


@pytest.fixture
def judge(world):
    return world.organisation("Judge")


@pytest.fixture
def run(world, city):
    return ChallengeWorld(world, city).opened()


def put_off(run: ChallengeWorld, by: timedelta, actor: Any = None) -> datetime:
    deadline = run.world.row(ChallengeRow, run.challenge_id).deadline + by
    given = {"actor": actor or run.city.actor, "challenge_id": run.challenge_id, "deadline": deadline}
    run.write(run.service.calls.postpone, **given)
    return deadline


def notices(world: World, person: Person, what: str) -> list[str]:
    query = select(NoticeRow.link).where(
        NoticeRow.organisation_id == person.organisation_id, NoticeRow.subject.startswith(what)
    )
    return world.read(lambda session: list(session.scalars(query)))


# ── a deadline is put off ────────────────────────────────────────────────────────────────────────


def test_a_deadline_is_put_off_for_everybody_who_are_told_once(run, world, entrant, judge):
    run.entered(entrant)
    run.joined(judge)
    deadline = put_off(run, timedelta(days=3))
    assert world.row(ChallengeRow, run.challenge_id).deadline == deadline
    assert world.actions(run.challenge_id).count(PUT_OFF) == 1
    assert notices(world, entrant, "Deadline put off") == [f"/challenges/{run.challenge_id}"]
    assert f"{deadline:%Y-%m-%d %H:%M} UTC" in world.mails_to(judge.email)[0].body
    late = world.organisation("Late")
    run.entered(late)  # whoever had not entered yet has the time too
    run.service.close_due()
    assert world.row(ChallengeRow, run.challenge_id).state == State.OPEN


@pytest.mark.parametrize("by", [timedelta(0), timedelta(minutes=-1), timedelta(days=-30), timedelta(days=800)])
def test_a_deadline_is_never_brought_forward_nor_put_off_for_ever(run, world, by):
    before = world.row(ChallengeRow, run.challenge_id).deadline
    with pytest.raises(Invalid):
        put_off(run, by)
    assert world.row(ChallengeRow, run.challenge_id).deadline == before
    assert PUT_OFF not in world.actions(run.challenge_id)


def test_nobody_else_puts_it_off_and_nobody_once_it_has_passed(run, world, entrant, city):
    with pytest.raises(Forbidden):
        put_off(run, timedelta(days=1), actor=entrant.actor)
    run.set_deadline(world.clock.now() - timedelta(seconds=1))
    with pytest.raises(Conflict, match="before it has passed"):
        put_off(run, timedelta(days=1))
    draft = ChallengeWorld(world, city).drafted()
    with pytest.raises(Conflict):
        put_off(draft, timedelta(days=1))
    with pytest.raises(NotFound):
        put_off(draft, timedelta(days=1), actor=entrant.actor)


def test_the_page_takes_the_time_by_the_clock_of_the_place(run, world, city):
    page = f"/challenges/{run.challenge_id}/organise"
    assert "By the clock of Europe/Berlin" in words_of(city.get(page).text)
    later = f"/challenges/{run.challenge_id}/postpone"
    refused = city.post(later, {"deadline": "2020-01-01 10:00"}, page=page)
    assert refused.status_code == 422
    assert "never brought forward" in words_of(refused.text)
    year = world.clock.now().year + 1
    assert city.post(later, {"deadline": f"{year}-07-01 17:00"}, page=page).status_code == 302
    assert world.row(ChallengeRow, run.challenge_id).deadline.isoformat() == f"{year}-07-01T15:00:00+00:00"
    assert "1 Jul" in words_of(city.get(f"/challenges/{run.challenge_id}").text)


# ── the end of an option ─────────────────────────────────────────────────────────────────────────


def shortlisted(
    world: World, city: Person, entrant: Person, judge: Person, days: int, **changes: Any
) -> tuple[ChallengeWorld, str]:
    run = ChallengeWorld(world, city).opened(award=AwardKind.OPTION, option_days=days, **changes)
    entry_id = run.entered(entrant)
    run.joined(judge)
    run.evaluating()
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 5, 5)
    run.shortlist(entry_id)
    return run, entry_id


def awarded(*people: Any, **changes: Any) -> tuple[ChallengeWorld, str]:
    run, entry_id = shortlisted(*people, **changes)
    run.award(entry_id)
    return run, entry_id


def let_pass(world: World, entry_id: str, by: timedelta) -> None:
    """Let the option be older by so much."""
    row = world.row(EntryRow, entry_id)
    assert row.option_ends_at is not None
    assert row.option_next_at is not None
    earlier = {"option_ends_at": row.option_ends_at - by, "option_next_at": row.option_next_at - by}
    world.write(lambda session: session.execute(update(EntryRow).where(EntryRow.id == entry_id).values(earlier)))


def look(world: World) -> None:
    world.exchange.chores["options of awards"]()


def test_the_organiser_is_told_before_and_both_sides_at_the_end_once_each(world, city, entrant, judge):
    run, entry_id = awarded(world, city, entrant, judge, days=60)
    look(world)
    assert REMINDED not in world.actions(entry_id)
    let_pass(world, entry_id, timedelta(days=47))
    for _ in range(2):
        look(world)
    read = f"/challenges/entries/{entry_id}/read"
    assert notices(world, city, "The option of an award ends soon").count(read) == 1
    assert "call for the licence" in world.mails_to(city.email)[0].body
    assert not notices(world, entrant, "The option of an award ends")
    let_pass(world, entry_id, timedelta(days=14))
    for _ in range(2):
        look(world)
    assert notices(world, city, "The option of an award has ended").count(read) == 1
    assert notices(world, entrant, "The option of an award has ended") == [f"/challenges/entries/{entry_id}"]
    assert "not reserved for it any more" in world.mails_to(entrant.email)[0].body
    assert [one for one in world.actions(entry_id) if ":option:" in one] == [REMINDED, ENDED]
    with pytest.raises(Conflict, match="has ended"):
        run.write(run.service.awards.call_for_licence, actor=city.actor, entry_id=entry_id)


def test_an_option_that_was_used_ends_without_a_word(world, city, entrant, judge):
    run, entry_id = awarded(world, city, entrant, judge, days=10)
    run.write(run.service.awards.call_for_licence, actor=city.actor, entry_id=entry_id)
    assert world.row(EntryRow, entry_id).option_next_at is None
    look(world)
    assert not [one for one in world.actions(entry_id) if ":option:" in one]


def test_after_a_long_stop_only_the_end_is_told(world, city, entrant, judge):
    _, entry_id = awarded(world, city, entrant, judge, days=10)
    let_pass(world, entry_id, timedelta(days=100))
    look(world)
    assert [one for one in world.actions(entry_id) if ":option:" in one] == [ENDED]


# ── an option is in the way of others ────────────────────────────────────────────────────────────

EXCLUSIVE = terms(exclusivity=Exclusivity.EXCLUSIVE, territory=("DE",), field_text="", field_codes=()).to_json()


def conflict(world: World, entry_id: str, **changes: Any) -> Truth:
    stated = terms(**{"field_text": "", "field_codes": (), "territory": ("DE",), **changes})
    technology_id = world.row(EntryRow, entry_id).technology_id
    book = world.service(LicenceService).book
    return world.read(lambda s: book.compare(s, technology_id=technology_id, terms=stated)).conflict


def test_an_option_for_an_exclusive_licence_excludes_others_where_it_is_about_until_it_ends(
    world, city, entrant, judge
):
    _, entry_id = awarded(world, city, entrant, judge, days=30, licence=EXCLUSIVE)
    assert conflict(world, entry_id) is Truth.YES
    assert conflict(world, entry_id, territory=("JP",)) is Truth.NO
    proposed = wanted_grant(countries=("DE",), classes=(), exclusive=False, begins=world.clock.now().date())
    book, technology_id = world.service(LicenceService).book, world.row(EntryRow, entry_id).technology_id
    many = {"technology_ids": [technology_id], "proposed": proposed}
    assert world.read(lambda s: book.compare_many(s, **many))[technology_id].conflict is Truth.YES
    shown = words_of(entrant.get(f"/technologies/{technology_id}/grants").text)
    assert "Reserved by options Whoever holds an option" in shown
    assert city.actor.organisation_name in shown
    let_pass(world, entry_id, timedelta(days=31))
    assert conflict(world, entry_id) is Truth.NO, "over by its day, before any chore has looked"
    assert "Reserved by options" not in entrant.get(f"/technologies/{technology_id}/grants").text


def test_an_option_for_a_licence_beside_others_excludes_only_exclusive_ones(world, city, entrant, judge):
    beside = terms(territory=("DE",), field_text="", field_codes=()).to_json()
    _, entry_id = awarded(world, city, entrant, judge, days=30, licence=beside)
    assert conflict(world, entry_id) is Truth.NO
    assert conflict(world, entry_id, exclusivity=Exclusivity.EXCLUSIVE) is Truth.YES


def test_nobody_else_gets_what_is_reserved_and_its_holder_does(world, city, entrant, judge):
    run, entry_id = awarded(world, city, entrant, judge, days=30, licence=EXCLUSIVE)
    other = terms(exclusivity=Exclusivity.EXCLUSIVE, territory=("DE",), field_text="", field_codes=())
    listing = world.listing(entrant, world.row(EntryRow, entry_id).technology_id, terms=other)
    with pytest.raises(Conflict, match="stands in the way"):
        world.agreement(entrant, world.organisation("Other"), listing)
    assert run.write(run.service.awards.call_for_licence, actor=city.actor, entry_id=entry_id)
    assert world.row(EntryRow, entry_id).option_next_at is None


def test_an_option_on_what_is_granted_already_is_not_awarded(world, city, entrant, judge):
    run, entry_id = shortlisted(world, city, entrant, judge, days=30, licence=EXCLUSIVE)
    page, warning = f"/challenges/entries/{entry_id}", "cannot surely be granted now Rights in the way are granted"
    assert warning not in words_of(entrant.get(page).text)
    listing = world.listing(
        entrant,
        world.row(EntryRow, entry_id).technology_id,
        terms=terms(
            exclusivity=Exclusivity.EXCLUSIVE, territory=("DE",), field_text="", field_codes=(), upfront=Money(0, "EUR")
        ),
    )
    world.signed(entrant, world.organisation("Other"), listing)
    world.settle()
    assert warning in words_of(entrant.get(page).text), "the entrant knows before anybody awards"
    with pytest.raises(Conflict, match="stands in the way"):
        run.award(entry_id)
    assert world.row(ChallengeRow, run.challenge_id).state == State.SHORTLISTED
