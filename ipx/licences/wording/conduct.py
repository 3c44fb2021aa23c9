"""What both sides do, in words: diligence, improvements, patents, secrecy, risk, standards."""

from collections.abc import Iterator

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.terms import percent
from ipx.licences.terms_v2.conduct import (
    Efforts,
    GrantBack,
    Indemnity,
    LicensorImprovements,
    MissedDiligence,
    Side,
    StandardDeclared,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.labels import label
from ipx.licences.wording.sentences import Sentence, by_year, days, either, length, listed, one_of, place_name, told


def diligence(terms: LicenceTerms) -> Iterator[Sentence]:
    """What the licensee has to do."""
    yield from told(
        terms.diligence,
        "diligence",
        {
            "efforts": one_of(_EFFORTS),
            "failure": one_of(_MISSED),
            "cure_days": lambda value: gettext("After a notice it has %(days)s to make good.", days=days(value)),
            "plan": lambda value: gettext("Commitment to the plan: %(hash)s.", hash=value),
            "minimum_spend": lambda value: gettext("It spends at least: %(amounts)s.", amounts=by_year(value)),
            "reports": lambda value: gettext("It reports on progress %(period)s.", period=label(value)),
        },
    )


def improvements(terms: LicenceTerms) -> Iterator[Sentence]:
    """Later improvements."""
    yield from told(
        terms.improvements,
        "improvements",
        {
            "licensor": one_of(_LICENSOR_IMPROVEMENTS),
            "grant_back": one_of(_GRANT_BACKS),
            "joint_ownership": lambda value: gettext("Made together, they are owned so: %(rule)s.", rule=value),
        },
    )


def prosecution(terms: LicenceTerms) -> Iterator[Sentence]:
    """Care for the patents, and suits."""
    controller = {
        Side.LICENSOR: _("The licensor files and maintains the patents."),
        Side.LICENSEE: _("The licensee files and maintains the patents."),
    }
    first = {
        Side.LICENSOR: _("The licensor may act first against infringers."),
        Side.LICENSEE: _("The licensee may act first against infringers."),
    }
    yield from told(
        terms.prosecution,
        "prosecution",
        {
            "controller": one_of(controller),
            "consultation": either(_("The other side is consulted."), _("The other side is not consulted.")),
            "step_in_countries": lambda value: gettext(
                "The other side may take over in %(places)s.", places=listed(map(place_name, value))
            ),
            "enforce_first": one_of(first),
            "licensee_recovery_bps": lambda value: gettext(
                "Of what a suit brings the licensee gets %(share)s.", share=percent(value)
            ),
            "marking": either(_("Products are marked with the patents."), _("Products need no marking.")),
        },
    )


def confidentiality(terms: LicenceTerms) -> Iterator[Sentence]:
    """Secrecy."""
    yield from told(
        terms.confidentiality,
        "confidentiality",
        {
            "period_months": lambda value: gettext("Secrets are kept for %(length)s.", length=length(value)),
            "nda": lambda value: gettext("The confidentiality undertaking with the hash %(hash)s holds.", hash=value),
            "publication_delay_days": lambda value: gettext(
                "Publications wait for %(days)s, so that a patent can be filed.", days=days(value)
            ),
            "residuals": either(
                _("What people remember may be used."), _("What people remember is secret like the rest.")
            ),
            "export_class": lambda value: gettext("Export control: %(entry)s.", entry=value),
            "access_room": lambda value: gettext("The documents are in the room %(id)s.", id=value),
        },
    )


def risk(terms: LicenceTerms) -> Iterator[Sentence]:
    """Warranty and liability."""
    yield from told(
        terms.risk,
        "risk",
        {
            "ownership_warranty": either(
                _("The licensor warrants that it may license."), _("The licensor does not warrant that it may license.")
            ),
            "as_is": either(
                _("The technology comes as it is: nothing is warranted of fitness, validity or rights of others."),
                _("The licensor warrants what the law of such contracts says."),
            ),
            "indemnity": one_of(_INDEMNITIES),
            "liability_cap": lambda value: gettext("Liability ends at %(amount)s.", amount=value),
            "insurance": lambda value: gettext("The licensee is insured for %(amount)s.", amount=value),
        },
    )


def standards(terms: LicenceTerms) -> Iterator[Sentence]:
    """Standard-essential patents."""
    yield from told(
        terms.standards,
        "standards",
        {
            "declared": lambda value: gettext("Declared essential to: %(names)s.", names=listed(map(_standard, value))),
            "frand": either(
                _("Everybody who asks gets a licence on fair, reasonable and non-discriminatory terms."),
                _("There is no FRAND commitment."),
            ),
            "reciprocity": either(
                _("Only for those who license their own essential patents likewise."),
                _("Also for those who do not license in return."),
            ),
            "royalty_free": either(_("No royalty is asked."), _("A royalty may be asked.")),
        },
    )


def _standard(declared: StandardDeclared) -> str:
    return " ".join(part for part in (declared.body, declared.standard, declared.version) if part)


_EFFORTS = {
    Efforts.BEST: _("The licensee does its best to bring the technology to use."),
    Efforts.COMMERCIALLY_REASONABLE: _("The licensee does what is commercially reasonable to bring it to use."),
}
_MISSED = {
    MissedDiligence.CURE: _("If it does not, both sides agree how it makes good."),
    MissedDiligence.CONVERT: _("If it does not, the grant becomes non-exclusive."),
    MissedDiligence.REDUCE_TERRITORY: _("If it does not, the territory shrinks to where it is active."),
    MissedDiligence.TERMINATE: _("If it does not, the licensor may end the grant."),
}
_LICENSOR_IMPROVEMENTS = {
    LicensorImprovements.INCLUDED: _("Improvements of the licensor are included."),
    LicensorImprovements.OPTION: _("For improvements of the licensor the licensee has an option."),
    LicensorImprovements.NONE: _("Improvements of the licensor are not included."),
}
_GRANT_BACKS = {
    GrantBack.NONE: _("The licensee keeps its improvements to itself."),
    GrantBack.NON_EXCLUSIVE: _("The licensor gets a non-exclusive licence of the licensee’s improvements."),
    GrantBack.OPTION: _("For the licensee’s improvements the licensor has an option."),
    GrantBack.EXCLUSIVE: _("The licensor gets an exclusive licence of the licensee’s improvements."),
    GrantBack.ASSIGNMENT: _("The licensee’s improvements belong to the licensor."),
}
_INDEMNITIES = {
    Indemnity.NONE: _("Neither side holds the other harmless."),
    Indemnity.BY_LICENSEE: _("The licensee holds the licensor harmless."),
    Indemnity.BY_LICENSOR: _("The licensor holds the licensee harmless."),
    Indemnity.MUTUAL: _("Each side holds the other harmless for its own doing."),
}
