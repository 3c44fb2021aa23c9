"""Pages of signing up and in. No answer of theirs tells a stranger whether an address has an account."""

from typing import Any

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.answers import page, show
from ipx.accounts.forms import EmailForm, EmptyForm, PasswordForm, SignInForm, SignUpForm
from ipx.accounts.rules import PASSWORD_LINKS, Purpose
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.db.session import Database
from ipx.web.guards import current_actor, public
from ipx.web.languages import spoken
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.signing_in import begin_browser_session, end_browser_session, safe_target
from ipx.web.transactions import commit, db, release


@public
@limited("30/hour")
def sign_up() -> Any:
    """Create a person with an organisation; where there is an account already, only its mailbox learns of it."""
    form = SignUpForm()
    if form.validate_on_submit():
        try:
            _sign_up_or_remind(form)
        except Invalid as error:
            show(form, error, default="email")
        else:
            return redirect(url_for("accounts.check_mail"))
    return page("sign_up.html", form)


def _sign_up_or_remind(form: SignUpForm) -> None:
    accounts, email = provided(AccountService), form.email.data or ""
    try:
        accounts.sign_up(
            db(),
            email=email,
            name=form.name.data or "",
            password=form.password.data or "",
            organisation_name=form.organisation_name.data or "",
            language=spoken(),
        )
    except Conflict:
        release()
        accounts.remind(db(), email=email)


@public
def check_mail() -> str:
    """Say that a mail is on its way."""
    return render_template("accounts/check_mail.html")


@public
@limited("60/hour")
def sign_in() -> Any:
    """Open a session; the cookie gets a new name."""
    actor = current_actor()
    form = SignInForm(email=actor.email if actor else None)
    if form.validate_on_submit():
        try:
            person_id = _admitted(form)
        except Forbidden as error:
            commit()  # the failure counts
            show(form, error, default="password")
        else:
            return _open_session(person_id)
    return page("sign_in.html", form)


def _admitted(form: SignInForm) -> str:
    accounts = provided(AccountService)
    with provided(Database).read() as session:
        claim = accounts.claim(session, email=form.email.data or "")
    answer = accounts.compare(claim, form.password.data or "")  # slow, so no transaction is open
    return accounts.admit(db(), answer=answer)


def _open_session(person_id: str) -> Response:
    actor = provided(AccountService).actor(db(), person_id)
    if actor is None:
        raise Forbidden(_("You belong to no organisation any more. Ask an owner to invite you again."))
    begin_browser_session(person_id, actor)
    return redirect(safe_target(request.args.get("next")))


@public
def sign_out() -> Response:
    """End the session."""
    end_browser_session()
    return redirect(url_for("home.index"))


@public
def verify_email(token: str) -> Any:
    """Ask for one press, since mail scanners open links; then verify the address."""
    form = EmptyForm()
    accounts = provided(AccountService)
    try:
        if form.validate_on_submit():
            accounts.verify_email(db(), token=token)
            flash(_("Your address is verified. You can sign in now."), "success")
            return redirect(url_for("accounts.sign_in"))
        accounts.check_link(db(), token=token, purposes={Purpose.VERIFY})
    except Invalid as error:
        return _ask_again(error, "verify")
    return _unkept(render_template("accounts/verify_email.html", form=form))


@public
@limited("20/hour")
def request_link(purpose: str) -> Any:
    """Send a new verification or reset link; the answer does not tell whether the address has an account."""
    actor = current_actor()
    form = EmailForm(email=actor.email if actor else None)
    if form.validate_on_submit():
        provided(AccountService).send_link(db(), email=form.email.data or "", purpose=Purpose(purpose))
        return redirect(url_for("accounts.check_mail"))
    return page("request_link.html", form, purpose=purpose)


@public
@limited("30/hour")
def set_password(token: str) -> Any:
    """Choose a new password by a link; every session of the person ends, this browser's too."""
    accounts = provided(AccountService)
    try:
        purpose = accounts.check_link(db(), token=token, purposes=PASSWORD_LINKS)
    except Invalid as error:
        return _ask_again(error, "reset")
    release()  # nothing is locked while the password is hashed
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            accounts.set_password(db(), token=token, password=form.password.data or "")
        except Invalid as error:
            show(form, error, default="password")
        else:
            end_browser_session()
            flash(_("Your password is set. You can sign in now."), "success")
            return redirect(url_for("accounts.sign_in"))
    return _unkept(page("set_password.html", form, is_first=purpose is not Purpose.RESET))


def _ask_again(error: Invalid, purpose: str) -> Response:
    release()
    flash(error.message, "error")
    return redirect(url_for("accounts.request_link", purpose=purpose))


def _unkept(answer: Any) -> Response:
    """The address of this page is a key: nobody keeps the page."""
    response = make_response(answer)
    response.headers["Cache-Control"] = "no-store"
    return response


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    both = ["GET", "POST"]
    for rule, view, methods in (
        ("/sign-up", sign_up, both),
        ("/sign-up/mail", check_mail, ["GET"]),
        ("/sign-in", sign_in, both),
        ("/sign-out", sign_out, ["POST"]),
        ("/verify-email/<token>", verify_email, both),
        ("/links/<any(verify, reset):purpose>", request_link, both),
        ("/set-password/<token>", set_password, both),
    ):
        blueprint.add_url_rule(rule, view_func=view, methods=methods)
