"""Pages of a right's chain of title: to look at, to add to, to take away."""

from typing import Any

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.contests.rules import Subject
from ipx.contests.service import ContestService
from ipx.core.errors import Invalid, NotFound
from ipx.technologies.forms import RIGHT_LABELS, show_error
from ipx.titles import rectification_views, register_views
from ipx.titles.entries import Conveyance
from ipx.titles.exports import Form, Taken, as_csv, as_json, cover_sheet
from ipx.titles.forms import ConsentForm, ConveyanceForm, CoOwnershipForm, PressForm
from ipx.titles.labels import ACTS, BASES, REGISTER_STATES, RULES
from ipx.titles.paper import draw_chain
from ipx.titles.picture import picture_of
from ipx.titles.policy import KEEPERS
from ipx.titles.records import ChainOfTitle
from ipx.titles.rules import APPROVALS_NEEDED, CONVEYS_SHARE
from ipx.titles.service import TitleService
from ipx.web.guards import current_actor, for_roles
from ipx.web.services import provided
from ipx.web.transactions import db, release

blueprint = Blueprint("titles", __name__)
rectification_views.add_to(blueprint)
register_views.add_to(blueprint)
_PAGE = "/technologies/<technology_id>/rights/<right_id>/title"
_CONSENT, _CO_OWNERSHIP, _CONVEYANCE = "consent", "co-ownership", "conveyance"


@blueprint.get(_PAGE)
@for_roles(*KEEPERS)
def show(technology_id: str, right_id: str) -> str:
    """Show a chain of title as a picture and as a table, with its gaps."""
    chain = _chain(technology_id, right_id)
    return render_template("titles/show.html", **_page(chain))


@blueprint.route(f"{_PAGE}/add/<entry>", methods=["GET", "POST"])
@for_roles(*KEEPERS)
def add(technology_id: str, right_id: str, entry: str) -> Any:
    """Add a conveyance, a consent, or an agreement between joint owners."""
    chain = _chain(technology_id, right_id)
    form = _form(entry, chain)
    if form.validate_on_submit():
        try:
            provided(TitleService).enter(
                db(),
                actor=current_actor(),
                right_id=right_id,
                entry=form.entry(),
                document_id=form.document.data or None,
                releases_id=(form.releases.data or None) if isinstance(form, ConveyanceForm) else None,
            )
        except Invalid as error:
            release()
            show_error(form, error, default="words")
        else:
            flash(_("It is entered. The picture shows what it does."), "success")
            return redirect(url_for("titles.show", technology_id=technology_id, right_id=right_id))
    status = 422 if request.method == "POST" else 200
    return render_template(f"titles/{entry}.html", form=form, chain=chain, labels=RIGHT_LABELS), status


@blueprint.get(f"{_PAGE}/export")
@for_roles(*KEEPERS)
def export(technology_id: str, right_id: str) -> Response:
    """Take a chain away: ``?form=pdf``, ``csv`` or ``json``."""
    chain = _chain(technology_id, right_id)
    wanted = request.args.get("form", "")
    if wanted not in set(Form):
        raise NotFound(_("A chain of title can be taken away as pdf, csv or json."))
    make = {Form.PDF: draw_chain, Form.CSV: as_csv, Form.JSON: as_json}[Form(wanted)]
    media = {Form.PDF: "application/pdf", Form.CSV: "text/csv; charset=utf-8", Form.JSON: "application/json"}
    return _answer(Taken(f"chain-of-title-{right_id}.{wanted}", media[Form(wanted)], make(chain)))


@blueprint.get(f"{_PAGE}/entries/<entry_id>/cover-sheet.json")
@for_roles(*KEEPERS)
def cover(technology_id: str, right_id: str, entry_id: str) -> Response:
    """Take the items of a cover sheet away (37 CFR 3.31(a))."""
    chain = _chain(technology_id, right_id)
    view = chain.entry(entry_id)
    if view is None or not isinstance(view.entry, Conveyance):
        raise NotFound(_("There is no such conveyance."))
    return _answer(Taken(f"cover-sheet-{entry_id}.json", "application/json", cover_sheet(chain, view)))


def _chain(technology_id: str, right_id: str) -> ChainOfTitle:
    actor: Actor = current_actor()
    chain = provided(TitleService).chain_of_title(db(), actor=actor, right_id=right_id)
    if chain.technology_id != technology_id:
        raise NotFound(_("There is no such right."))
    return chain


def _form(entry: str, chain: ChainOfTitle) -> Any:
    if entry not in (_CONVEYANCE, _CONSENT, _CO_OWNERSHIP):
        abort(404)
    instruments = provided(TitleService).instruments(db(), actor=current_actor(), technology_id=chain.technology_id)
    if entry == _CONVEYANCE:
        return ConveyanceForm(chain, instruments)
    return ConsentForm(instruments) if entry == _CONSENT else CoOwnershipForm(instruments)


def _page(chain: ChainOfTitle) -> dict[str, Any]:
    return {
        **picture_of(chain),
        "contests": provided(ContestService).on(db(), kind=Subject.RIGHT, subject_ids=[chain.right.id]),
        "acts": ACTS,
        "rules": RULES,
        "bases": BASES,
        "needed": APPROVALS_NEEDED,
        "of_register": provided(TitleService).register.reading.of_right(
            db(), actor=current_actor(), right_id=chain.right.id
        ),
        "register_states": REGISTER_STATES,
        "may_propose_for_register": provided(TitleService).register.may_be_proposed(
            db(), actor=current_actor(), right_id=chain.right.id
        ),
        "press": PressForm(),
        "conveying": CONVEYS_SHARE,
    }


def _answer(taken: Taken) -> Response:
    return Response(
        taken.body,
        content_type=taken.media_type,
        headers={"Content-Disposition": f'attachment; filename="{taken.name}"', "Cache-Control": "no-store"},
    )
