"""Pages of who lets people in: the form, what was granted, each look, and the end."""

from typing import Any
from uuid import UUID

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock
from ipx.reviews.forms import CAPACITIES, ReviewForm
from ipx.reviews.policy import GRANTERS
from ipx.reviews.rules import Capacity
from ipx.reviews.service import ReviewService
from ipx.web.guards import current_actor, for_roles
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release


def add_to(blueprint: Blueprint) -> None:
    """Add the pages to the room's."""
    add = blueprint.add_url_rule
    add("/reviews/granted", view_func=granted)
    add("/reviews/granted/<uuid:review_id>", view_func=one)
    add("/reviews/granted/<uuid:review_id>/revoke", view_func=revoke, methods=["POST"])
    add("/reviews/new", view_func=new, methods=["GET", "POST"])


@for_roles(*GRANTERS)
def granted() -> str:
    """List whom the organisation let in to look."""
    found = provided(ReviewService).granted(db(), actor=current_actor())
    now = provided(Clock).now()  # type: ignore[type-abstract]
    return render_template("reviews/granted.html", reviews=found, now=now, capacities=CAPACITIES)


@for_roles(*GRANTERS)
def one(review_id: UUID) -> str:
    """Show one access with each look."""
    service, actor = provided(ReviewService), current_actor()
    found = service.review(db(), actor=actor, review_id=str(review_id))
    accounts = provided(AccountService)
    people = [person for person in (found.granted_by, found.person_id) if person]
    return render_template(
        "reviews/one.html",
        review=found,
        looks=service.looks(db(), review=found),
        titles={line.id: line.title for line in service.own_technologies(db(), actor=actor)},
        names=accounts.names(db(), people),
        now=provided(Clock).now(),  # type: ignore[type-abstract]
        capacities=CAPACITIES,
    )


@limited("60/hour")
@for_roles(*GRANTERS)
def new() -> Any:
    """Let somebody in; the person is written to."""
    actor: Actor = current_actor()
    service = provided(ReviewService)
    form = ReviewForm(service.own_technologies(db(), actor=actor))
    if form.validate_on_submit():
        try:
            review_id = service.grant(
                db(),
                actor=actor,
                email=form.email.data or "",
                capacity=Capacity(form.capacity.data),
                technology_ids=form.chosen(),
                reason=form.reason.data or "",
                last_day=form.last_day(),
            )
        except Invalid as error:
            release()
            field = form._fields.get(error.field, form.email)
            field.errors = [*field.errors, error.message]
        else:
            flash(_("Granted, and written to. Each look will be shown here."), "success")
            return redirect(url_for("reviews.one", review_id=review_id))
    return render_template("reviews/new.html", form=form), 422 if request.method == "POST" else 200


@for_roles(*GRANTERS)
def revoke(review_id: UUID) -> Response:
    """End an access, from the next request on."""
    try:
        provided(ReviewService).revoke(db(), actor=current_actor(), review_id=str(review_id))
    except Conflict as error:
        release()
        flash(error.message, "error")
    else:
        flash(_("Ended, from the next request on. What was taken away stays taken."))
    return redirect(url_for("reviews.one", review_id=review_id))
