"""Contests: visible wherever the thing is shown, ended by both, by a ruling, or given up; never by one side alone."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from ipx.adapters.system import FixedClock
from ipx.contests.models import ContestRow
from ipx.contests.rows import contest_of
from ipx.contests.rules import How, Outcome, Subject
from ipx.contests.service import ContestService, advance
from ipx.licences.rules import Exclusivity
from ipx.licences.terms_v2.ending import Termination
from ipx.life.rules import Kind, Standing
from ipx.technologies.service import TechnologyService
from tests.licence_terms import terms
from tests.life_steps import days, later, licensed, life_of, open_ids, press, run_timers
from tests.pages import token_of, words_of
from tests.small_files import pdf

CURE = replace(terms(exclusivity=Exclusivity.EXCLUSIVE), termination=Termination(breach_cure_days=30))


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture(scope="module")
def rival(world):
    return world.organisation("Rival")


def contest(person, kind: str, subject_id: str, words: str = "We own it."):
    path = f"/contests/new/{kind}/{subject_id}"
    return person.client.post(path, data={"csrf_token": token_of(person.get(path).text), "words": words})


def answer(person, path: str, what: str, **data: str):
    return person.client.post(
        f"{path}/answer", data={"csrf_token": token_of(person.get(path).text), "answer": what, **data}
    )


def upload(person, path: str) -> str:
    content = pdf(f"The court finds for nobody. {uuid.uuid4()}")
    done = person.client.put(
        f"{path}/ruling",
        data=content,
        headers={
            "X-CSRFToken": token_of(person.get(path).text),
            "X-File-Name": "ruling.pdf",
            "Content-Type": "application/pdf",
            "Idempotency-Key": uuid.uuid4().hex,
            "X-Export-Control": "none",
        },
    )
    assert done.status_code == 201, done.text
    return str(done.json["document"])


def of(world, path: str):
    """Return a contest as it stands."""
    return contest_of(world.row(ContestRow, path.rpartition("/")[2]))


def test_a_listing_is_contested_for_everybody_to_see_and_settled_by_both(world, owner, rival):
    listing = world.listing(owner)
    page = f"/listings/{listing.id}"
    assert "Contested since" not in rival.get(page).text
    made = contest(rival, "listing", listing.id, "This is our invention.")
    path = made.headers["Location"]
    stranger = world.app.test_client().get(page).text
    assert "Contested since" in stranger
    assert "This is our invention" not in stranger
    assert rival.actor.organisation_name not in stranger
    assert world.organisation("Third").get(path).status_code == 404
    assert "This is our invention." in owner.get(path).text
    assert contest(rival, "listing", listing.id).status_code == 422  # it does already
    assert answer(rival, path, "propose", outcome="falls", words="Withdraw it.").status_code == 303
    assert answer(rival, path, "accept").status_code == 303  # not the proposer's to accept
    assert of(world, path).is_open
    assert answer(owner, path, "decline", words="No.").status_code == 303
    answer(owner, path, "propose", outcome="stands")
    answer(rival, path, "accept")
    ended = of(world, path)
    assert (ended.outcome, ended.how) == (Outcome.STANDS, How.AGREEMENT)
    assert "Contested since" not in rival.get(page).text
    assert answer(rival, path, "give-up").status_code == 303
    assert of(world, path).how is How.AGREEMENT  # ended is ended


def test_a_title_is_contested_on_the_pages_of_listing_and_technology(world, owner, rival):
    listing = world.listing(owner)
    (right,) = listing.rights
    path = contest(rival, "right", right.right_id).headers["Location"]
    for person, page in ((rival, f"/listings/{listing.id}"), (owner, f"/technologies/{listing.technology_id}")):
        assert "Contested since" in person.get(page).text
    assert contest(owner, "right", right.right_id).status_code == 422  # one's own
    contests = world.service(ContestService)
    settled = {"kind": Subject.RIGHT, "subject_id": right.right_id, "outcome": Outcome.FALLS}
    world.write(lambda s: contests.settle(s, by=owner.actor.by, how=How.RECTIFICATION, **settled))
    assert of(world, path).how is How.RECTIFICATION


def test_contests_stand_on_the_pages_of_offer_and_agreement_for_both_sides(world, owner, rival, taker):
    listing = world.listing(owner)
    offer = world.offer(taker, listing)
    agreement = world.write(lambda s: world.deals.accept_offer(s, actor=owner.actor, offer_id=offer.id))
    pages = (f"/deals/offers/{offer.id}", f"/deals/agreements/{agreement.id}")
    for person in (owner, taker):
        for page in pages:
            assert "Contested since" not in person.get(page).text
    path = contest(rival, "right", listing.rights[0].right_id, "It is ours.").headers["Location"]
    for person in (owner, taker):
        for page in pages:
            shown = person.get(page).text
            assert "Contested since" in shown, page
            assert (path in shown) == (person is owner), "the contest itself is for its two sides"
            assert rival.actor.organisation_name not in shown
    answer(rival, path, "give-up")
    assert "Contested since" not in taker.get(pages[1]).text


def test_what_is_not_public_cannot_be_contested(world, owner, rival):
    technology = world.technology(owner)
    service = world.service(TechnologyService)
    (right,) = world.read(lambda s: service.technology(s, actor=owner.actor, technology_id=technology)).rights
    for kind, subject in (("right", right.id), ("listing", uuid.uuid4().hex), ("step", "x"), ("moon", "x")):
        assert rival.get(f"/contests/new/{kind}/{subject}").status_code == 404


def test_a_ruling_of_one_side_counts_only_after_two_weeks_without_objection(world, owner, rival):
    listing = world.listing(owner)
    path = contest(rival, "listing", listing.id).headers["Location"]
    first = upload(rival, path)
    assert owner.get(f"/documents/{first}").status_code == 404  # uploaded is not brought
    assert answer(rival, path, "bring-ruling", outcome="falls", document="x").status_code in (404, 422)
    assert answer(rival, path, "bring-ruling", outcome="falls", document=first).status_code == 303
    assert owner.get(f"/documents/{first}").status_code == 200
    assert answer(owner, path, "object", words="It is about another patent.").status_code == 303
    contests = world.service(ContestService)
    clock = contests._clock
    try:
        contests._clock = FixedClock(clock.now() + timedelta(days=15))
        assert not advance(world.database, contests)
        assert of(world, path).is_open
        contests._clock = clock
        answer(rival, path, "bring-ruling", outcome="falls", document=upload(rival, path))
        contests._clock = FixedClock(clock.now() + timedelta(days=13))
        assert not advance(world.database, contests)
        contests._clock = FixedClock(clock.now() + timedelta(days=15))
        assert advance(world.database, contests)
        assert not advance(world.database, contests)
    finally:
        contests._clock = clock
    assert (of(world, path).outcome, of(world, path).how) == (Outcome.FALLS, How.RULING)


def test_a_contested_breach_ends_nothing_until_the_contest_has_ended(world, owner, taker):
    licence = licensed(world, owner, taker, terms=CURE)
    press(owner, licence, "notice", ground="breach", words="No statement.")
    (notice,) = open_ids(world, owner, licence)
    due = life_of(world, owner, licence).life.notices[0].due
    assert due is not None
    press(taker, licence, "contested", answers=notice, words="It was sent.")
    for page in (f"/licences/{licence.id}", f"/licences/{licence.id}/life"):
        assert "Contested since" in owner.get(page).text
    assert run_timers(world, due + days(300)) == 0
    (found,) = world.read(lambda s: world.service(ContestService).on(s, kind=Subject.STEP, subject_ids=[notice]))
    path = f"/contests/{found.id}"
    answer(taker, path, "propose", outcome="stands", words="We found that it was not.")
    with later(world, due + days(10)):
        answer(owner, path, "accept")
    view = life_of(world, taker, licence)
    assert not view.life.contested
    assert view.due[0].at > due + days(10)
    run_timers(world, view.due[0].at)
    assert life_of(world, taker, licence).life.standing is Standing.TERMINATED


def test_taking_a_notice_back_ends_its_contest_and_giving_up_too(world, owner, taker):
    licence = licensed(world, owner, taker, terms=CURE)
    for last in ("withdrawn", "give-up"):
        press(owner, licence, "notice", ground="breach", words="No statement.")
        (notice,) = open_ids(world, owner, licence)
        press(taker, licence, "contested", answers=notice, words="It was sent.")
        (found,) = world.read(
            lambda s, step=notice: world.service(ContestService).on(s, kind=Subject.STEP, subject_ids=[step])
        )
        if last == "withdrawn":
            press(owner, licence, "withdrawn", answers=notice)
        else:
            answer(owner, f"/contests/{found.id}", "give-up")
        ended = of(world, f"/contests/{found.id}")
        assert (ended.outcome, ended.how) == (Outcome.FALLS, How.WITHDRAWN)
        assert open_ids(world, owner, licence) == []
        assert life_of(world, owner, licence).steps[-1].step.kind is Kind.CONTEST_ENDED
    assert "contest:ended:recorded" in world.actions(found.id)
    assert words_of(owner.get("/contests").text).count("falls") >= 2
