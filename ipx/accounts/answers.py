"""How the pages of this room answer: errors at their fields, and the beginning and end of a browser's session."""

from typing import Any, cast
from urllib.parse import urlsplit

from flask import render_template, request, session, url_for
from flask_login import login_user, logout_user

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.web.fresh import mark_fresh
from ipx.web.guards import SignedIn
from ipx.web.sessions import ServerSession
from ipx.web.transactions import release


def show(form: Any, error: Invalid | Conflict | Forbidden, *, default: str) -> None:
    """Put an error where the person can mend it: at its field."""
    release()
    field = getattr(error, "field", None) or default
    target = form[field] if field in form else form[default]
    target.errors = [*target.errors, error.message]


def page(template: str, form: Any, **context: Any) -> Any:
    """Return the page; 422 when the form was sent and cannot be taken."""
    status = 422 if request.method == "POST" else 200
    return render_template(f"accounts/{template}", form=form, **context), status


def begin_browser_session(person_id: str, actor: Actor) -> None:
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
