"""The life of a licence on its page, in the rows, in the mail and on the chain."""

from __future__ import annotations

import pytest

from ipx.accounts.rules import Role
from ipx.history.rebuild.codes import Status
from ipx.licences.rules import Exclusivity, State
from ipx.licences.service import LicenceService
from ipx.life.rules import Chain, Kind, Standing
from ipx.vault.service import VaultService
from tests.deal_steps import grow_stale
from tests.licence_terms import terms
from tests.life_steps import days, licensed, life_of, open_ids, press, run_timers
from tests.pages import words_of


@pytest.fixture(scope="module")
def taker(world):
    return world.organisation("Company")


@pytest.fixture
def licence(world, owner, taker):
    return licensed(world, owner, taker, exclusivity=Exclusivity.EXCLUSIVE)


def now(world, licence):
    return world.read(lambda s: world.service(LicenceService).known(s, licence_id=licence.id))


def status(world, licence) -> Status:
    """What the contract itself says."""
    gateway = world.exchange.outside.chain
    return Status(int(gateway.call("LicenceRegistry", "statusOf", [int(licence.token, 16)])))


def reads(world, taker, licence) -> bool:
    vault = world.service(VaultService)
    found = world.read(
        lambda s: [
            document.id
            for document in vault.documents_of(s, subject_kind="technology", subject_id=licence.technology_id)
            if vault.may_read(s, actor=taker.actor, document_id=document.id)
        ]
    )
    return bool(found)


def agree(world, proposer, accepter, licence, proposal: str, kind: Kind, **more) -> None:
    assert press(proposer, licence, "proposed", proposal=proposal, **more).status_code == 303
    (found,) = open_ids(world, proposer, licence)
    assert press(accepter, licence, str(kind), answers=found).status_code == 303
    world.settle()


def test_both_suspend_and_resume_it_and_end_it_on_the_chain_too(world, owner, taker, licence):
    assert reads(world, taker, licence)
    agree(world, owner, taker, licence, "suspend", Kind.SUSPENDED)
    assert (now(world, licence).state, status(world, licence)) == (State.SUSPENDED, Status.SUSPENDED)
    assert not reads(world, taker, licence)
    agree(world, taker, owner, licence, "resume", Kind.RESUMED)
    assert (now(world, licence).state, status(world, licence)) == (State.ACTIVE, Status.ACTIVE)
    assert reads(world, taker, licence)
    agree(world, owner, taker, licence, "terminate", Kind.TERMINATED)
    assert (now(world, licence).state, status(world, licence)) == (State.TERMINATED, Status.TERMINATED)
    assert not reads(world, taker, licence)
    steps = life_of(world, owner, licence).steps
    assert [one.chain for one in steps if one.chain] == [Chain.FINAL] * 3
    assert {"licence:life:suspended", "licence:life:sent", "licence:state:changed"} <= set(world.actions(licence.id))


def test_the_term_ends_by_itself_and_the_documents_close(world, owner, taker, licence):
    end = now(world, licence).ends_at
    run_timers(world, end - days(1))
    assert life_of(world, taker, licence).life.standing is Standing.IN_FORCE
    run_timers(world, end + days(30))
    view = life_of(world, taker, licence)
    assert view.life.standing is Standing.EXPIRED
    assert [one.step.at for one in view.steps if one.step.kind is Kind.EXPIRED] == [end]
    assert run_timers(world, end + days(60)) == 0
    assert not reads(world, taker, licence)
    assert "Licence expired" in words_of(taker.get("/notices").text)
    assert any("Licence expired" in mail.subject for mail in world.mails_to(taker.email))


def test_a_renewal_that_both_want_moves_the_end(world, owner, taker, licence):
    end = now(world, licence).ends_at
    assert press(owner, licence, "proposed", proposal="renew").status_code == 422
    agree(world, owner, taker, licence, "renew", Kind.RENEWED, months="12")
    assert (now(world, licence).ends_at - end).days in (365, 366)
    run_timers(world, end + days(10))
    assert life_of(world, taker, licence).life.standing is Standing.IN_FORCE
    run_timers(world, now(world, licence).ends_at)
    assert life_of(world, taker, licence).life.standing is Standing.EXPIRED


def test_a_converted_licence_frees_what_exclusivity_held(world, owner, taker):
    listing = world.listing(owner, exclusivity=Exclusivity.EXCLUSIVE)
    licence = licensed(world, owner, taker, listing=listing)
    book = world.service(LicenceService).book
    wanted = licence.terms

    def conflicts() -> str:
        return str(world.read(lambda s: book.compare(s, technology_id=licence.technology_id, terms=wanted)).conflict)

    def others() -> str:
        found = world.read(lambda s: book.compare(s, technology_id=licence.technology_id, terms=terms()))
        return str(found.conflict)

    assert (conflicts(), others()) == ("yes", "yes")
    agree(world, owner, taker, licence, "convert", Kind.CONVERTED)
    assert status(world, licence) is Status.CONVERTED
    assert (conflicts(), others()) == ("yes", "no")  # a non-exclusive one stands beside it, an exclusive one does not
    agree(world, taker, owner, licence, "terminate", Kind.TERMINATED)
    assert (conflicts(), others()) == ("no", "no")


def test_the_page_shows_notices_and_who_may_answer(world, owner, taker, licence):
    answer = press(owner, licence, "notice", ground="breach")
    assert answer.status_code == 422
    assert "Write what happened" in words_of(answer.text)
    assert press(owner, licence, "notice", ground="breach", words="No statement since May.").status_code == 303
    page = words_of(taker.get(f"/licences/{licence.id}/life").text)
    assert "Notice: Breach of the agreement" in page
    assert "No statement since May." in page
    assert "Contest it" in page
    (found,) = open_ids(world, owner, licence)
    press(taker, licence, "cured", answers=found)  # for the other side to say
    assert open_ids(world, owner, licence) == [found]
    press(taker, licence, "contested", answers=found, words="It was sent in June.")
    assert "The clock stands still" in words_of(owner.get(f"/licences/{licence.id}/life").text)
    press(owner, licence, "withdrawn", answers=found)
    assert open_ids(world, owner, licence) == []
    assert "No statement" not in str(world.actions(licence.id))


def test_strangers_see_nothing_and_only_managers_step_with_a_fresh_sign_in(world, owner, taker, licence):
    stranger = world.organisation("Stranger")
    assert stranger.get(f"/licences/{licence.id}/life").status_code == 404
    colleague = world.colleague(taker, Role.RESEARCHER)
    assert press(colleague, licence, "proposed", proposal="suspend").status_code == 403
    grow_stale(world, taker)
    answer = press(taker, licence, "proposed", proposal="suspend")
    assert "/sign-in" in answer.headers["Location"]
    assert open_ids(world, owner, licence) == []
