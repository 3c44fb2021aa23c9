"""The beginning and the end of a browser's session, and where a person goes after it."""

from typing import Any, cast
from urllib.parse import urlsplit

from flask import session, url_for
from flask_login import login_user, logout_user

from ipx.web.fresh import mark_fresh
from ipx.web.guards import SignedIn
from ipx.web.sessions import ServerSession


def begin_browser_session(person_id: str, actor: Any) -> None:
    """Sign the browser in, under a new name and with nothing left of what was there before."""
    cast(ServerSession, session).renew()
    login_user(SignedIn(person_id, actor))
    mark_fresh()


def end_browser_session() -> None:
    """Sign the browser out."""
    logout_user()
    cast(ServerSession, session).renew()


def safe_target(target: str | None) -> str:
    """Return ``target`` when it is a path of ours; never another site (open redirect)."""
    if target and target.startswith("/") and target.isprintable() and not target.startswith(("//", "/\\")):
        parts = urlsplit(target)
        if not parts.netloc and not parts.scheme:
            return target
    return url_for("home.index")
