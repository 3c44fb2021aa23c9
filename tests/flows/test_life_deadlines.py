"""Deadlines: what the terms say follows by itself, signed by the account that both sides named, once and in time."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from ipx.core.typed_data import ZERO_ADDRESS
from ipx.history.rebuild.codes import Status
from ipx.licences.rules import Exclusivity, State
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.conduct import Diligence, Efforts, MissedDiligence
from ipx.licences.terms_v2.ending import Termination
from ipx.licences.terms_v2.grant import Renewal
from ipx.life.models import StepRow
from ipx.life.rules import Chain, Kind, Standing
from ipx.life.service import LifeService
from tests.licence_terms import terms
from tests.life_steps import days, later, licensed, life_of, open_ids, press, run_timers
from tests.pages import words_of

WITH_DEADLINES = replace(
    terms(exclusivity=Exclusivity.EXCLUSIVE),
    diligence=Diligence(efforts=Efforts.BEST, failure=MissedDiligence.CONVERT, cure_days=45),
    termination=Termination(breach_cure_days=30, convenience_notice_days=60, sell_off_days=20),
)


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture
def licence(world, owner, taker):
    return licensed(world, owner, taker, terms=WITH_DEADLINES)


def now(world, licence):
    return world.read(lambda s: world.service(LicenceService).known(s, licence_id=licence.id))


def status(world, licence) -> Status:
    gateway = world.exchange.outside.chain
    return Status(int(gateway.call("LicenceRegistry", "statusOf", [int(licence.token, 16)])))


def notice(world, owner, licence, ground="breach"):
    """Give notice, and return its deadline."""
    assert press(owner, licence, "notice", ground=ground, words="It was not done.").status_code == 303
    return life_of(world, owner, licence).life.notices[-1].due


def test_both_sign_the_account_for_deadlines_and_the_agreement_says_so(world, owner, taker, licence):
    assert licence.authority != ZERO_ADDRESS
    registry = world.exchange.outside.chain
    assert registry.call("LicenceRegistry", "authorityOf", [int(licence.token, 16)]) == licence.authority
    page = words_of(taker.get(f"/deals/agreements/{licence.agreement_id}").text)
    assert licence.authority in page
    plain = licensed(world, owner, taker)
    assert plain.authority == ZERO_ADDRESS
    assert "account for deadlines" not in taker.get(f"/deals/agreements/{plain.agreement_id}").text


def test_a_breach_not_made_good_ends_the_licence_by_the_authority(world, owner, taker, licence):
    due = notice(world, owner, licence)
    assert run_timers(world, due - days(0.001)) == 0
    assert run_timers(world, due) == 1
    assert (now(world, licence).state, status(world, licence)) == (State.TERMINATED, Status.TERMINATED)
    events = world.read(
        lambda s: world.service(LifeService)._chain.events_of(
            s, contract="LicenceRegistry", event="Terminated", subject=int(licence.token, 16)
        )
    )
    assert [event.arguments["by"] for event in events] == [licence.authority]
    view = life_of(world, taker, licence)
    assert [one.step.kind for one in view.steps] == [Kind.BEGAN, Kind.NOTICE, Kind.TERMINATED]
    assert run_timers(world, due + days(22)) == 1  # stocks are sold off: now the documents close
    assert life_of(world, taker, licence).steps[-1].step.kind is Kind.ACCESS_CLOSED
    assert any("Licence terminated" in mail.subject for mail in world.mails_to(taker.email))
    assert any("Licence terminated" in mail.subject for mail in world.mails_to(owner.email))


def test_missed_diligence_takes_exclusivity_and_frees_the_cell(world, owner, taker, licence):
    due = notice(world, owner, licence, ground="diligence")
    other = terms(exclusivity=Exclusivity.NON_EXCLUSIVE)
    book = world.service(LicenceService).book

    def conflict() -> str:
        return str(world.read(lambda s: book.compare(s, technology_id=licence.technology_id, terms=other)).conflict)

    assert conflict() == "yes"
    run_timers(world, due)
    assert (now(world, licence).is_converted, status(world, licence)) == (True, Status.CONVERTED)
    assert conflict() == "no"
    assert "It is non-exclusive by now" in words_of(owner.get(f"/licences/{licence.id}/life").text)


def test_an_act_that_comes_late_finds_what_had_come_due_before_it(world, owner, taker, licence):
    due = notice(world, owner, licence)
    (found,) = open_ids(world, owner, licence)
    with later(world, due + days(1)):
        press(taker, licence, "contested", answers=found, words="Too late.")
        assert life_of(world, taker, licence).life.standing is Standing.IN_FORCE  # refused, so nothing was written
    run_timers(world, due + days(1))
    assert life_of(world, taker, licence).life.standing is Standing.TERMINATED


def test_two_processes_look_at_once_and_each_thing_happens_once(world, owner, taker, licence):
    due = notice(world, owner, licence)
    service, barrier = world.service(LifeService), threading.Barrier(4)

    def look() -> None:
        barrier.wait()
        world.write(lambda s: service.catch_up(s, licence_id=licence.id))

    with later(world, due + days(30)):
        threads = [threading.Thread(target=look) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    world.settle()
    kinds = [one.step.kind for one in life_of(world, owner, licence).steps]
    assert kinds == [Kind.BEGAN, Kind.NOTICE, Kind.TERMINATED, Kind.ACCESS_CLOSED]
    assert status(world, licence) is Status.TERMINATED
    assert world.count(StepRow, StepRow.licence_id == licence.id, StepRow.chain == Chain.FINAL) == 1


def test_a_term_that_renews_itself_goes_on_until_somebody_says_no(world, owner, taker):
    stated = terms(months=12)
    stated = replace(stated, term=replace(stated.term, renewal=Renewal(auto=True, period_months=12, notice_days=30)))
    licence = licensed(world, owner, taker, terms=stated)
    end = now(world, licence).term_ends_at
    run_timers(world, end + days(1))
    second = now(world, licence).term_ends_at
    assert (second - end).days in (365, 366)
    with later(world, second - days(31)):
        assert press(taker, licence, "not-renewed").status_code == 303
    run_timers(world, second + days(1))
    assert life_of(world, owner, licence).life.standing is Standing.EXPIRED
    assert now(world, licence).state is State.EXPIRED
