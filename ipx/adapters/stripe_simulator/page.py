"""Owns the hosted payment page: the card form, the bank's question, and where the payer is sent afterwards.

It never keeps or shows again what was typed, except the name and the number of a test card, and it needs neither
script nor cookie: each form carries a token that only this session's page knows.
"""

import hmac
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from ipx.adapters.stripe_simulator.books import Entry
from ipx.adapters.stripe_simulator.cards import AUTHENTICATION_FAILED, CARDS, Decline, Payer, read_card_form
from ipx.adapters.stripe_simulator.desk import Desk
from ipx.adapters.stripe_simulator.engine import engine
from ipx.adapters.stripe_simulator.payments import Result, answer_challenge, attempt
from ipx.adapters.stripe_simulator.sessions import SESSION, amount_of, form_token

_DECLINES = (AUTHENTICATION_FAILED, *(card.decline for card in CARDS if card.decline))


def page_blueprint() -> Blueprint:
    """Return the blueprint, to be mounted under ``/pay``."""
    blueprint = Blueprint("page", __name__)
    blueprint.add_url_rule("/<id>", "show", _show)
    blueprint.add_url_rule("/<id>", "pay", _pay, methods=["POST"])
    blueprint.add_url_rule("/<id>/challenge", "challenge", _challenge)
    blueprint.add_url_rule("/<id>/challenge", "answer", _answer, methods=["POST"])
    blueprint.after_request(_harden)
    return blueprint


def _show(id: str) -> BaseResponse:
    with engine().reading() as desk:
        session = _session(desk, id)
        if session is None or not _is_open(desk, session):
            return _closed(session)
        return _form(session, decline=_last_decline(desk, session))


def _pay(id: str) -> BaseResponse:
    payer, wrong = read_card_form(request.form, engine().clock.now())
    with engine().writing() as desk:
        session = _session(desk, id)
        if session is None or not _is_open(desk, session):
            return _after(session)
        if not _has_token(session):
            return _form(session, status=400, stale=True)
        if payer is None:
            return _form(session, status=422, wrong=wrong)
        result = attempt(desk, session, payer)
        if result is Result.DECLINED:
            return _form(session, status=402, decline=payer.card.decline, payer=payer)
    return redirect(url_for("page.challenge", id=id), 303) if result is Result.CHALLENGED else _after(session)


def _challenge(id: str) -> BaseResponse:
    with engine().reading() as desk:
        session = _session(desk, id)
        if session is None or not _is_open(desk, session):
            return _closed(session)
    if "challenge" not in session.hidden:
        return redirect(url_for("page.show", id=id), 303)
    return _page("challenge.html", session, last4=session.hidden["challenge"]["last4"])


def _answer(id: str) -> BaseResponse:
    with engine().writing() as desk:
        session = _session(desk, id)
        if session is None or not _is_open(desk, session):
            return _after(session)
        if not _has_token(session):
            return _form(session, status=400, stale=True)
        result = answer_challenge(desk, session, confirmed=request.form.get("answer") == "confirm")
    return _after(session) if result is Result.PAID else redirect(url_for("page.show", id=id), 303)


def _session(desk: Desk, id: str) -> Entry | None:
    session = desk.books.find(SESSION, id)
    g.session = session
    return session


def _is_open(desk: Desk, session: Entry) -> bool:
    return bool(session.body["status"] == "open" and session.body["expires_at"] > desk.now)


def _has_token(session: Entry) -> bool:
    return hmac.compare_digest(request.form.get("token", "").encode(), form_token(session).encode())


def _after(session: Entry | None) -> BaseResponse:
    """Send the payer on when the session is paid, also when a second submit finds it so."""
    if session is not None and session.body["status"] == "complete":
        return redirect(_success_url(session), 303)
    return _closed(session)


def _success_url(session: Entry) -> str:
    return str(session.body["success_url"]).replace("{CHECKOUT_SESSION_ID}", session.id)


def _last_decline(desk: Desk, session: Entry) -> Decline | None:
    intent = desk.books.find("payment_intent", session.body["payment_intent"] or "")
    error = intent.body["last_payment_error"] if intent else None
    if error is None:
        return None
    wanted = (error["code"], error.get("decline_code"))
    return next(decline for decline in _DECLINES if (decline.code, decline.decline_code) == wanted)


def _form(
    session: Entry,
    *,
    status: int = 200,
    wrong: dict[str, str] | None = None,
    decline: Decline | None = None,
    payer: Payer | None = None,
    stale: bool = False,
) -> BaseResponse:
    messages = dict(wrong or {})
    if decline is not None and decline.field:
        messages[decline.field] = decline.cure
    name = payer.name if payer else request.form.get("name", "")[:200]
    return _page(
        "pay.html", session, status, wrong=messages, decline=decline, stale=stale, name=name, number=_known_number()
    )


def _known_number() -> str:
    # Anything but a test card might be somebody's real number, so it is not written back into a page.
    typed = request.form.get("number", "").replace(" ", "")
    return next((card.grouped for card in CARDS if card.number == typed), "")


def _closed(session: Entry | None) -> BaseResponse:
    if session is None:
        return make_response(render_template("closed.html", state="unknown", onward=None), 404)
    paid = session.body["status"] == "complete"
    onward = _success_url(session) if paid else session.body["cancel_url"]
    state = "paid" if paid else "expired"
    page = render_template("closed.html", state=state, onward=onward, amount=amount_of(session.body))
    return make_response(page, 200 if paid else 410)


def _page(template: str, session: Entry, status: int = 200, **values: Any) -> BaseResponse:
    page = render_template(
        template,
        id=session.id,
        amount=amount_of(session.body),
        title=session.hidden["title"],
        email=session.body["customer_email"],
        cancel_url=session.body["cancel_url"],
        token=form_token(session),
        cards=[card for card in CARDS if card.offered],
        **values,
    )
    return make_response(page, status)


def _harden(response: Response) -> Response:
    """Allow this page nothing but its own style sheet and its own forms.

    ``form-action`` names the origin that a paid form is redirected to as well: browsers check redirects against it.
    """
    targets = "'self'"
    if session := g.get("session"):
        success = urlsplit(session.body["success_url"])
        targets += f" {success.scheme}://{success.netloc}"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'self'; img-src 'self'; form-action {targets}; "
        "base-uri 'none'; frame-ancestors 'none'"
    )
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
