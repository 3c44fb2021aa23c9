"""Signing up and in: what a person sees, what a stranger may not learn, and what a thief cannot do."""

from __future__ import annotations

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import update

from ipx.accounts.models import AttemptRow, LinkRow, MembershipRow, PersonRow, SessionRow
from ipx.accounts.rules import ATTEMPTS
from ipx.accounts.service import AccountService, hash_token
from ipx.accounts.sessions import BrowserSessions
from ipx.core.errors import Forbidden
from tests.pages import send, token_of, words_of
from tests.world import PASSWORD, World

SESSION, VISIT = "ipx", "ipx-visit"


@pytest.fixture(scope="module")
def world(exchange):
    with World(exchange) as world:
        yield world


def new_email():
    return f"{uuid.uuid4().hex[:10]}@example.org"


def sign_up(world, email, *, name="Grace", organisation="Navy Lab", password=PASSWORD, client=None):
    client = client or world.app.test_client()
    data = {"name": name, "email": email, "organisation_name": organisation, "password": password}
    return client.post("/sign-up", data={**data, "csrf_token": token_of(client.get("/sign-up").text)})


def cookie(client, name=SESSION):
    found = client.get_cookie(name)
    return found.value if found else None


# ── the way in ───────────────────────────────────────────────────────────────────────────────────


def test_sign_up_verify_sign_in_and_out(world):
    email = new_email()
    assert sign_up(world, email).headers["Location"] == "/sign-up/mail"
    early = world.try_in(email)
    assert early.status_code == 422
    assert "not verified yet" in early.text
    client = world.app.test_client()
    link = world.link_to(email, "verify-email")
    assert "One press" in client.get(link).text  # a mail scanner that opens it verifies nothing
    assert "not verified yet" in world.try_in(email).text
    assert send(client, link).headers["Location"] == "/sign-in"
    assert send(client, "/sign-in", email=email.upper(), password=PASSWORD).headers["Location"] == "/"
    assert email in client.get("/account").text
    kept = cookie(client)
    assert client.post("/sign-out", data={"csrf_token": token_of(client.get("/account").text)}).status_code == 302
    assert cookie(client) is None
    assert client.get("/account").headers["Location"].startswith("/sign-in?next=")
    client.set_cookie(SESSION, kept)
    assert client.get("/account").status_code == 302  # the row has ended, not only the cookie


def test_a_verification_link_works_once_and_expires(world):
    email, client = new_email(), world.app.test_client()
    sign_up(world, email)
    link = world.link_to(email, "verify-email")
    token = token_of(client.get(link).text)
    assert client.post(link, data={"csrf_token": token}).headers["Location"] == "/sign-in"
    assert client.post(link, data={"csrf_token": token}).headers["Location"] == "/links/verify"
    assert "used already or is too old" in client.get("/links/verify").text
    sign_up(world, other := new_email())
    old = world.link_to(other, "verify-email")
    hashed = hash_token(old.rpartition("/")[2])
    past = world.clock.now() - timedelta(seconds=1)
    world.write(lambda s: s.execute(update(LinkRow).where(LinkRow.token_hash == hashed).values(expires_at=past)))
    assert client.get(old).headers["Location"] == "/links/verify"


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("email", "nobody", "not an e-mail address"),
        ("email", "a@b.c\u202e", "not an e-mail address"),
        ("password", "short", "12 characters or more"),
        ("password", "aaaaaaaaaaaaaaaa", "too easy to guess"),
        ("name", " ", "Write"),
        ("name", "see https://evil.example", "web address"),
        ("organisation", "www.evil.example", "web address"),
        ("organisation", "Lab\u202eevil", "invisible"),
    ],
)
def test_bad_sign_ups_say_what_to_mend_at_the_field(world, field, value, said):
    changed = {"email": new_email(), "name": "Grace", "organisation": "Lab", "password": PASSWORD, field: value}
    answer = sign_up(world, changed.pop("email"), **changed)
    assert answer.status_code == 422
    assert said in words_of(answer.text)
    assert "field__error" in answer.text


