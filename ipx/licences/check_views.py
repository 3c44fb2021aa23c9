"""A public page that checks terms as data: every fault with its field and cure, the words, the doubts, a redline."""

import json
from typing import Any

from flask import Blueprint, render_template, request
from flask_babel import ngettext

from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.forms import TermsForm
from ipx.licences.packs.packs import NAMES, pack
from ipx.licences.redline import redline
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.rules import problems_of
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.terms_v2.versions import read_text
from ipx.licences.wording.clauses import clauses_of
from ipx.web.guards import public
from ipx.web.limits import limited


@public
@limited("20/minute")
def terms() -> Any:
    """Check terms that somebody puts in; nothing is kept."""
    form = TermsForm()
    if not form.validate_on_submit():
        wanted = request.args.get("pack", "")
        if request.method == "GET" and wanted in NAMES:
            form.terms.data = json.dumps(pack(wanted).example.to_json(), indent=2, ensure_ascii=False)
        return _page(form)
    found, faults = _read(form.terms)
    before, more = _read(form.before) if form.before.data else (None, ())
    if found is None or more:
        return _page(form, faults=(*faults, *more))
    return _page(
        form,
        found=found,
        problems=problems_of(found),
        clauses=clauses_of(found),
        doubts=doubts_of(found),
        redlined=redline(before, found) if before is not None else (),
    )


def _read(field: Any) -> tuple[LicenceTerms | None, tuple[Problem, ...]]:
    """Read the terms of a field; where they cannot be read, the field says how many faults there are."""
    try:
        return read_text(field.data), ()
    except InvalidTerms as error:
        count = len(error.problems)
        field.errors = [ngettext("%(num)s fault, listed on this page", "%(num)s faults, listed on this page", count)]
        return None, error.problems


def _page(form: TermsForm, *, found: LicenceTerms | None = None, **result: Any) -> Any:
    status = 422 if request.method == "POST" and found is None else 200
    digest = found.sha256().hex() if found is not None else None
    shown = {"form": form, "found": found, "sha256": digest, "expiry": EU_EXPIRY, **result}
    return render_template("licences/terms.html", **shown), status


def add_to(blueprint: Blueprint) -> None:
    """Add the page to the room's blueprint."""
    blueprint.add_url_rule("/licences/terms", view_func=terms, methods=["GET", "POST"])
