"""The page behind the link that an inventor gets by mail: no account, one answer."""

from typing import Any

from flask import Blueprint, Response, make_response, render_template, request

from ipx.core.errors import Invalid
from ipx.inventions.forms import InventorForm
from ipx.inventions.service import InventionService
from ipx.web.guards import public
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release


def add_to(blueprint: Blueprint) -> None:
    """Add the address."""
    blueprint.add_url_rule("/inventions/inventor/<token>", view_func=inventor, methods=["GET", "POST"])


@public
@limited("60/hour", methods=("GET", "POST"))
def inventor(token: str) -> Any:
    """Ask for one answer, since mail scanners open links; then record it."""
    inventorship, form = provided(InventionService).inventorship, InventorForm()
    try:
        asked = inventorship.asked(db(), token=token)
    except Invalid as error:
        return _unkept(render_template("inventions/link_ended.html", reason=error.message)), 404
    if form.validate_on_submit():
        is_right = form.answer.data == "yes"
        try:
            inventorship.answer(db(), token=token, is_right=is_right, words=form.words.data or "")
        except Invalid as error:
            release()
            form.words.errors = [*form.words.errors, error.message]
        else:
            return _unkept(render_template("inventions/answered.html", asked=asked, is_right=is_right))
    page = _unkept(render_template("inventions/inventor.html", form=form, asked=asked))
    return page, 422 if request.method == "POST" else 200


def _unkept(page: str) -> Response:
    """Return a page whose address is a key: nobody keeps it."""
    answer = make_response(page)
    answer.headers["Cache-Control"] = "no-store"
    return answer
