"""Entries and their evaluation: late, withdrawn, stamped, blind; one step at a time."""

from __future__ import annotations

import threading
from datetime import timedelta
from hashlib import sha256

import pytest
from sqlalchemy import func, select, text, update

from ipx.accounts.rules import Role
from ipx.catalogue.service import CatalogueService
from ipx.challenges.models import AcceptanceRow, ChallengeRow, EntryRow
from ipx.challenges.rules import EntryState, State
from ipx.challenges.terms import AwardKind
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound
from ipx.db.base import Base
from ipx.deals.models import OfferRow
from ipx.evidence.verification import verify_bundle
from ipx.notices.models import NoticeRow
from tests.challenge_world import SECRET, TEXT, ChallengeWorld
from tests.pages import token_of, words_of


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


# ── entering ─────────────────────────────────────────────────────────────────────────────────────


def test_terms_come_first_and_are_the_ones_that_were_read(run, world, entrant):
    technology_id = world.listing(entrant).technology_id
    given = {"actor": entrant.actor, "challenge_id": run.challenge_id}
    with pytest.raises(Conflict, match="accepts the entry terms first"):
        run.write(run.service.entries.begin, **given, technology_id=technology_id)
    with pytest.raises(Conflict, match="Read them again"):
        run.write(run.service.entries.accept_terms, **given, seen="0" * 64)
    run.accept(entrant)
    run.accept(entrant)
    assert world.count(AcceptanceRow, AcceptanceRow.organisation_id == entrant.organisation_id) == 1


def test_the_organiser_does_not_enter_and_a_technology_enters_once(run, world, city, entrant):
    with pytest.raises(Conflict, match="own organisation"):
        run.accept(city)
    technology_id = world.listing(entrant).technology_id
    run.begun(entrant, technology_id)
    with pytest.raises(Conflict, match="entered this technology already"):
        run.begun(entrant, technology_id)
    with pytest.raises(Conflict, match="only a listed technology"):
        run.begun(entrant, world.technology(entrant, document=False))


def test_late_is_refused_with_the_minute_whether_a_chore_has_looked_or_not(run, world, entrant):
    entry_id = run.begun(entrant, world.listing(entrant).technology_id)
    run.write(run.service.entries.save, actor=entrant.actor, entry_id=entry_id, title="A title", text=TEXT)
    late = world.clock.now() - timedelta(minutes=7, seconds=5)
    run.set_deadline(late)
    for state in (State.OPEN, State.CLOSED):
        assert world.row(ChallengeRow, run.challenge_id).state == state
        page = f"/challenges/entries/{entry_id}"
        answer = entrant.post(page, {"title": "A title", "text": TEXT, "then": "submit"}, page="/challenges")
        assert answer.status_code == 409
        assert "7 minutes later" in words_of(answer.text)
        run.service.close_due()
    assert world.row(EntryRow, entry_id).state == EntryState.DRAFT


def test_what_was_typed_is_kept_although_it_cannot_be_submitted(run, world, entrant):
    page = f"/challenges/entries/{run.begun(entrant, world.listing(entrant).technology_id)}"
    named = f"We of {entrant.actor.organisation_name} have tried this through two winters."
    answer = entrant.post(page, {"title": "A title", "text": named, "then": "submit"}, page=page)
    assert answer.status_code == 422
    assert "Entries are read blind" in words_of(answer.text)
    assert named in entrant.get(page).text


def test_withdrawn_until_the_deadline_and_submitted_again_is_a_new_stamp(run, world, entrant):
    entry_id = run.entered(entrant)
    first = world.row(EntryRow, entry_id).stamp_id
    with pytest.raises(Conflict, match="Withdraw it to write on"):
        run.write(run.service.entries.save, actor=entrant.actor, entry_id=entry_id, title="Other", text=TEXT)
    run.write(run.service.entries.withdraw, actor=entrant.actor, entry_id=entry_id)
    run.write(run.service.entries.save, actor=entrant.actor, entry_id=entry_id, title="Better", text=TEXT)
    run.write(run.service.entries.submit, actor=entrant.actor, entry_id=entry_id)
    second = world.row(EntryRow, entry_id).stamp_id
    assert second not in (None, first)
    run.pass_deadline()
    with pytest.raises(Conflict, match="nothing can be submitted or withdrawn"):
        run.write(run.service.entries.withdraw, actor=entrant.actor, entry_id=entry_id)


def test_the_record_is_stamped_and_its_evidence_holds(run, world, entrant):
    page = f"/challenges/entries/{run.entered(entrant)}"
    assert "still pending" in words_of(entrant.get(f"{page}/bundle").text)
    world.exchange.batcher.release()
    world.until(lambda: world.exchange.batcher.advance() or None)
    world.settle()
    record = entrant.get(f"{page}/record.json").data
    assert SECRET.encode() in record
    bundle = entrant.get(f"{page}/bundle").data
    for content, holds in ((record, True), (record + b" ", False)):
        steps = {step.name: step.ok for step in verify_bundle(bundle, file_sha256=sha256(content).digest()).steps}
        assert steps["file"] is holds
        assert steps["commitment"] is steps["path"] is True


def test_what_entrants_write_is_in_no_row_in_clear(run, world, entrant, judge):
    entry_id = run.entered(entrant)
    run.joined(judge)
    run.evaluating()
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 5, 5, remark=f"I doubt the {SECRET}.")

    def rows(session):
        tables = [
            name for name in Base.metadata.tables if name.startswith(("challenges_", "audit_", "notices_", "evidence_"))
        ]
        return str([session.execute(text(f"SELECT * FROM {table}")).all() for table in tables])

    assert SECRET not in world.read(rows)


# ── the deadline ─────────────────────────────────────────────────────────────────────────────────


def test_a_call_closes_once_however_many_look(run, world, city, entrant):
    run.entered(entrant)
    past = world.clock.now() - timedelta(days=40)  # the exchange was down for weeks
    run.set_deadline(past)
    threads = [threading.Thread(target=run.service.close_due) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert world.row(ChallengeRow, run.challenge_id).state == State.CLOSED
    assert world.actions(run.challenge_id).count("challenge:call:closed") == 1
    told = select(func.count()).where(
        NoticeRow.organisation_id == city.organisation_id,
        NoticeRow.subject.startswith("Challenge closed"),
        NoticeRow.link == f"/challenges/{run.challenge_id}/organise",
    )
    assert world.read(lambda s: s.scalar(told)) == 1


def test_nothing_is_looked_into_before_the_deadline(run, entrant, judge, city):
    run.entered(entrant)
    run.joined(judge)
    with pytest.raises(Conflict, match="open for entries"):
        run.write(run.service.evaluation.begin, actor=city.actor, challenge_id=run.challenge_id)


def test_an_evaluation_needs_entries_and_a_panel(run, city, entrant):
    given = {"actor": city.actor, "challenge_id": run.challenge_id}
    run.entered(entrant)
    run.pass_deadline()
    with pytest.raises(Conflict, match="Nobody is on the panel"):
        run.write(run.service.evaluation.begin, **given)


# ── the panel ────────────────────────────────────────────────────────────────────────────────────


def test_ties_and_the_own_organisation_close_an_entry_without_a_look(world, run, entrant, judge):
    other = world.organisation("Tied")
    mine, tied = run.entered(entrant), run.entered(other)
    colleague = world.colleague(entrant, Role.RESEARCHER)
    run.joined(judge)
    run.joined(colleague)
    run.evaluating()
    evaluation = run.service.evaluation
    name = f"  {other.actor.organisation_name.upper()} "
    run.write(evaluation.declare_ties, actor=judge.actor, challenge_id=run.challenge_id, names=[name])
    run.write(evaluation.declare_ties, actor=colleague.actor, challenge_id=run.challenge_id, names=[])
    for person, closed in ((judge, tied), (colleague, mine)):
        assigned = run.read(evaluation.assignments, actor=person.actor, challenge_id=run.challenge_id)
        found = {one.id: one.in_conflict for one in assigned}
        assert found[closed] is True
        assert sum(1 for state in found.values() if state is None) == 1
        with pytest.raises(Forbidden, match="conflict of interest"):
            run.write(evaluation.blind_entry, actor=person.actor, entry_id=closed)
        with pytest.raises(Forbidden):
            run.score(person, closed, 1, 1)
        with pytest.raises(Conflict, match="stays declared"):
            run.write(evaluation.declare, actor=person.actor, entry_id=closed, in_conflict=False)


def test_a_conflict_found_later_sets_the_score_aside(run, world, entrant, judge):
    entry_id = run.entered(entrant)
    second = run.joined(world.organisation("Second"))
    run.joined(judge)
    run.evaluating()
    for person, score in ((judge, 10), (second, 2)):
        run.declare(person, entry_id)
        run.score(person, entry_id, score, score)
    run.write(run.service.evaluation.declare, actor=judge.actor, entry_id=entry_id, in_conflict=True)
    (judged,) = run.read(run.service.awards.desk, actor=run.city.actor, challenge_id=run.challenge_id).entries
    assert (judged.votes, judged.mean) == (1, 2)


def test_scores_are_hidden_until_all_are_in_and_then_stand(run, world, city, entrant, judge):
    entry_id = run.entered(entrant)
    second = run.joined(world.organisation("Second"))
    run.joined(judge)
    run.evaluating()
    given = {"actor": city.actor, "challenge_id": run.challenge_id}
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 4, 4)
    run.score(judge, entry_id, 6, 6, remark="Thought again.")
    desk = run.read(run.service.awards.desk, **given)
    assert not desk.all_in
    (judged,) = desk.entries
    assert (judged.mean, judged.votes, list(judged.remarks), judged.organisation_name) == (None, 0, [], None)
    with pytest.raises(Conflict, match="Scores are missing"):
        run.shortlist(entry_id)
    run.declare(second, entry_id)
    blind = run.read(run.service.evaluation.blind_entry, actor=second.actor, entry_id=entry_id)
    assert (blind.scores, blind.remark) == (None, "")
    run.score(second, entry_id, 8, 8)
    desk = run.read(run.service.awards.desk, **given)
    assert desk.all_in
    assert [(one.mean, list(one.remarks)) for one in desk.entries] == [(7, ["Thought again."])]
    with pytest.raises(Conflict, match="they stand"):
        run.score(judge, entry_id, 10, 10)


def test_an_evaluator_who_does_not_answer_can_be_removed(run, world, entrant, judge):
    entry_id = run.entered(entrant)
    silent = run.joined(world.organisation("Silent"))
    run.joined(judge)
    run.evaluating()
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 4, 4)
    given = {"actor": run.city.actor, "challenge_id": run.challenge_id}
    run.write(run.service.panel.remove, **given, evaluator_id=run.evaluator_row(silent).id)
    run.shortlist(entry_id)
    with pytest.raises(NotFound):
        run.read(run.service.evaluation.blind_entry, actor=silent.actor, entry_id=entry_id)


def test_an_invitation_works_once_and_not_for_a_writer_of_an_entry(run, world, entrant, judge):
    run.entered(entrant)
    given = {"actor": run.city.actor, "challenge_id": run.challenge_id}
    run.write(run.service.panel.invite, **given, email=judge.email)
    link = world.link_to(judge.email, "challenges/invitations")
    assert "cannot evaluate it" in words_of(entrant.get(entrant.post(link, page=link).headers["Location"]).text)
    assert judge.post(link, page=link).status_code == 302
    again = judge.get(link)
    assert again.status_code == 404
    assert "This link has ended This link has been used already" in words_of(again.text)
    assert "form" not in words_of(again.text)
    with pytest.raises(Conflict, match="on the panel already"):
        run.write(run.service.panel.invite, **given, email=judge.email.upper())


# ── the decision ─────────────────────────────────────────────────────────────────────────────────


def decided(run, world, judge, *entrants) -> list[str]:
    entries = [run.entered(person) for person in entrants]
    run.joined(judge)
    run.evaluating()
    for entry_id in entries:
        run.declare(judge, entry_id)
        run.score(judge, entry_id, 5, 5)
    run.shortlist(entries[0])
    return entries


def test_every_entrant_gets_a_reason_and_only_the_shortlist_can_win(run, world, entrant, judge):
    first, second = decided(run, world, judge, entrant, world.organisation("Other"))
    with pytest.raises(Invalid, match="every entry"):
        run.award(first)
    with pytest.raises(Invalid, match="on the shortlist"):
        run.award(first, second)
    with pytest.raises(Invalid, match="one entry at least"):
        run.award(others=(first, second))
    run.award(first, others=(second,))
    assert world.row(EntryRow, first).offer_id
    assert world.row(EntryRow, second).offer_id is None
    with pytest.raises(Conflict, match="has been decided"):
        run.award(first, others=(second,))


