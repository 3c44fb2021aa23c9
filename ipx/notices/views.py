"""Pages of notices, and the mailbox of the demonstration mode."""

from typing import Any

from flask import Blueprint, abort, jsonify, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.core.ports import Mailer
from ipx.notices.service import NoticeService
from ipx.settings import Settings
from ipx.web.errors import wants_json
from ipx.web.guards import current_actor, public, signed_in
from ipx.web.languages import spoken
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("notices", __name__)


@blueprint.get("/notices")
@signed_in
def notices() -> str:
    """Show what the organisation was told."""
    actor: Actor = current_actor()
    found = provided(NoticeService).notices(db(), organisation_id=actor.organisation_id, language=spoken())
    return render_template("notices/notices.html", notices=found, form=FlaskForm())


@blueprint.post("/notices/read")
@signed_in
def mark_read() -> Response:
    """Mark all notices as read."""
    actor: Actor = current_actor()
    provided(NoticeService).mark_read(db(), organisation_id=actor.organisation_id)
    return redirect(url_for("notices.notices"))


@blueprint.get("/mailbox")
@public
def mailbox() -> Any:
    """Show the mail that the demonstration kept; there is no such page where real mail is sent."""
    mailer = provided(Mailer)  # type: ignore[type-abstract]
    messages = getattr(mailer, "messages", None)
    if messages is None:
        abort(404)
    mails = messages(50)
    if wants_json():
        return jsonify([{"to": mail.to, "subject": mail.subject, "body": mail.body} for mail in mails])
    return render_template("notices/mailbox.html", mails=mails, public_url=provided(Settings).public_url)
