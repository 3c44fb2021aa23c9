"""The end, handing on, law, publicity and the sharing of income, in words."""

from collections.abc import Iterator

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.terms_v2.ending import (
    ChangeOfControl,
    Forum,
    Funder,
    Passing,
    Recordal,
    SplitShare,
    SplitStep,
    SublicencesAfter,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.sentences import Sentence, days, either, labels_of, listed, one_of, place_name, told
from ipx.web.render import day


def termination(terms: LicenceTerms) -> Iterator[Sentence]:
    """How the grant can be ended."""
    yield from told(
        terms.termination,
        "termination",
        {
            "breach_cure_days": lambda value: gettext(
                "For a breach that is not made good within %(days)s after a notice.", days=days(value)
            ),
            "insolvency": either(_("When the other side is insolvent."), _("Not for insolvency alone.")),
            "challenge": either(
                _("By the licensor, when the licensee attacks a licensed right."),
                _("Not because the licensee attacks a licensed right."),
            ),
            "convenience_notice_days": lambda value: gettext(
                "By the licensee at any time, with notice of %(days)s.", days=days(value)
            ),
            "sell_off_days": lambda value: gettext("Stocks may be sold off for %(days)s.", days=days(value)),
            "sublicences": one_of(_SUBLICENCES),
        },
    )


def assignment(terms: LicenceTerms) -> Iterator[Sentence]:
    """Handing the grant on."""
    yield from told(
        terms.assignment,
        "assignment",
        {
            "allowed": one_of(_PASSING),
            "change_of_control": one_of(_CONTROL),
            "fee": lambda value: gettext("Handing it on costs %(amount)s.", amount=value),
        },
    )


def law(terms: LicenceTerms) -> Iterator[Sentence]:
    """Governing law and forum."""
    yield from told(
        terms.law,
        "law",
        {
            "governing_law": lambda value: gettext("Governing law: %(law)s.", law=place_name(value)),
            "governing_law_text": lambda value: gettext("Governing law: %(law)s.", law=value),
            "forum": one_of(_FORUMS),
            "forum_named": lambda value: gettext("It is: %(name)s.", name=value),
            "language": lambda value: gettext("The language of disputes is %(tag)s.", tag=value),
        },
    )


def publicity(terms: LicenceTerms) -> Iterator[Sentence]:
    """What is made known."""
    if terms.publicity is None:
        return
    yield from told(
        terms.publicity,
        "publicity",
        {
            "notice_of_grant": either(
                _("The grant is published."), _("The grant is sealed: only a commitment is public.")
            ),
            "publish": lambda value: gettext("Published are: %(what)s.", what=labels_of(value)),
        },
    )
    for index, recordal in enumerate(terms.publicity.recordals):
        yield Sentence(f"publicity.recordals[{index}]", _recordal(recordal))


def funding(terms: LicenceTerms) -> Iterator[Sentence]:
    """Who paid for the work, and who gets what."""
    if terms.funding is None:
        return
    for index, funder in enumerate(terms.funding.funders):
        yield Sentence(f"funding.funders[{index}]", _funder(funder))
    for index, line in enumerate(terms.funding.revenue_split):
        yield Sentence(f"funding.revenue_split[{index}]", _split(line))


def _recordal(recordal: Recordal) -> str:
    needed = gettext("it is to be recorded") if recordal.required else gettext("it may be recorded")
    parts = [gettext("At the office %(office)s %(needed)s", office=recordal.office, needed=needed)]
    parts += [gettext("reference %(text)s", text=recordal.reference)] if recordal.reference else []
    parts += [gettext("on %(day)s", day=day(recordal.date))] if recordal.date else []
    return listed(parts) + str(gettext("."))


def _funder(funder: Funder) -> str:
    parts = [gettext("Funded by %(name)s", name=funder.name)]
    parts += [gettext("grant %(id)s", id=funder.grant_id)] if funder.grant_id else []
    asked = funder.obligations
    parts += [gettext("which asks for: %(what)s", what=labels_of(asked))] if asked else []
    return listed(parts) + str(gettext("."))


def _split(line: SplitShare) -> str:
    share, name = f"{line.share.numerator}/{line.share.denominator}", line.beneficiary
    if line.step is not SplitStep.TIER:
        return str(_STEPS[line.step]) % {"name": name, "share": share}
    if line.from_ is None:
        return str(gettext("Of what is left %(name)s gets %(share)s.", name=name, share=share))
    text = gettext(
        "Of what is left, once %(sum)s have been shared, %(name)s gets %(share)s.",
        sum=line.from_,
        name=name,
        share=share,
    )
    return str(text)


_STEPS = {
    SplitStep.INTER_INSTITUTIONAL: _("First %(name)s gets %(share)s of the income, as the other institution."),
    SplitStep.PATENT_COSTS: _("Then %(name)s gets back patent costs out of %(share)s of it."),
    SplitStep.OFFICE_FEE: _("Then %(name)s gets %(share)s as the office’s fee."),
}
_SUBLICENCES = {
    SublicencesAfter.END: _("Sublicences end with it."),
    SublicencesAfter.SURVIVE: _("Sublicences survive it."),
    SublicencesAfter.DIRECT_LICENCE: _("Sublicensees get a direct licence from the licensor."),
}
_PASSING = {
    Passing.NO: _("The licensee may not hand the grant on."),
    Passing.CONSENT: _("The licensee may hand it on with the licensor’s consent."),
    Passing.WITH_BUSINESS: _("The licensee may hand it on together with its business."),
    Passing.FREE: _("The licensee may hand it on freely."),
}
_CONTROL = {
    ChangeOfControl.PERMITTED: _("A new owner of the licensee changes nothing."),
    ChangeOfControl.NOTICE: _("A new owner of the licensee is announced."),
    ChangeOfControl.CONSENT: _("A new owner of the licensee needs the licensor’s consent."),
    ChangeOfControl.TERMINATES: _("A new owner of the licensee ends the grant."),
}
_FORUMS = {
    Forum.COURT: _("Disputes go to the courts."),
    Forum.ICC: _("Disputes go to arbitration of the ICC."),
    Forum.WIPO_ADR: _("Disputes go to mediation and arbitration of WIPO."),
    Forum.NAMED: _("Disputes go to a forum that both sides named."),
}