def test_an_award_that_cannot_open_its_deal_decides_nothing(run, world, entrant, judge):
    (entry_id,) = decided(run, world, judge, entrant)
    catalogue = world.service(CatalogueService)
    technology_id = world.row(EntryRow, entry_id).technology_id
    listing = world.read(lambda s: catalogue.find_by_technology(s, technology_id=technology_id))
    world.write(lambda s: catalogue.withdraw(s, actor=entrant.actor, listing_id=listing.id))
    with pytest.raises((Conflict, NotFound), match="withdrawn"):
        run.award(entry_id)
    assert world.row(ChallengeRow, run.challenge_id).state == State.SHORTLISTED
    assert world.count(OfferRow, OfferRow.technology_id == technology_id) == 0


def test_an_option_opens_its_deal_when_it_is_called_within_its_days(world, city, entrant, judge):
    run = ChallengeWorld(world, city).opened(award=AwardKind.OPTION, option_days=30)
    (entry_id,) = decided(run, world, judge, entrant)
    run.award(entry_id)
    row = world.row(EntryRow, entry_id)
    assert row.offer_id is None
    assert row.option_ends_at == world.row(ChallengeRow, run.challenge_id).decided_at + timedelta(days=30)
    offers = {run.write(run.service.awards.call_for_licence, actor=city.actor, entry_id=entry_id) for _ in range(2)}
    assert offers == {world.row(EntryRow, entry_id).offer_id}


def test_an_option_that_has_ended_opens_nothing(world, city, entrant, judge):
    run = ChallengeWorld(world, city).opened(award=AwardKind.OPTION, option_days=30)
    (entry_id,) = decided(run, world, judge, entrant)
    run.award(entry_id)
    past = world.clock.now() - timedelta(seconds=1)
    world.write(lambda s: s.execute(update(EntryRow).values(option_ends_at=past).where(EntryRow.id == entry_id)))
    with pytest.raises(Conflict, match="has ended"):
        run.write(run.service.awards.call_for_licence, actor=city.actor, entry_id=entry_id)


def test_a_cancellation_has_a_reason_that_entrants_read(run, world, city, entrant):
    entry_id = run.entered(entrant)
    given = {"actor": city.actor, "challenge_id": run.challenge_id}
    with pytest.raises(Invalid):
        run.write(run.service.calls.cancel, **given, reason="no")
    run.write(run.service.calls.cancel, **given, reason="The council did not vote the money.")
    assert "did not vote the money" in words_of(entrant.get(f"/challenges/entries/{entry_id}").text)
    assert "Challenge cancelled" in words_of(entrant.get("/notices").text)
    with pytest.raises(Conflict):
        run.write(run.service.calls.open, **given)


def test_the_history_of_a_technology_tells_of_its_entries_and_of_no_evaluator(run, world, entrant, judge):
    technology_id = str(world.listing(entrant).technology_id)
    entry_id = run.entered(entrant, technology_id)
    run.joined(judge)
    run.evaluating()
    run.declare(judge, entry_id)
    run.score(judge, entry_id, 5, 5)
    history = words_of(entrant.get(f"/history/technologies/{technology_id}").text)
    assert "Entry to a challenge submitted" in history
    assert judge.actor.name not in history
    assert judge.actor.organisation_name not in history


def test_typing_leaves_no_audit_lines_and_saving_does(run, world, entrant):
    entry_id = run.begun(entrant, str(world.listing(entrant).technology_id))
    page = f"/challenges/entries/{entry_id}"
    typed = {"csrf_token": token_of(entrant.get(page).text), "title": "A", "text": "B"}
    assert entrant.client.post(page, data=typed, headers={"X-Autosave": "1"}).status_code == 200
    assert "entry:draft:saved" not in world.actions(entry_id)
    assert entrant.client.post(page, data=typed).status_code == 302
    assert "entry:draft:saved" in world.actions(entry_id)