def test_a_taken_address_gets_the_same_answer_and_only_its_mailbox_learns_of_it(world):
    person = world.organisation()
    fresh = sign_up(world, new_email())
    taken = sign_up(world, person.email, name="Somebody", password="another long password")
    assert (taken.status_code, taken.headers["Location"]) == (fresh.status_code, fresh.headers["Location"])
    assert "You have an account at IPX already" in [mail.subject for mail in world.mails_to(person.email)]
    assert world.try_in(person.email).status_code == 302  # nothing about the account has changed


def test_who_signed_up_first_with_somebody_elses_address_gains_nothing(world):
    """An attacker signs up with a victim's address; the victim signs up later and verifies: with his own password."""
    email, client = new_email(), world.app.test_client()
    sign_up(world, email, name="Attacker", password="the attackers password")
    first = world.link_to(email, "verify-email")
    sign_up(world, email, name="Victim", password="the victims own password")
    assert client.get(first).status_code == 302  # the attacker's link is void
    link = world.link_to(email, "set-password")
    assert send(client, link, password="the victims own password").status_code == 302
    assert world.try_in(email, "the attackers password").status_code == 422
    assert world.try_in(email, "the victims own password").status_code == 302


def test_an_address_whose_links_ran_out_unused_is_free_again(world):
    owner, email = world.organisation("Squatter"), new_email()
    data = {"name": "Victim", "email": email, "roles": "researcher"}
    assert owner.post("/organisation/members/new", data).status_code == 302
    person_id = world.read(lambda s: s.query(PersonRow.id).filter(PersonRow.email == email).scalar())
    past = world.clock.now() - timedelta(seconds=1)
    world.write(lambda s: s.execute(update(LinkRow).where(LinkRow.person_id == person_id).values(expires_at=past)))
    sign_up(world, email, organisation="My own lab")
    assert send(world.app.test_client(), world.link_to(email, "verify-email")).status_code == 302
    assert world.try_in(email).status_code == 302
    assert world.actor(person_id).organisation_name == "My own lab"
    assert world.count(MembershipRow, MembershipRow.organisation_id == owner.organisation_id) == 3  # the owner's own


# ── what a thief cannot do ───────────────────────────────────────────────────────────────────────


def test_a_form_without_its_token_is_refused(world):
    email = new_email()
    data = {"name": "Grace", "email": email, "organisation_name": "Lab", "password": PASSWORD}
    assert world.app.test_client().post("/sign-up", data=data).status_code == 400
    assert world.app.test_client().post("/sign-up", data={**data, "csrf_token": "x"}).status_code == 400
    assert world.count(PersonRow, PersonRow.email == email) == 0
    person = world.organisation()
    assert person.client.post("/sign-out").status_code == 400
    assert person.client.post("/account", data={"name": "Eve"}).status_code == 400
    stranger = token_of(world.app.test_client().get("/sign-in").text)
    assert person.client.post("/account", data={"name": "Eve", "csrf_token": stranger}).status_code == 400


def test_after_signing_out_elsewhere_a_form_says_so(world):
    person = world.organisation()
    token = token_of(person.client.get("/account").text)
    world.write(lambda s: world.service(AccountService).end_sessions(s, person_id=person.actor.person_id))
    answer = person.client.post("/account", data={"name": "Eve", "csrf_token": token})
    assert answer.status_code == 401


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\n/evil.example",
        "javascript:alert(1)",
        "evil.example",
        "http:/account",
        "",
    ],
)
def test_signing_in_never_leads_to_another_site(world, target):
    person, client = world.organisation(), world.app.test_client()
    token = token_of(client.get("/sign-in").text)
    data = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    answer = client.post("/sign-in", query_string={"next": target}, data=data)
    assert answer.headers["Location"] == "/"


def test_signing_in_leads_back_to_where_one_was(world):
    person, client = world.organisation(), world.app.test_client()
    asked = client.get("/licences?lang=en")
    token = token_of(client.get("/sign-in").text)
    data = {"email": person.email, "password": PASSWORD, "csrf_token": token}
    assert client.post(asked.headers["Location"], data=data).headers["Location"] == "/licences?lang=en"


def test_a_session_gets_a_new_name_and_nothing_old_at_every_sign_in(world):
    person, client = world.organisation(), world.app.test_client()
    client.set_cookie(SESSION, "a-name-that-the-attacker-knows")
    before = token_of(client.get("/sign-in").text)
    world.sign_in(person.email, client=client)
    first = cookie(client)
    assert first not in (None, "a-name-that-the-attacker-knows")
    assert cookie(client, VISIT) is None
    assert client.post("/account", data={"name": "Eve", "csrf_token": before}).status_code == 400
    world.sign_in(person.email, client=client)
    assert cookie(client) != first
    thief = world.app.test_client()
    thief.set_cookie(SESSION, first)
    assert thief.get("/account").status_code == 302


def test_the_cookie_is_kept_from_scripts_and_other_sites(world):
    person, client = world.organisation(), world.app.test_client()
    token = token_of(client.get("/sign-in").text)
    answer = client.post("/sign-in", data={"email": person.email, "password": PASSWORD, "csrf_token": token})
    (line,) = [value for value in answer.headers.getlist("Set-Cookie") if value.startswith(f"{SESSION}=")]
    assert "HttpOnly" in line
    assert "SameSite=Lax" in line
    assert re.search(r"ipx=[\w-]{43};", line)
    assert world.read(lambda s: s.get(SessionRow, cookie(client))) is None  # only its hash is stored
    assert world.read(lambda s: s.get(SessionRow, hash_token(cookie(client)))) is not None


def test_strangers_cost_no_row(world):
    before = world.count(SessionRow)
    client = world.app.test_client()
    for path in ("/", "/sign-in", "/sign-up", "/search"):
        client.get(path)
    assert cookie(client, VISIT) is not None
    assert world.count(SessionRow) == before


def test_a_visitors_cookie_cannot_sign_anybody_in(world):
    """It is signed with the same key as other things, but never taken for a session."""
    from itsdangerous import URLSafeTimedSerializer

    person, client = world.organisation(), world.app.test_client()
    forged = URLSafeTimedSerializer(world.app.config["SECRET_KEY"], salt="ipx-visit")
    client.set_cookie(VISIT, forged.dumps({"_user_id": person.actor.person_id}))
    assert client.get("/account").status_code == 302
    client.set_cookie(VISIT, "rubbish")
    assert client.get("/sign-in").status_code == 200


# ── passwords ────────────────────────────────────────────────────────────────────────────────────


def test_a_new_password_ends_every_session_and_every_other_link(world):
    person = world.organisation()
    elsewhere = world.sign_in(person.email)
    send(world.app.test_client(), "/links/reset", email=person.email)
    first = world.link_to(person.email, "set-password")
    send(person.client, "/links/reset", email=person.email)
    second = world.link_to(person.email, "set-password")
    assert first != second
    weak = send(person.client, second, password="short")
    assert weak.status_code == 422
    assert send(person.client, second, password="an entirely new password").headers["Location"] == "/sign-in"
    assert "Your password is set" in person.client.get("/sign-in").text
    assert person.client.get("/account").status_code == 302
    assert elsewhere.get("/account").status_code == 302
    assert world.app.test_client().get(first).headers["Location"] == "/links/reset"
    assert world.try_in(person.email).status_code == 422
    assert world.try_in(person.email, "an entirely new password").status_code == 302


def test_asking_for_a_link_tells_nobody_whether_there_is_an_account(world):
    person = world.organisation()
    known = send(world.app.test_client(), "/links/reset", email=person.email)
    unknown = send(world.app.test_client(), "/links/reset", email=new_email())
    assert (known.status_code, known.headers["Location"]) == (unknown.status_code, unknown.headers["Location"])
    for _ in range(5):
        send(world.app.test_client(), "/links/reset", email=person.email)
    resets = [mail for mail in world.mails_to(person.email) if mail.subject == "Choose a new password"]
    assert len(resets) == 3  # nobody's mailbox is flooded through us


def test_links_are_in_no_table_and_in_no_workflow(world):
    person = world.organisation()
    send(world.app.test_client(), "/links/reset", email=person.email)
    token = world.link_to(person.email, "set-password").rpartition("/")[2]
    world.settle()
    with world.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())
    assert hash_token(token) in dump
    assert token not in dump


def test_guessing_stops_for_the_address_wherever_it_comes_from(world):
    person = world.organisation()
    for number in range(ATTEMPTS):
        client = world.app.test_client()
        client.environ_base["REMOTE_ADDR"] = f"10.1.2.{number}"
        answer = send(client, "/sign-in", email=person.email, password="wrong")
        assert "is wrong" in answer.text
    right = world.try_in(person.email)
    assert right.status_code == 422
    assert "Too many wrong passwords" in right.text
    assert person.client.get("/account").status_code == 200  # who is in stays in
    nobody = new_email()
    for _ in range(ATTEMPTS):
        world.try_in(nobody, "wrong")
    assert "Too many wrong passwords" in world.try_in(nobody, "wrong").text  # and the same for nobody's address
    earlier = world.clock.now() - timedelta(minutes=16)
    world.write(lambda s: s.execute(update(AttemptRow).values(since=earlier)))
    assert world.try_in(person.email).status_code == 302
    assert world.try_in(person.email, "wrong").status_code == 422  # and the count began anew


def test_a_new_password_opens_the_door_again(world):
    person = world.organisation()
    for _ in range(ATTEMPTS):
        world.try_in(person.email, "wrong")
    send(world.app.test_client(), "/links/reset", email=person.email)
    send(world.app.test_client(), world.link_to(person.email, "set-password"), password=PASSWORD)
    assert world.try_in(person.email).status_code == 302


def test_many_guesses_at_once_are_no_more_guesses(world):
    """Each look at the count is stale by the time the slow comparison is over: the count is read again."""
    person, accounts = world.organisation(), world.service(AccountService)
    claim = world.read(lambda s: accounts.claim(s, email=person.email))
    for _ in range(ATTEMPTS):
        world.try_in(person.email, "wrong")
    answer = accounts.compare(claim, PASSWORD)
    assert answer.fits
    with pytest.raises(Forbidden, match="Too many"):
        world.write(lambda s: accounts.admit(s, answer=answer))


def test_old_rows_are_swept_away(world):
    person, accounts = world.organisation(), world.service(AccountService)
    past = world.clock.now() - timedelta(days=40)
    mine = SessionRow.person_id == person.actor.person_id
    world.write(lambda s: s.execute(update(SessionRow).where(mine).values(expires_at=past)))
    mine_too = LinkRow.person_id == person.actor.person_id
    world.write(lambda s: s.execute(update(LinkRow).where(mine_too).values(expires_at=past)))
    world.service(BrowserSessions).forget_ended()
    world.write(accounts.forget_old)
    assert world.count(SessionRow, mine) == 0
    assert world.count(LinkRow, mine_too) == 0


@pytest.mark.parametrize(
    "path", ["/verify-email/nothing", "/set-password/nothing", "/verify-email/%00", "/sign-in?next=%00"]
)
def test_strange_links_never_break(world, path):
    assert world.app.test_client().get(path).status_code in (302, 400)


def test_strange_values_never_break(world):
    for value in ("\0", "x" * 5000, "\u202e@example.org", "' OR 1=1 --", "{{7*7}}"):
        assert world.try_in(value, value).status_code in (400, 422)
        assert send(world.app.test_client(), "/links/reset", email=value).status_code in (302, 400)
