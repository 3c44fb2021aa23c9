"""What is granted, in words: grant, field, territory, term, sublicences."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ipx.licences.rules import Sublicensing
from ipx.licences.terms import percent
from ipx.licences.terms_v2.grant import (
    EndEvent,
    Exclusivity,
    FieldCode,
    GrantKind,
    IncomeShare,
    Place,
    PlaceUse,
    Renewal,
    Scheme,
    StartEvent,
    Until,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.labels import label
from ipx.licences.wording.sentences import Sentence, days, either, labels_of, length, listed, one_of, place_name, told
from ipx.web.render import day


def grant(terms: LicenceTerms) -> Iterator[Sentence]:
    """Kind, exclusivity and acts."""
    exclusivity = {
        Exclusivity.EXCLUSIVE: gettext("Exclusive: nobody else, the licensor included."),
        Exclusivity.SOLE: gettext("Sole: nobody else but the licensor."),
        Exclusivity.CO_EXCLUSIVE: gettext(
            "Co-exclusive: %(number)s licensees at most, this one included.",
            number=terms.grant.co_exclusive_up_to or "?",
        ),
        Exclusivity.NON_EXCLUSIVE: gettext("Non-exclusive: others may be licensed too."),
    }
    yield from told(
        terms.grant,
        "grant",
        {
            "kind": one_of(_KINDS),
            "exclusivity": one_of(exclusivity),
            "acts": lambda value: gettext("The licensee may: %(acts)s.", acts=labels_of(value)),
            "exclusivity_until": _until,
            "reserved_rights": lambda value: gettext("Reserved in spite of it: %(what)s.", what=labels_of(value)),
            "irrevocable": either(_("The grant cannot be revoked."), _("The grant can be revoked as agreed below.")),
        },
    )


def field_of_use(terms: LicenceTerms) -> Iterator[Sentence]:
    """What for."""
    field = terms.field_of_use
    if field.is_everything:
        yield Sentence("field_of_use", gettext("For every field of use."))
    if field.text is not None:
        yield Sentence("field_of_use.text", gettext("For: %(text)s", text=field.text))
    included = [code for code in field.codes if code.include]
    excluded = [code for code in field.codes if not code.include]
    if included:
        yield Sentence("field_of_use.codes+", gettext("In the classes: %(codes)s.", codes=_codes(included)))
    if excluded:
        yield Sentence("field_of_use.codes-", gettext("Not in the classes: %(codes)s.", codes=_codes(excluded)))


def territory(terms: LicenceTerms) -> Iterator[Sentence]:
    """Where."""
    places = terms.territory.places
    if terms.territory.worldwide:
        yield Sentence("territory.worldwide", gettext("Worldwide."))
    yield from _places("territory.places+", _("In %(places)s."), [p for p in places if p.include and not p.only])
    making = [place for place in places if place.include and place.only is PlaceUse.MAKE]
    selling = [place for place in places if place.include and place.only is PlaceUse.SELL]
    yield from _places("territory.places.make", _("Only to make and use, not to sell, in %(places)s."), making)
    yield from _places("territory.places.sell", _("Only to sell, offer and import in %(places)s."), selling)
    yield from _places("territory.places-", _("Not in %(places)s."), [p for p in places if not p.include])
    members = {"regions_as_of": lambda value: gettext("Regions have the members of %(day)s.", day=day(value))}
    yield from told(terms.territory, "territory", members)


def term(terms: LicenceTerms) -> Iterator[Sentence]:
    """From when until when."""
    start, end = terms.term.start, terms.term.end
    starts = {
        StartEvent.DATE: gettext("It begins on %(day)s.", day=day(start.date)),
        StartEvent.ON_PAYMENT: gettext("It begins when the first fee is paid."),
        StartEvent.ON_SIGNATURE: gettext("It begins when both sides have signed."),
    }
    ends = {
        EndEvent.DATE: gettext("Its last day is %(day)s.", day=day(end.date)),
        EndEvent.MONTHS: gettext("It ends %(length)s after its beginning.", length=length(end.months or 0)),
        EndEvent.LAST_TO_EXPIRE: gettext("It ends when the last licensed patent expires."),
        EndEvent.LAST_VALID_CLAIM: gettext("It ends when no valid claim of a licensed patent is left."),
        EndEvent.PERPETUAL: gettext("It has no end."),
    }
    yield Sentence("term.start", starts[start.event])
    yield Sentence("term.end", ends[end.event])
    tail = _("Know-how stays licensed for %(length)s after the last patent.")
    yield from told(
        terms.term,
        "term",
        {"know_how_tail_months": lambda value: str(tail) % {"length": length(value)}, "renewal": _renewal},
    )


def sublicence(terms: LicenceTerms) -> Iterator[Sentence]:
    """Licences to others."""
    survival = either(_("Sublicences stay in force when this grant ends."), _("Sublicences end when this grant ends."))
    yield from told(
        terms.sublicence,
        "sublicence",
        {
            "allowed": one_of(_SUBLICENSING),
            "tiers": lambda value: ngettext(
                "Sublicences may go %(num)s level deep.", "Sublicences may go %(num)s levels deep.", value
            ),
            "flow_down": lambda value: gettext("Each sublicence repeats: %(clauses)s.", clauses=labels_of(value)),
            "income_share": lambda value: gettext(
                "Of income from sublicences the licensor gets: %(shares)s.", shares=listed(map(_income, value))
            ),
            "copy_within_days": lambda value: gettext(
                "The licensor gets a copy of each within %(days)s.", days=days(value)
            ),
            "survives_termination": survival,
        },
    )


def _until(until: Until) -> str:
    if until.date is not None:
        return str(gettext("Exclusive until %(day)s; after that non-exclusive.", day=day(until.date)))
    return str(gettext("Exclusive until: %(condition)s; after that non-exclusive.", condition=until.condition))


def _codes(codes: list[FieldCode]) -> str:
    return str(gettext("; ")).join(
        f"{label(scheme)} " + listed(code.code for code in codes if code.scheme is scheme)
        for scheme in Scheme
        if any(code.scheme is scheme for code in codes)
    )


def _places(path: str, sentence: Any, places: list[Place]) -> Iterator[Sentence]:
    if places:
        names = listed(place_name(place.code) for place in places)
        yield Sentence(path, str(sentence) % {"places": names})


def _renewal(renewal: Renewal) -> str:
    period = length(renewal.period_months)
    if renewal.auto and renewal.notice_days:
        notice = days(renewal.notice_days)
        text = gettext(
            "It renews itself by %(period)s, unless one side says no %(notice)s before.", period=period, notice=notice
        )
    elif renewal.auto:
        text = gettext("It renews itself by %(period)s, unless one side says no.", period=period)
    elif renewal.notice_days:
        notice = days(renewal.notice_days)
        text = gettext(
            "The licensee may renew it by %(period)s, with notice of %(notice)s.", period=period, notice=notice
        )
    else:
        text = gettext("The licensee may renew it by %(period)s.", period=period)
    return str(text)


def _income(line: IncomeShare) -> str:
    if line.until_stage is None:
        return percent(line.share_bps)
    return str(gettext("%(share)s until “%(stage)s”", share=percent(line.share_bps), stage=line.until_stage))


_KINDS = {
    GrantKind.LICENCE: _("A licence."),
    GrantKind.OPTION: _("An option: the right to take a licence later."),
    GrantKind.EVALUATION: _("An evaluation: to try the technology, not to do business with it."),
    GrantKind.COVENANT_NOT_TO_ASSERT: _("A covenant: the owner does not assert its rights."),
    GrantKind.RIGHT_IN_REM: _("A right in the thing itself, such as a usufruct."),
    GrantKind.SECURITY: _("A security interest: the right is pledged."),
    GrantKind.RIGHT_OF_FIRST_REFUSAL: _("A right of first refusal: to be asked before somebody else is licensed."),
    GrantKind.SPONSOR_OPTION: _("A sponsor’s option from a research agreement."),
    GrantKind.STANDSTILL: _("A standstill: nobody is licensed meanwhile."),
    GrantKind.GOVERNMENT_LICENCE: _("A licence that a government holds by law or by a funding agreement."),
}
_SUBLICENSING = {
    Sublicensing.NO: _("Sublicences are not allowed."),
    Sublicensing.CONSENT: _("Sublicences need the licensor’s consent."),
    Sublicensing.FREE: _("Sublicences are allowed."),
}
