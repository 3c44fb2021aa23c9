"""Which agreement, between whom, and about what, in words."""

from collections.abc import Iterator

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.licences.terms_v2.parties import KnowHow, Party, Patent, Prevails
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.labels import label
from ipx.licences.wording.sentences import Sentence, either, listed, one_of, place_name, told


def identity(terms: LicenceTerms) -> Iterator[Sentence]:
    """Which agreement and which text."""
    prevails = {
        Prevails.TEXT: _("Where text and data differ, the text holds."),
        Prevails.MACHINE: _("Where text and data differ, the data hold."),
    }
    yield from told(
        terms.identity,
        "identity",
        {
            "agreement_id": lambda value: gettext("Agreement %(id)s.", id=value),
            "version": lambda value: gettext("Version %(number)s.", number=value),
            "prevails": one_of(prevails),
            "replaces": lambda value: gettext("It replaces the version with the hash %(hash)s.", hash=value),
            "legal_text": lambda value: gettext("Commitment to the text: %(hash)s.", hash=value),
            "language": lambda value: gettext("The text is in the language %(tag)s.", tag=value),
            "template": lambda value: gettext("Made after: %(name)s.", name=value),
        },
    )


def parties(terms: LicenceTerms) -> Iterator[Sentence]:
    """Who grants to whom."""
    if terms.parties is None:
        return
    for index, party in enumerate(terms.parties.licensors):
        yield Sentence(f"parties.licensors[{index}]", gettext("Licensor: %(party)s.", party=_party(party)))
    for index, party in enumerate(terms.parties.licensees):
        yield Sentence(f"parties.licensees[{index}]", gettext("Licensee: %(party)s.", party=_party(party)))
    yield from told(
        terms.parties,
        "parties",
        {
            "affiliates_included": either(
                _("Affiliates of the licensee are included."), _("Affiliates of the licensee are not included.")
            ),
            "joint_owner_consent": lambda value: gettext(
                "Co-owners consent; commitments to their consents: %(hashes)s.", hashes=listed(value)
            ),
        },
    )


def subject(terms: LicenceTerms) -> Iterator[Sentence]:
    """What is licensed."""
    if terms.subject is None:
        return
    yield Sentence("subject.right_type", gettext("Licensed are: %(kind)s.", kind=label(terms.subject.right_type)))
    for index, patent in enumerate(terms.subject.patents):
        yield Sentence(f"subject.patents[{index}]", _patent(patent))
    for index, package in enumerate(terms.subject.know_how):
        yield Sentence(f"subject.know_how[{index}]", _know_how(package))
    excluded = {"background_excluded": lambda value: gettext("Not licensed: %(what)s.", what=value)}
    yield from told(terms.subject, "subject", excluded)


def _party(party: Party) -> str:
    parts = [party.legal_name, label(party.type), place_name(party.jurisdiction)]
    parts += [gettext("registered as %(id)s", id=party.registry_id)] if party.registry_id else []
    parts += [gettext("signed for by %(name)s", name=party.signatory)] if party.signatory else []
    parts += [gettext("authority proven by %(hash)s", hash=party.authority)] if party.authority else []
    return listed(parts)


def _patent(patent: Patent) -> str:
    parts = [f"{patent.office} {patent.number} {patent.kind or ''}".strip()]
    parts += [gettext("family %(id)s", id=patent.family_id)] if patent.family_id else []
    parts += [gettext("with its family") if patent.include_family else gettext("without its family")]
    continued = patent.include_continuations
    parts += [gettext("with continuations") if continued else gettext("without continuations")]
    return listed(parts) + str(gettext("."))


def _know_how(package: KnowHow) -> str:
    parts = [package.title, label(package.secrecy)]
    parts += [gettext("identified in writing") if package.identified else gettext("not identified in writing yet")]
    parts += [gettext("handed over: %(what)s", what="; ".join(package.deliverables))] if package.deliverables else []
    parts += [gettext("commitment %(hash)s", hash=package.commitment)] if package.commitment else []
    return listed(parts) + str(gettext("."))
