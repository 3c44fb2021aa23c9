"""What a person is told reaches her in the language in which she reads: mails in hers, notices in each reader's."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from ipx.accounts.models import PersonRow
from ipx.accounts.rules import Role
from ipx.notices.models import NoticeRow
from ipx.notices.service import NoticeService
from ipx.settings import TRANSLATIONS
from ipx.web.languages import CHINESE, ENGLISH
from ipx.web.translating import Translator, paragraphs, said_later
from tests.pages import Person, send, words_of
from tests.world import PASSWORD, World

CHANGED = "account:language:changed"


@pytest.fixture
def lin(world: World) -> Person:
    """Somebody who reads Chinese."""
    person = world.organisation("Academy")
    person.get("/account?lang=zh-Hans")
    return person


def kept(world: World, person: Person) -> str | None:
    return world.read(
        lambda session: session.scalar(select(PersonRow.language).where(PersonRow.id == person.actor.person_id))
    )


def test_the_switch_is_kept_with_the_person_once_and_named_in_the_audit_log(world, lin):
    assert kept(world, lin) == CHINESE
    lin.get("/account?lang=zh-Hans")
    lin.post("/notices/read")
    assert world.actions(lin.actor.person_id).count(CHANGED) == 1
    assert "发给您的邮件用简体中文书写" in lin.get("/account").text


def test_whoever_reads_english_leaves_no_trace(world):
    person = world.organisation()
    person.get("/account?lang=en")
    person.post("/notices/read")
    assert kept(world, person) is None
    assert CHANGED not in world.actions(person.actor.person_id)


def test_the_language_of_the_browser_counts_when_she_signs_in(world):
    person = world.organisation()
    client = world.app.test_client()
    client.environ_base["HTTP_ACCEPT_LANGUAGE"] = "zh-CN"
    world.sign_in(person.email, client=client)
    assert kept(world, person) == CHINESE
    person.get("/account?lang=en")
    assert kept(world, person) == ENGLISH


def test_pages_that_fail_and_programs_choose_nothing(world):
    person = world.organisation()
    assert person.get("/no-such-page?lang=zh-Hans").status_code == 404
    assert kept(world, person) is None


def test_a_mail_is_in_the_language_of_its_reader_whoever_asked_for_it(world, lin):
    english = world.organisation()
    for person in (lin, english):
        send(world.app.test_client(), "/links/reset", email=person.email)
    # Not the newest of all: the one that was asked for at signing up may leave after it.
    mail, other = (
        next(mail for mail in world.mails_to(person.email) if "/set-password/" in mail.body)
        for person in (lin, english)
    )
    assert mail.subject == "设置新密码"
    assert "您好" in mail.body
    assert other.subject == "Choose a new password"


def test_whoever_signs_up_or_is_invited_in_chinese_gets_chinese_mails(world, lin):
    client = world.app.test_client()
    address = "new-reader@example.org"
    client.get("/sign-up?lang=zh-Hans")
    data = {"email": address, "name": "Mei", "organisation_name": "Institute of Mei", "password": PASSWORD}
    assert send(client, "/sign-up", **data).status_code == 302
    assert world.mails_to(address)[0].subject == "验证您的电子邮件地址"
    invited = {"email": "invited-reader@example.org", "name": "Bo", "roles": [Role.RESEARCHER]}
    assert lin.post("/organisation/members/new", invited).status_code == 302
    assert world.mails_to("invited-reader@example.org")[0].subject == "邀请您加入 IPX"


def test_a_notice_is_read_by_each_in_his_language(world, lin):
    colleague = world.colleague(lin, Role.LICENSING_MANAGER)
    world.offer(world.organisation("Taker"), world.listing(lin))
    world.settle()
    assert "新的要约：" in words_of(lin.get("/notices").text)
    assert "New offer: " in words_of(colleague.get("/notices").text)


def test_a_notice_that_is_blanked_says_nothing_in_any_language(world, lin):
    notices = world.service(NoticeService)
    world.offer(world.organisation("Taker"), world.listing(lin))
    query = select(NoticeRow).where(NoticeRow.organisation_id == lin.organisation_id, NoticeRow.link.like("/deals/%"))
    link = world.read(lambda session: session.scalars(query).all()[0].link)
    world.write(lambda session: notices.blank(session, below=link, subject="Gone"))
    found = world.read(lambda session: notices.notices(session, organisation_id=lin.organisation_id, language=CHINESE))
    assert {one.subject for one in found if one.link == link} == {"Gone"}
    assert world.count(NoticeRow, NoticeRow.link == link, NoticeRow.translations.is_not(None)) == 0


def test_texts_are_said_in_the_language_asked_for_inside_a_request_of_another(world):
    translator = Translator(TRANSLATIONS)
    said = paragraphs(said_later(lambda: "100 %"), "", "same {everywhere}")
    with world.app.test_request_context("/?lang=zh-Hans"):
        assert translator.say(("plain", said), language=ENGLISH) == ["plain", "100 %\n\nsame {everywhere}"]
    assert translator.say(("plain",), language="tlh") == ["plain"]
