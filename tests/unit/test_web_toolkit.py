"""The toolkit of pages: sessions, transactions, errors and headers, on a small application of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, abort, session
from flask_babel import Babel
from flask_login import login_user
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from werkzeug.test import TestResponse

from ipx.adapters.system import FixedClock
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound, Tampered, TooLarge, Unavailable
from ipx.core.ports import Clock
from ipx.db.session import Database
from ipx.web import errors, guards, security, transactions
from ipx.web.fresh import is_fresh, mark_fresh, needs_fresh_sign_in
from ipx.web.guards import SignedIn, for_roles, public, signed_in
from ipx.web.services import provide
from ipx.web.sessions import ServerSession, ServerSessions
from ipx.web.transactions import commit, db, release, writes

SECRET = "what the confidential document says"


@dataclass
class Rows:
    """A session store in memory."""

    kept: dict[str, str] = field(default_factory=dict)

    def load(self, token: str) -> str | None:
        return self.kept.get(token)

    def open(self, token: str, data: str, *, person_id: str) -> datetime:
        self.kept[token] = data
        return datetime.now(UTC) + timedelta(days=1)

    def keep(self, token: str, data: str) -> None:
        if token in self.kept:
            self.kept[token] = data

    def end(self, token: str) -> None:
        self.kept.pop(token, None)


@dataclass(frozen=True)
class Somebody:
    roles: frozenset[str] = frozenset({"reader"})


@dataclass
class Site:
    """The application, its table of words, and a browser."""

    app: Flask
    database: Database
    rows: Rows
    clock: FixedClock

    def words(self) -> list[str]:
        with self.database.read() as session:
            return list(session.scalars(text("SELECT word FROM words ORDER BY word")))

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.app.test_client().get(path, headers=headers)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    database, rows, clock = Database(f"sqlite:///{tmp_path / 'words.sqlite3'}"), Rows(), FixedClock()
    with database.write() as session:
        session.execute(text("CREATE TABLE words (word TEXT UNIQUE)"))
    app = Flask("site")
    app.config.update(SECRET_KEY="for this test")
    Babel(app)
    provide(app, {Database: database, Clock: clock})
    transactions.install(app)
    guards.install(app, lambda person_id: Somebody() if person_id == "ada" else None, lambda secret: None)
    errors.install(app)
    security.install(app, https=True, payment_origin="https://pay.example")
    app.session_interface = ServerSessions(rows, secure=False)
    add_views_that_write(app)
    add_views_for_some(app)
    yield Site(app, database, rows, clock)
    database.dispose()


def say(word: str) -> None:
    db().execute(text("INSERT INTO words VALUES (:word)"), {"word": word})


FAULTS = {
    "invalid": Invalid("Write a number.", field="fee"),
    "large": TooLarge("Too large."),
    "conflict": Conflict("Somebody was quicker."),
    "forbidden": Forbidden("Not yours."),
    "nothing": NotFound("Nothing there."),
    "tampered": Tampered("Not what it was."),
    "away": Unavailable("Come back later."),
    "full": OperationalError(SECRET, {}, Exception("database or disk is full")),
    "bug": ZeroDivisionError(SECRET),
}


def add_views_that_write(app: Flask) -> None:
    @app.post("/say/<word>")
    @public
    def say_word(word: str) -> str:
        say(word)
        return "said"

    @app.post("/say/<word>/and/<int:code>")
    @public
    def say_and_fail(word: str, code: int) -> tuple[str, int]:
        say(word)
        return "no", code

    @app.post("/say/<word>/kept")
    @public
    def say_kept(word: str) -> tuple[str, int]:
        say(word)
        commit()
        say("not " + word)
        return "no", 422

    @app.post("/say/<word>/released")
    @public
    def say_released(word: str) -> str:
        say(word)
        release()
        return "forgotten"

    @app.get("/read-only")
    @public
    def read_only() -> str:
        say("on the sly")
        return "said"

    @app.get("/receipt")
    @public
    @writes
    def receipt() -> str:
        say("receipt")
        return "said"

    @app.route("/fault/<name>", methods=["GET", "POST"])
    @public
    def fault(name: str) -> str:
        say("half")
        raise FAULTS[name]

    @app.get("/abort/<int:code>")
    @public
    def give_up(code: int) -> str:
        abort(code)


def add_views_for_some(app: Flask) -> None:
    @app.get("/own")
    @signed_in
    def own() -> str:
        return "yours"

    @app.get("/chiefs")
    @for_roles("chief")
    def chiefs() -> str:
        return "theirs"

    @app.get("/readers")
    @for_roles("reader", "chief")
    def readers() -> str:
        return "theirs"

    @app.get("/open")
    def unguarded() -> str:
        return SECRET

    @app.get("/enter", endpoint="accounts.sign_in")
    @public
    def enter() -> str:
        kept = session
        assert isinstance(kept, ServerSession)
        kept.renew()
        login_user(SignedIn("ada", Somebody()))
        mark_fresh()
        return "in"

    @app.get("/remember/<word>")
    @public
    def remember(word: str) -> str:
        before = str(session.get("word", ""))
        session["word"] = word
        return before

    @app.route("/sign", methods=["GET", "POST"])
    @signed_in
    @needs_fresh_sign_in(back="sign")
    def sign() -> str:
        return "fresh" if is_fresh() else "stale"


def test_a_success_is_kept_and_nothing_else(site: Site) -> None:
    client = site.app.test_client()
    assert client.post("/say/yes").text == "said"
    for code in (400, 422, 500):
        assert client.post(f"/say/no/and/{code}").status_code == code
    assert client.post("/say/redirect/and/302").status_code == 302
    assert client.post("/say/kept/kept").status_code == 422
    assert client.post("/say/gone/released").text == "forgotten"
    assert site.words() == ["kept", "redirect", "yes"]


def test_a_get_keeps_nothing_unless_it_says_so(site: Site) -> None:
    assert site.get("/read-only").status_code in (200, 500)
    assert site.get("/receipt").status_code == 200
    assert site.words() == ["receipt"]


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("invalid", 422),
        ("large", 413),
        ("conflict", 409),
        ("forbidden", 403),
        ("nothing", 404),
        ("tampered", 422),
        ("away", 503),
        ("full", 503),
        ("bug", 500),
    ],
)
def test_errors_become_answers_once_and_keep_nothing(site: Site, name: str, status: int) -> None:
    answer = site.app.test_client().post(f"/fault/{name}", headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert answer.content_type == "application/problem+json"
    problem: dict[str, Any] = answer.get_json(force=True)
    assert problem["status"] == status
    assert SECRET not in answer.text
    assert (problem.get("field") == "fee") is (name == "invalid")
    assert site.words() == []


def test_a_bug_is_logged_with_its_place_and_without_what_it_held(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    site.app.test_client().post("/fault/bug", headers={"Accept": "application/json"})
    assert "ZeroDivisionError" in caplog.text
    assert __file__.rpartition("/")[2] in caplog.text
    assert SECRET not in caplog.text


def complain() -> None:
    try:
        int(SECRET)
    except ValueError as error:
        raise KeyError(SECRET) from error


def test_a_chain_of_errors_is_logged_by_types_only() -> None:
    with pytest.raises(KeyError) as raised:
        complain()
    trace = errors.trace_of(raised.value)
    assert "builtins.KeyError" in trace
    assert "which came from" in trace
    assert "builtins.ValueError" in trace
    assert SECRET not in trace


def test_what_the_database_refuses_is_a_conflict(site: Site) -> None:
    client = site.app.test_client()
    headers = {"Accept": "application/json"}
    assert client.post("/say/once", headers=headers).status_code == 200
    assert client.post("/say/once", headers=headers).status_code == 409


def test_a_commit_that_fails_is_no_success(site: Site) -> None:
    def refuse(session: object) -> None:
        raise Conflict("not now")

    site.database.before_commit(refuse)
    answer = site.app.test_client().post("/say/lost", headers={"Accept": "application/json"})
    assert answer.status_code == 409
    assert site.words() == []


def test_a_view_without_a_guard_is_never_served(site: Site) -> None:
    answer = site.get("/open", Accept="application/json")
    assert answer.status_code == 500
    assert SECRET not in answer.text


def test_guards_let_through_whom_they_name(site: Site) -> None:
    client = site.app.test_client()
    assert client.get("/own?a=1&b=2").headers["Location"] == "/enter?next=/own?a%3D1%26b%3D2"
    assert client.get("/own", headers={"HX-Request": "true", "Accept": "application/json"}).status_code == 401
    client.get("/enter")
    assert client.get("/own").text == "yours"
    assert client.get("/readers").text == "theirs"
    assert client.get("/chiefs", headers={"Accept": "application/json"}).status_code == 403


def test_a_visitors_session_is_a_signed_cookie_and_a_persons_a_row(site: Site) -> None:
    client = site.app.test_client()
    assert client.get("/remember/one").text == ""
    assert client.get("/remember/two").text == "one"
    assert site.rows.kept == {}
    client.get("/enter")
    (token,) = site.rows.kept
    assert client.get("/remember/three").text == ""  # nothing of the visitor is left
    assert client.get("/remember/four").text == "three"
    assert list(site.rows.kept) == [token]
    client.get("/enter")
    assert list(site.rows.kept) != [token]
    assert len(site.rows.kept) == 1


def test_a_changed_visitors_cookie_is_worth_nothing(site: Site) -> None:
    client = site.app.test_client()
    client.get("/remember/one")
    cookie = client.get_cookie("ipx-visit")
    assert cookie is not None
    client.set_cookie("ipx-visit", cookie.value[:-2] + ("aa" if not cookie.value.endswith("aa") else "bb"))
    assert client.get("/remember/two").text == ""


def test_over_https_cookies_are_of_this_host_alone(site: Site) -> None:
    site.app.session_interface = ServerSessions(site.rows, secure=True)
    for path, name in (("/remember/x", "__Host-ipx-visit"), ("/enter", "__Host-ipx")):
        (line,) = [
            value
            for value in site.get(path).headers.getlist("Set-Cookie")
            if value.startswith(name + "=") and "Expires=Thu, 01 Jan 1970" not in value
        ]
        for word in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"):
            assert word in line
        assert "Domain" not in line


def test_signing_needs_a_fresh_sign_in_and_looking_does_not(site: Site) -> None:
    client = site.app.test_client()
    client.get("/enter")
    assert client.post("/sign").text == "fresh"
    site.clock.advance(timedelta(minutes=14))
    assert client.post("/sign").text == "fresh"
    site.clock.advance(timedelta(minutes=1))
    assert client.get("/sign").text == "stale"
    answer = client.post("/sign")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/enter?next=/sign")
    site.clock.advance(timedelta(minutes=-30))  # a clock that was set back makes nothing fresh again
    assert client.post("/sign").status_code == 303


def test_another_browser_with_the_same_cookie_is_not_fresh(site: Site) -> None:
    client = site.app.test_client()
    client.get("/enter")
    assert client.post("/sign", headers={"User-Agent": "thief"}).status_code == 303
    assert client.get("/own", headers={"User-Agent": "thief"}).text == "yours"


def test_headers_are_on_every_answer(site: Site) -> None:
    client = site.app.test_client()
    for path in ("/remember/x", "/abort/404", "/fault/bug", "/nowhere", "/enter", "/own"):
        headers = client.get(path, headers={"Accept": "application/json"}).headers
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert "form-action 'self' https://pay.example" in policy
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert "max-age=31536000" in headers["Strict-Transport-Security"]
        assert "private" in headers["Cache-Control"]
    assert client.get("/own").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize("where", ["path", "query", "form"])
def test_a_nul_goes_nowhere(site: Site, where: str) -> None:
    client, headers = site.app.test_client(), {"Accept": "application/json"}
    if where == "path":
        answer = client.post("/say/a%00b", headers=headers)
    elif where == "query":
        answer = client.post("/say/a?x=%00", headers=headers)
    else:
        answer = client.post("/say/a", data={"x": "a\0b"}, headers=headers)
    assert answer.status_code == 400
    assert site.words() == []
