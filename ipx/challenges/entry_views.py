"""Pages of entrants: terms accepted, an entry written, submitted, withdrawn, and its evidence."""

from typing import Any

from flask import Blueprint, Response, flash, jsonify, redirect, request, url_for
from flask_babel import gettext as _

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.catalogue.rules import State as ListingState
from ipx.catalogue.service import CatalogueService
from ipx.challenges.answers import page, say, show
from ipx.challenges.forms import AcceptForm, BeginForm, EntryForm, PressForm
from ipx.challenges.rules import EntryState
from ipx.challenges.service import ChallengeService
from ipx.challenges.words import terms_in_words
from ipx.core.errors import Conflict, Invalid
from ipx.evidence.service import EvidenceService
from ipx.licences.algebra.words import why_words
from ipx.web.guards import current_actor, for_roles, signed_in
from ipx.web.services import provided
from ipx.web.transactions import commit, db

AUTOSAVE = "X-Autosave"
_WRITERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)


@for_roles(*_WRITERS)
def enter(challenge_id: str) -> Any:
    """Show the entry terms; once they are accepted, begin an entry with a technology."""
    actor: Actor = current_actor()
    service = provided(ChallengeService)
    call = service.calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    accepted = service.entries.has_accepted(db(), actor=actor, challenge_id=challenge_id)
    form = _begin_form(actor, challenge_id)
    if accepted and form.validate_on_submit():
        try:
            made = service.entries.begin(
                db(), actor=actor, challenge_id=challenge_id, technology_id=form.technology.data or ""
            )
        except Conflict as error:
            show(form, error, default="technology")
        else:
            return redirect(url_for("challenges.entry", entry_id=made))
    return page(
        "enter.html",
        form,
        accept=AcceptForm(seen=call.terms_hash),
        call=call,
        accepted=accepted,
        words=terms_in_words(call.terms),
    )


@for_roles(Role.LICENSING_MANAGER)
def accept(challenge_id: str) -> Any:
    """Accept the entry terms in the organisation's name."""
    actor: Actor = current_actor()
    form = AcceptForm()
    service = provided(ChallengeService)
    if form.validate_on_submit():
        try:
            service.entries.accept_terms(db(), actor=actor, challenge_id=challenge_id, seen=form.seen.data or "")
        except Conflict as error:
            say(error)
        else:
            flash(_("The entry terms are accepted. Choose the technology you enter with."), "success")
        return redirect(url_for("challenges.enter", challenge_id=challenge_id))
    call = service.calls.challenge(db(), actor=actor, challenge_id=challenge_id)
    begin = _begin_form(actor, challenge_id)
    return page("enter.html", begin, accept=form, call=call, accepted=False, words=terms_in_words(call.terms))


@for_roles(*_WRITERS)
def entry(entry_id: str) -> Any:
    """Show an own entry; write it while it is no submission."""
    actor: Actor = current_actor()
    entries = provided(ChallengeService).entries
    found = entries.entry(db(), actor=actor, entry_id=entry_id)
    form = EntryForm(data={"title": found.title, "text": found.text})
    if request.method == "POST" and form.validate():
        entries.save(
            db(),
            actor=actor,
            entry_id=entry_id,
            title=form.title.data or "",
            text=form.text.data or "",
            quietly=AUTOSAVE in request.headers,
        )
        if AUTOSAVE in request.headers:
            return jsonify(kept=True)
        if request.form.get("then") == "submit":
            commit()  # what was typed stays, although it may not be fit to be submitted
            return _submit(actor, entry_id, form)
        flash(_("The draft is kept."), "success")
        return redirect(url_for("challenges.entry", entry_id=entry_id))
    return _entry_page(actor, entry_id, form)


@for_roles(Role.LICENSING_MANAGER)
def withdraw(entry_id: str) -> Any:
    """Take a submitted entry back."""
    try:
        provided(ChallengeService).entries.withdraw(db(), actor=current_actor(), entry_id=entry_id)
    except Conflict as error:
        say(error)
    else:
        flash(_("Your entry is withdrawn. Until the deadline you can change it and submit it again."), "success")
    return redirect(url_for("challenges.entry", entry_id=entry_id))


@signed_in
def entry_record(entry_id: str) -> Response:
    """Hand the stamped record over, to keep."""
    record = provided(ChallengeService).entries.record(db(), actor=current_actor(), entry_id=entry_id)
    return _attachment(record, f"{entry_id}.entry.json")


@signed_in
def entry_bundle(entry_id: str) -> Response:
    """Hand the evidence of a submission over."""
    bundle = provided(ChallengeService).entries.bundle(db(), actor=current_actor(), entry_id=entry_id)
    return _attachment(bundle, f"{entry_id}.ipx-evidence.json")


def add_to(blueprint: Blueprint) -> None:
    """Register the addresses."""
    both = ["GET", "POST"]
    blueprint.add_url_rule("/challenges/<challenge_id>/enter", view_func=enter, methods=both)
    blueprint.add_url_rule("/challenges/<challenge_id>/terms", view_func=accept, methods=["POST"])
    blueprint.add_url_rule("/challenges/entries/<entry_id>", view_func=entry, methods=both)
    blueprint.add_url_rule("/challenges/entries/<entry_id>/withdraw", view_func=withdraw, methods=["POST"])
    blueprint.add_url_rule("/challenges/entries/<entry_id>/record.json", view_func=entry_record)
    blueprint.add_url_rule("/challenges/entries/<entry_id>/bundle", view_func=entry_bundle)


def _submit(actor: Actor, entry_id: str, form: EntryForm) -> Any:
    """Submit what was just kept."""
    try:
        provided(ChallengeService).entries.submit(db(), actor=actor, entry_id=entry_id)
    except (Invalid, Conflict) as error:
        show(form, error, default="title")
        return _entry_page(actor, entry_id, form)
    flash(_("Submitted. It is on its way to its time stamp; until the deadline you can withdraw it."), "success")
    return redirect(url_for("challenges.entry", entry_id=entry_id))


def _entry_page(actor: Actor, entry_id: str, form: EntryForm) -> Any:
    service = provided(ChallengeService)
    found = service.entries.entry(db(), actor=actor, entry_id=entry_id)
    is_in = found.state is EntryState.SUBMITTED
    stamp = provided(EvidenceService).get_stamp(db(), found.stamp_id) if is_in and found.stamp_id else None
    return page(
        "entry.html",
        form,
        button=PressForm(),
        entry=found,
        call=service.calls.challenge(db(), actor=actor, challenge_id=found.challenge_id),
        stamp=stamp,
        may_submit=actor.has(Role.LICENSING_MANAGER),
        in_the_way=_in_the_way(actor, entry_id) if found.outcome is None else "",
    )


def _in_the_way(actor: Actor, entry_id: str) -> str:
    """Return what keeps the licence of the entry terms from being granted now, "" for nothing."""
    return why_words(provided(ChallengeService).entries.licensable(db(), actor=actor, entry_id=entry_id))


def _begin_form(actor: Actor, challenge_id: str) -> BeginForm:
    """Offer the listed technologies that are not entered yet."""
    entries = provided(ChallengeService).entries.entries_of(db(), actor=actor, challenge_id=challenge_id)
    entered = {found.technology_id for found in entries}
    listings = provided(CatalogueService).listings_of(db(), organisation_id=actor.organisation_id)
    form = BeginForm()
    form.technology.choices = [
        (listing.technology_id, listing.title)
        for listing in listings
        if listing.state is ListingState.PUBLISHED and listing.technology_id not in entered
    ]
    return form


def _attachment(content: bytes, name: str) -> Response:
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer
