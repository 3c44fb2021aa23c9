"""Invention disclosures through HTTP: writing, submitting, confirming by link, review, and who sees what."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator

import pytest
from flask import Flask
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.audit.models import AuditRow
from ipx.factory import create_app
from ipx.inventions.models import InventionRow, StepRow, SubmissionRow
from ipx.notices.models import MailRow, NoticeRow
from ipx.web.limits import limiter
from ipx.wiring import Exchange
from tests.invention_pages import (
    SECRET,
    answer_link,
    begin,
    invention_id,
    inventors,
    judge,
    link_to,
    mails_to,
    submitted,
    write,
)
from tests.pages import words_of
from tests.web_client import Person


@pytest.fixture(scope="module")
def app(exchange: Exchange) -> Flask:
    return create_app(exchange)


@pytest.fixture(autouse=True)
def unlimited() -> Iterator[None]:
    before, limiter.enabled = limiter.enabled, False
    yield
    limiter.enabled = before


@pytest.fixture
def ada(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app, roles=(Role.RESEARCHER,))


@pytest.fixture
def luis(exchange: Exchange, app: Flask, ada: Person) -> Person:
    return Person(exchange, app, roles=(Role.LICENSING_MANAGER,), of=ada.actor)


@pytest.fixture
def stranger(exchange: Exchange, app: Flask) -> Person:
    return Person(exchange, app)


# ── writing ──────────────────────────────────────────────────────────────────────────────────────


def test_section_when_something_is_wrong_then_is_saved_and_named_and_cannot_be_submitted(ada: Person) -> None:
    place = begin(ada)
    answer = write(ada, place, "publications", **{"entries-0-what": "My talk in Bergen", "entries-0-on": "31 March"})
    assert answer.status_code == 422
    assert "Write the day as year-month-day" in answer.text
    again = ada.get(f"{place}/write/publications").text
    assert "My talk in Bergen" in again
    assert 'value="31 March"' in again
    assert ada.post(f"{place}/submit", page=place).status_code == 422


def test_section_when_saved_by_itself_then_is_kept_without_leaving_the_page(ada: Person) -> None:
    place = begin(ada)
    page = f"{place}/write/invention"
    answer = ada.client.post(
        page,
        data={"csrf_token": ada.token(page), "title": "Half a tit", "conceived_on": "never"},
        headers={"X-Autosave": "1"},
    )
    assert (answer.status_code, answer.json) == (200, {"problems": 1})
    assert 'value="Half a tit"' in ada.get(page).text
    assert 'value="never"' in ada.get(page).text


def test_draft_when_little_is_known_then_not_known_yet_stays_visible(ada: Person) -> None:
    page = words_of(ada.get(submitted(ada)).text)
    assert page.count("Not known yet") > 8
    assert "There may be earlier days, since this is not known yet" in page


def test_draft_when_an_entry_is_added_then_there_is_room_for_one_more(ada: Person) -> None:
    place = begin(ada)
    answer = ada.post(f"{place}/write/funding", then="add", **{"entries-0-funder": "NSF", "answer": "listed"})
    assert answer.status_code == 302
    page = ada.get(answer.location.partition("#")[0]).text
    assert 'value="NSF"' in page
    assert 'name="entries-1-funder"' in page


def test_draft_when_discarded_then_nothing_of_it_is_left(ada: Person, exchange: Exchange) -> None:
    place = begin(ada)
    assert ada.post(f"{place}/discard", page=place).status_code == 302
    with exchange.database.read() as session:
        assert session.get(InventionRow, invention_id(place)) is None
    place = submitted(ada)
    assert ada.post(f"{place}/discard", page=place).status_code == 409


# ── who sees what ────────────────────────────────────────────────────────────────────────────────


def test_disclosure_when_a_draft_then_its_writer_alone_sees_it(ada: Person, luis: Person, stranger: Person) -> None:
    place = begin(ada)
    assert ada.get(place).status_code == 200
    for other in (luis, stranger):
        assert other.get(place).status_code == 404
        assert SECRET not in other.get("/inventions").text


def test_disclosure_when_submitted_then_officers_and_named_inventors_read_it_and_nobody_else(
    exchange: Exchange, app: Flask, ada: Person, luis: Person, stranger: Person
) -> None:
    named = Person(exchange, app, roles=(Role.RESEARCHER,), of=ada.actor)
    colleague = Person(exchange, app, roles=(Role.RESEARCHER,), of=ada.actor)
    place = submitted(ada, {"name": "Carl Berg", "email": named.email})
    for reader in (ada, luis, named):
        assert reader.get(place).status_code == 200
        assert SECRET in reader.get("/inventions").text
    for other in (colleague, stranger):
        assert SECRET not in other.get("/inventions").text
        for path in ("", "/records/1.json", "/records/1.inventors.json", "/records/1.evidence.json"):
            assert other.get(place + path).status_code == 404


def test_disclosure_when_written_then_stands_nowhere_in_clear(ada: Person, luis: Person, exchange: Exchange) -> None:
    place = submitted(ada, {"name": "Zoe Quillfeather", "email": "zoe.quillfeather@example.org"})
    judge(luis, place, "asked", f"Is it really {SECRET}?")
    with exchange.database.read() as session:
        notices = list(session.scalars(select(NoticeRow.subject + NoticeRow.body)))
        audit = [json.dumps(details) for details in session.scalars(select(AuditRow.details))]
        mails = list(session.scalars(select(MailRow.subject + MailRow.body)))
        sealed = [
            *session.scalars(select(InventionRow.sealed_draft)),
            *session.scalars(select(SubmissionRow.sealed_record)),
            *session.scalars(select(StepRow.sealed_words).where(StepRow.sealed_words.is_not(None))),
        ]
    assert sealed
    assert not [text for text in (*notices, *audit, *mails) if SECRET in text]
    assert not [text for text in (*notices, *audit) if "Quillfeather" in text]
    assert not [value for value in sealed if SECRET.encode() in value or b"Quillfeather" in value]


# ── the record ───────────────────────────────────────────────────────────────────────────────────


def test_record_when_submitted_again_then_names_the_one_before_and_its_inventors_by_commitment(
    ada: Person, luis: Person
) -> None:
    place = submitted(ada, {"name": "Ada Lindqvist", "email": ada.email}, {"name": "Eva Horn"})
    first = ada.get(f"{place}/records/1.json").data
    assert judge(luis, place, "returned", "Who is the second inventor?").status_code == 302
    assert write(ada, place, "related", answer="none").status_code == 302
    assert ada.post(f"{place}/submit", page=place).status_code == 302
    second = json.loads(ada.get(f"{place}/records/2.json").data)
    assert second["previous"] == hashlib.sha256(first).hexdigest()
    assert second["sections"]["related"] == {"answer": "none", "entries": []}
    openings = ada.get(f"{place}/records/2.inventors.json").json
    assert [one["name"] for one in openings] == ["Ada Lindqvist", "Eva Horn"]
    spelt = [json.dumps(one, sort_keys=True, separators=(",", ":"), ensure_ascii=False) for one in openings]
    assert [hashlib.sha256(text.encode()).hexdigest() for text in spelt] == second["inventors"]


# ── inventors ────────────────────────────────────────────────────────────────────────────────────


def test_inventor_when_confirming_by_link_then_needs_no_account_and_the_link_is_used_up(
    ada: Person, app: Flask, exchange: Exchange
) -> None:
    place = submitted(ada, {"name": "Eva Horn", "email": "eva.one@example.org", "employer": "NTNU"})
    link = link_to(exchange, "eva.one@example.org")
    page = words_of(app.test_client().get(link).text)
    assert "NTNU" in page
    assert SECRET in page
    assert answer_link(app, link, answer="yes").status_code == 200
    shown = words_of(ada.get(place).text)
    assert "Eva Horn Confirmed" in shown
    assert app.test_client().get(link).status_code == 404


def test_inventor_when_disputing_then_must_say_why_and_both_sides_read_it(
    ada: Person, luis: Person, app: Flask, exchange: Exchange
) -> None:
    place = submitted(ada, {"name": "Eva Horn", "email": "eva.two@example.org"})
    link = link_to(exchange, "eva.two@example.org")
    assert answer_link(app, link, answer="no").status_code == 422
    assert answer_link(app, link, answer="no", words="Bo Ek is missing.").status_code == 200
    for reader in (ada, luis):
        assert "Bo Ek is missing." in words_of(reader.get(place).text)
    assert "Inventorship disputed" in words_of(ada.get(place).text)
    assert judge(luis, place, "accepted").status_code == 422
    assert judge(luis, place, "accepted", "Bo Ek only measured.").status_code == 302


def test_inventor_when_submitted_anew_then_old_links_end_and_the_same_words_stay_confirmed(
    ada: Person, luis: Person, app: Flask, exchange: Exchange
) -> None:
    eva, bo = {"name": "Eva Horn", "email": "eva.3@example.org"}, {"name": "Bo Ek", "email": "bo.3@example.org"}
    place = submitted(ada, eva, bo)
    old = link_to(exchange, "bo.3@example.org")
    assert answer_link(app, link_to(exchange, "eva.3@example.org"), answer="yes").status_code == 200
    judge(luis, place, "returned", "Name the employers.")
    fields = inventors(eva, {**bo, "employer": "NTNU"})
    assert write(ada, place, "inventors", **fields).status_code == 302
    assert ada.post(f"{place}/submit", page=place).status_code == 302
    assert app.test_client().get(old).status_code == 404
    assert "Eva Horn Confirmed" in words_of(ada.get(place).text)
    assert len(mails_to(exchange, "eva.3@example.org")) == 1
    assert answer_link(app, link_to(exchange, "bo.3@example.org"), answer="yes").status_code == 200


def test_link_when_invented_then_opens_nothing(app: Flask) -> None:
    assert app.test_client().get(f"/inventions/inventor/{'0' * 64}").status_code == 404


# ── review ───────────────────────────────────────────────────────────────────────────────────────


def test_review_when_questions_are_asked_then_the_answer_brings_it_back(ada: Person, luis: Person) -> None:
    place = submitted(ada)
    assert judge(luis, place, "asked").status_code == 422
    assert judge(luis, place, "asked", "Which glaze?").status_code == 302
    page = words_of(ada.get(place).text)
    assert "Questions open" in page
    assert "Which glaze?" in page
    assert ada.post(f"{place}/answer", page=place, words="The grey one.").status_code == 302
    assert "The grey one." in words_of(luis.get(place).text)
    assert "Received" in words_of(luis.get(place).text)


def test_review_when_it_is_ones_own_invention_then_somebody_else_has_to_judge(exchange: Exchange, app: Flask) -> None:
    owner = Person(exchange, app)
    place = submitted(owner)
    assert "Somebody else has to judge this" in owner.get(place).text
    assert judge(owner, place, "accepted").status_code == 403


def test_review_when_done_by_a_researcher_then_is_refused(exchange: Exchange, app: Flask, ada: Person) -> None:
    named = Person(exchange, app, roles=(Role.RESEARCHER,), of=ada.actor)
    place = submitted(ada, {"name": "Carl Berg", "email": named.email})
    assert judge(named, place, "accepted").status_code == 403


def test_review_when_declined_then_reasons_are_needed_and_nothing_can_follow(ada: Person, luis: Person) -> None:
    place = submitted(ada)
    assert judge(luis, place, "declined").status_code == 422
    assert judge(luis, place, "declined", "Known since 1987.").status_code == 302
    assert judge(luis, place, "accepted").status_code == 409
    assert ada.get(f"{place}/write/invention").status_code == 409
    assert "Known since 1987." in words_of(ada.get(place).text)


def test_technology_when_begun_from_an_accepted_disclosure_then_copies_nothing_confidential(
    ada: Person, luis: Person
) -> None:
    place = submitted(ada)
    begun = {"title": "A glaze", "problem": "Glazes crack."}
    assert luis.post(f"{place}/technology", **begun).status_code == 409
    assert judge(luis, place, "accepted").status_code == 302
    answer = luis.post(f"{place}/technology", **begun)
    assert answer.status_code == 302
    page = luis.get(answer.location).text
    assert "A glaze" in page
    assert SECRET not in page.replace(f"{place}", "")
    assert answer.location in ada.get(place).text
    assert luis.post(f"{place}/technology", **begun).status_code == 409


def test_every_step_when_taken_then_leaves_an_audit_line_without_words(
    ada: Person, luis: Person, exchange: Exchange
) -> None:
    place = submitted(ada, {"name": "Ada Lindqvist", "email": ada.email})
    judge(luis, place, "asked", "Why?")
    ada.post(f"{place}/answer", page=place, words="Because.")
    judge(luis, place, "accepted")
    query = select(AuditRow.action).where(AuditRow.subject_id == invention_id(place)).order_by(AuditRow.sequence)
    with exchange.database.read() as session:
        actions = [action for action in session.scalars(query) if action.startswith("invention")]
    assert actions == [
        "invention:draft:begun",
        "invention:draft:saved",
        "invention:record:submitted",
        "invention:inventor:confirmed",
        "invention:review:asked",
        "invention:review:answered",
        "invention:review:accepted",
    ]
