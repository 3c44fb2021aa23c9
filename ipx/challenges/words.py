"""What states, scenarios and entry terms are called on pages. Words only."""

from zoneinfo import ZoneInfo

from flask_babel import format_datetime, gettext, ngettext
from flask_babel import lazy_gettext as _

from ipx.challenges.licensing import licence_words
from ipx.challenges.records import Challenge
from ipx.challenges.rules import EntryState, Outcome, Scenario, State
from ipx.challenges.terms import AwardKind, EntryTerms, Ownership
from ipx.web import languages

STATES = {
    State.DRAFT: _("draft"),
    State.OPEN: _("open for entries"),
    State.CLOSED: _("closed, not yet evaluated"),
    State.EVALUATING: _("being evaluated"),
    State.SHORTLISTED: _("shortlist made"),
    State.AWARDED: _("awarded"),
    State.CANCELLED: _("cancelled"),
}
ENTRY_STATES = {
    EntryState.DRAFT: _("draft"),
    EntryState.SUBMITTED: _("submitted"),
    EntryState.WITHDRAWN: _("withdrawn"),
}
OUTCOMES = {Outcome.AWARDED: _("awarded"), Outcome.DECLINED: _("not chosen")}
SCENARIOS = {
    Scenario.GRID: _("Power-grid dispatch"),
    Scenario.TRADING: _("Energy trading"),
    Scenario.HARDWARE: _("Blockchain hardware"),
    Scenario.EXCHANGE: _("IP exchange"),
    Scenario.BATTERY: _("Battery life cycle"),
}
OWNERSHIP = {
    Ownership.ENTRANT: _("The entrant keeps all that it brings and all that it makes."),
    Ownership.SHARED_RESULTS: _(
        "The entrant keeps all that it brings; results that both make together after the award belong to both."
    ),
}
AWARDS = {
    AwardKind.LICENCE: _("A licence: the deal begins with the award"),
    AwardKind.OPTION: _("An option: the organiser may call for the licence within some days"),
}


def terms_in_words(terms: EntryTerms) -> list[tuple[str, str]]:
    """Return the entry terms as (what, sentence), the licence behind them."""
    months = ngettext("%(num)s month", "%(num)s months", terms.confidential_months)
    said = [
        (gettext("Ownership"), str(OWNERSHIP[terms.ownership])),
        (
            gettext("Confidentiality"),
            gettext(
                "Organiser and evaluators use entries for this challenge alone and keep them confidential for %(time)s "
                "from the deadline.",
                time=months,
            ),
        ),
        (gettext("On award"), _award(terms)),
    ]
    if terms.further:
        said.append((gettext("More conditions"), terms.further))
    return said + [
        (gettext("Licence: %(what)s", what=what), sentence) for what, sentence in licence_words(terms.licence)
    ]


def state_in_words(call: Challenge, *, is_late: bool) -> str:
    """Return the state; an open call whose deadline has passed reads as closed, whether a chore has noted it or not."""
    return str(STATES[State.CLOSED if call.state is State.OPEN and is_late else call.state])


def local_time(call: Challenge) -> str:
    """Return the deadline by the clock of the place that it was meant for."""
    local = call.deadline.astimezone(ZoneInfo(call.zone))
    return str(format_datetime(local, languages.MOMENT[languages.spoken()], rebase=False))


def _award(terms: EntryTerms) -> str:
    if terms.award is AwardKind.LICENCE:
        return str(gettext("The organiser takes a licence on the terms below, which entrants agree to by entering."))
    days = ngettext("%(num)s day", "%(num)s days", terms.option_days or 0)
    said = gettext(
        "The organiser has an option: within %(time)s of the award it may call for a licence on the terms below, which "
        "entrants agree to by entering.",
        time=days,
    )
    return str(said)
