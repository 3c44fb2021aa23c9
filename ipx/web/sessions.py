"""Browser sessions. Signed in: the cookie is a random name, the contents are a row that we can end. Before that: a
signed cookie that holds little more than the form token, so that strangers cost no row.

Implements Flask's SessionInterface on a port that the accounts room fills.
"""

import json
import secrets
from datetime import datetime
from typing import Any, Protocol

from flask import Flask, Request, Response
from flask.sessions import SessionInterface, SessionMixin
from itsdangerous import BadSignature, URLSafeTimedSerializer
from werkzeug.datastructures import CallbackDict

PERSON = "_user_id"  # flask-login's key for who is signed in
VISIT_SECONDS = 24 * 3600
API = "/api/v1/"


class SessionStore(Protocol):
    """Where the sessions of signed-in people live; each call is its own short transaction."""

    def load(self, token: str) -> str | None:
        """Return the stored data, or None when there is none or it has ended."""

    def open(self, token: str, data: str, *, person_id: str) -> datetime:
        """Begin a session and return when it ends."""

    def keep(self, token: str, data: str) -> None:
        """Store what changed; a session that has been ended meanwhile stays ended."""

    def end(self, token: str) -> None:
        """End a session. Harmless when it is gone."""


class ServerSession(CallbackDict[str, Any], SessionMixin):
    """A session's contents; ``renew`` empties it and gives it a new name, as at every change of privilege."""

    def __init__(self, token: str | None, data: dict[str, Any]) -> None:
        super().__init__(data, _mark_modified)
        self.token = token
        self.person = data.get(PERSON)
        self.retired: list[str] = []
        self.modified = False
        self.accessed = True

    def renew(self) -> None:
        """Begin anew: the present cookie dies with this request (session fixation), the form token with it."""
        if self.token:
            self.retired.append(self.token)
        self.token = None
        self.clear()
        self.modified = True


def _mark_modified(session: "CallbackDict[str, Any]") -> None:
    assert isinstance(session, ServerSession)
    session.modified = True


class ServerSessions(SessionInterface):
    """Loads and saves sessions around each request."""

    def __init__(self, store: SessionStore, *, secure: bool) -> None:
        self._store = store
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self._cookie, self._visit = f"{prefix}ipx", f"{prefix}ipx-visit"

    def open_session(self, app: Flask, request: Request) -> ServerSession | None:
        """Return the request's session, a new empty one when its cookies are unknown.

        Built files need none, and the API must not have one: there only a token says who is asking.
        """
        if request.path.startswith((f"{app.static_url_path}/", API)):
            return None
        token = request.cookies.get(self._cookie)
        data = self._store.load(token) if token else None
        if data is not None:
            return ServerSession(token, json.loads(data))
        return ServerSession(None, self._read_visit(app, request.cookies.get(self._visit, "")))

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Store what changed; set a cookie only then."""
        assert isinstance(session, ServerSession)
        response.vary.add("Cookie")
        if not session.modified:
            return
        person = session.get(PERSON)
        if session.token and person != session.person:  # signed in or out without ``renew``: never under the old name
            session.retired.append(session.token)
            session.token = None
        for token in session.retired:
            self._store.end(token)
        if person is None:
            self._save_visit(app, session, response)
        else:
            self._save_person(session, response, str(person))

    def _save_person(self, session: ServerSession, response: Response, person: str) -> None:
        data = json.dumps(dict(session))
        if session.token:
            self._store.keep(session.token, data)
            return
        session.token, session.person = secrets.token_urlsafe(32), person
        ends = self._store.open(session.token, data, person_id=person)
        self._set(response, self._cookie, session.token, expires=ends)
        self._drop(response, self._visit)

    def _save_visit(self, app: Flask, session: ServerSession, response: Response) -> None:
        if session.retired:
            self._drop(response, self._cookie)
        if session:
            self._set(response, self._visit, _serializer(app).dumps(dict(session)))
        else:
            self._drop(response, self._visit)

    def _read_visit(self, app: Flask, cookie: str) -> dict[str, Any]:
        try:
            data = _serializer(app).loads(cookie, max_age=VISIT_SECONDS) if cookie else {}
        except BadSignature:
            return {}
        return data if isinstance(data, dict) and PERSON not in data else {}

    def _set(self, response: Response, name: str, value: str, *, expires: datetime | None = None) -> None:
        response.set_cookie(name, value, expires=expires, httponly=True, secure=self._secure, samesite="Lax", path="/")

    def _drop(self, response: Response, name: str) -> None:
        response.delete_cookie(name, path="/", secure=self._secure, httponly=True, samesite="Lax")


def _serializer(app: Flask) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(app.config["SECRET_KEY"], salt="ipx-visit")
