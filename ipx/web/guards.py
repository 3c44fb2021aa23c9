"""Who may call a view. Every view declares exactly one guard; a view without one is never served.

What an actor may do with a particular thing is for the room's ``policy.py`` to say.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for
from flask_login import LoginManager, UserMixin, current_user
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from ipx.core.errors import Forbidden
from ipx.web.limits import Allowance, take_one

View = TypeVar("View", bound=Callable[..., Any])
LoadToken = Callable[[str], tuple[str, Any] | None]
_TOKENS = "ipx-load-token"
WRONG_TOKENS = 60  # a minute from one address
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignedIn(UserMixin):  # type: ignore[misc]
    """flask-login's view of a person; ``actor`` is ours (accounts' Actor, unknown to this toolkit)."""

    def __init__(self, person_id: str, actor: Any) -> None:
        self.id = person_id
        self.actor = actor


def public(view: View) -> View:
    """Anybody may call this view."""
    view.ipx_guard = "public"  # type: ignore[attr-defined]
    return view


def signed_in(view: View) -> View:
    """Any signed-in person may call this view; others are sent to sign in and come back."""
    return _guarded(view, "signed in", lambda actor: True)


def for_roles(*roles: str) -> Callable[[View], View]:
    """Only people who hold one of these roles in their organisation may call this view."""

    def guard(view: View) -> View:
        return _guarded(view, "roles: " + ", ".join(sorted(roles)), lambda actor: bool(actor.roles & set(roles)))

    return guard


def with_token(view: View) -> View:
    """Only programs that send a valid bearer token (RFC 6750) may call this view; cookies count for nothing here.

    Each token may make so many requests a minute; what is left of them is said in the answer's headers.
    """

    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        found = current_app.extensions[_TOKENS](_bearer())
        if found is None:
            _refuse_flood(take_one(WRONG_TOKENS, "wrong token", request.remote_addr or ""))
            refusal = WWWAuthenticate("bearer", {"realm": "ipx"})
            raise Unauthorized("Send a token that is valid: Authorization: Bearer ipx_…", www_authenticate=refusal)
        token_id, g.token_actor = found
        g.allowance = take_one(current_app.config["API_REQUESTS"], "token", token_id)
        _refuse_flood(g.allowance)
        return view(*args, **kwargs)

    guarded.ipx_guard = "token"  # type: ignore[attr-defined]
    return cast(View, guarded)


def operators(view: View) -> View:
    """Only those whom the settings name as operators of the exchange may call this view (IPX_OPERATORS)."""
    return _guarded(view, "operators", lambda actor: actor.is_operator, refusal="This page is for the operator alone.")


def current_actor() -> Any:
    """Return the actor who is signed in, or for whom a token acts, or None."""
    if "token_actor" in g:
        return g.token_actor
    return current_user.actor if current_user.is_authenticated else None


def acts_by_token() -> bool:
    """Tell whether the request is a program's, not a person's at a page."""
    return "token_actor" in g


def is_public(endpoint: str | None) -> bool:
    """Tell whether anybody may call the view of this endpoint."""
    return getattr(current_app.view_functions.get(endpoint or ""), "ipx_guard", "") == "public"


def install(app: Flask, load_actor: Callable[[str], Any], load_token: LoadToken) -> None:
    """Wire flask-login and tokens; refuse views that declare no guard, and what no database can hold."""
    app.extensions[_TOKENS] = load_token
    manager = LoginManager()
    # A session from another address or browser stays signed in, since people travel, but is not fresh any more:
    # signing asks for the password again (``web.fresh``).
    manager.session_protection = "basic"
    manager.init_app(app)

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(person_id: str) -> SignedIn | None:
        actor = load_actor(person_id)
        return SignedIn(person_id, actor) if actor is not None else None

    @app.after_request
    def tell_allowance(response: Response) -> Response:
        if "allowance" in g:
            response.headers.update(g.allowance.headers)
        return response

    @app.before_request
    def refuse_unguarded() -> None:
        view = current_app.view_functions.get(request.endpoint or "")
        if view is not None and not hasattr(view, "ipx_guard"):
            raise RuntimeError(f"the view {request.endpoint} declares no guard")

    @app.before_request
    def refuse_nul() -> None:
        """PostgreSQL keeps no NUL in a text; no person types one."""
        typed = request.form.values() if request.mimetype in FORM_TYPES else ()
        if "\0" in request.path or any("\0" in value for value in (*request.args.values(), *typed)):
            abort(400, "There is a character in it that no text can hold.")


def _bearer() -> str:
    sent = request.authorization
    return sent.token or "" if sent is not None and sent.type == "bearer" else ""


def _refuse_flood(allowance: Allowance) -> None:
    if allowance.is_spent:
        g.allowance = allowance
        abort(429, f"That is more than {allowance.most} requests a minute. Try again in {allowance.reset} seconds.")


def _guarded(
    view: View,
    name: str,
    allows: Callable[[Any], bool],
    *,
    refusal: str = "Your role in your organisation does not include this. Ask an owner of your organisation.",
) -> View:
    @wraps(view)
    def guarded(*args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        if actor is None:
            return _ask_to_sign_in()
        if not allows(actor):
            raise Forbidden(refusal)
        g.actor = actor
        return view(*args, **kwargs)

    guarded.ipx_guard = name  # type: ignore[attr-defined]
    return cast(View, guarded)


def _ask_to_sign_in() -> Any:
    if request.method != "GET" or request.headers.get("HX-Request"):
        abort(401)
    return redirect(url_for("accounts.sign_in", next=request.full_path.rstrip("?")))
