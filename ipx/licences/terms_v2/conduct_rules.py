"""Rules about everything but grant and money: which text holds, subject, diligence, standards, law, the end."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from ipx.core.canonical import Json
from ipx.core.countries import COUNTRIES
from ipx.licences.terms_v2.conduct import MissedDiligence
from ipx.licences.terms_v2.ending import Forum
from ipx.licences.terms_v2.grant import EndEvent, Exclusivity, GrantKind
from ipx.licences.terms_v2.parties import Prevails, RightType
from ipx.licences.terms_v2.price import Shortfall
from ipx.licences.terms_v2.problems import Problem, below
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.technologies.offices import OFFICES

EXPRESS = "express"
_HIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PATENTS = (RightType.PATENT, RightType.APPLICATION, RightType.UTILITY_MODEL, RightType.DESIGN)


def prevailing_text(terms: LicenceTerms) -> Iterator[Problem]:
    """The text prevails, and is there; the data prevail in express licences alone."""
    identity = terms.identity
    if identity is None:
        return
    if identity.prevails is Prevails.MACHINE and identity.template != EXPRESS:
        yield Problem("identity.prevails", "only an express licence lets the data prevail; say text.")
    if identity.prevails is Prevails.TEXT and identity.legal_text is None:
        yield Problem("identity.legal_text", "the text prevails: add the commitment to it.")


def jurisdictions(terms: LicenceTerms) -> Iterator[Problem]:
    """Countries and offices that exist."""
    for side in ("licensors", "licensees") if terms.parties else ():
        for index, party in enumerate(getattr(terms.parties, side)):
            yield from _country(f"parties.{side}[{index}].jurisdiction", party.jurisdiction)
    if terms.law is not None and terms.law.governing_law is not None:
        yield from _country("law.governing_law", terms.law.governing_law)
    for index, code in enumerate(terms.prosecution.step_in_countries if terms.prosecution else ()):
        yield from _country(f"prosecution.step_in_countries[{index}]", code)
    for index, patent in enumerate(terms.subject.patents if terms.subject else ()):
        yield from _office(f"subject.patents[{index}].office", patent.office)
    for index, recordal in enumerate(terms.publicity.recordals if terms.publicity else ()):
        yield from _office(f"publicity.recordals[{index}].office", recordal.office)


def hidden_characters(terms: LicenceTerms) -> Iterator[Problem]:
    """No character that hides or turns round what people read: controls, and overrides of the writing direction."""
    for path, text in _texts("", terms.to_json()):
        if _HIDDEN.search(text):
            yield Problem(path, "this holds characters that nobody sees; type it anew.")


def subject(terms: LicenceTerms) -> Iterator[Problem]:
    """Something is licensed; a tail for know-how needs know-how."""
    found = terms.subject
    if found is None:
        return
    if found.right_type in _PATENTS and not found.patents:
        yield Problem("subject.patents", f"name at least one {found.right_type}.")
    if found.right_type is RightType.KNOW_HOW and not found.know_how:
        yield Problem("subject.know_how", "name the know-how by a title that gives nothing away.")
    if terms.term.know_how_tail_months is not None and not found.know_how:
        yield Problem("term.know_how_tail_months", "no know-how is licensed; leave this out, or name it.")


def limited_kinds(terms: LicenceTerms) -> Iterator[Problem]:
    """An option, an evaluation and a standstill end on a day."""
    kind = terms.grant.kind
    limited = (GrantKind.OPTION, GrantKind.EVALUATION, GrantKind.SPONSOR_OPTION, GrantKind.STANDSTILL)
    if kind in limited and terms.term.end.event not in (EndEvent.DATE, EndEvent.MONTHS):
        yield Problem("term.end.event", f"a grant of the kind {kind} ends on a day or after months.")


def conversion(terms: LicenceTerms) -> Iterator[Problem]:
    """Only exclusivity can be converted, and only what may be ended can be."""
    diligence = terms.diligence
    exclusive = terms.grant.exclusivity is not Exclusivity.NON_EXCLUSIVE
    if diligence is not None and diligence.failure is MissedDiligence.CONVERT and not exclusive:
        yield Problem("diligence.failure", "a non-exclusive grant cannot be converted; choose another consequence.")
    if not terms.grant.irrevocable:
        return
    if diligence is not None and diligence.failure is MissedDiligence.TERMINATE:
        yield Problem("diligence.failure", "the grant is irrevocable: it cannot end this way.")
    if terms.minimums is not None and terms.minimums.consequence is Shortfall.TERMINATE:
        yield Problem("minimums.consequence", "the grant is irrevocable: it cannot end this way.")


def standards(terms: LicenceTerms) -> Iterator[Problem]:
    """A royalty-free commitment asks for no royalty."""
    if terms.standards is not None and terms.standards.royalty_free and terms.royalty is not None:
        yield Problem("standards.royalty_free", "a running royalty is agreed; take one of both out.")


def law(terms: LicenceTerms) -> Iterator[Problem]:
    """One governing law; a named forum has a name."""
    found = terms.law
    if found is None:
        return
    if (found.governing_law is None) == (found.governing_law_text is None):
        yield Problem("law.governing_law", "name the law either by its code or in words.")
    if (found.forum_named is not None) != (found.forum is Forum.NAMED):
        yield Problem("law.forum_named", "name the forum where forum is “named”, and nowhere else.")


def last_expiry(terms: LicenceTerms, day: date) -> Iterator[Problem]:
    """The grant ends with the last patent, unless know-how stays licensed; ``day``: when that one expires."""
    if terms.term.know_how_tail_months is not None:
        return
    if terms.term.end.date is not None and terms.term.end.date > day:
        yield Problem("term.end.date", f"the last patent expires on {day}: end by then, or agree a tail for know-how.")
    if terms.term.end.event is EndEvent.PERPETUAL:
        yield Problem("term.end.event", f"the last patent expires on {day}: say last-to-expire, or agree a tail.")


def _texts(path: str, value: Json) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            yield from _texts(below(path, name), part)
    elif isinstance(value, Sequence):
        for index, part in enumerate(value):
            yield from _texts(f"{path}[{index}]", part)


def _country(path: str, code: str) -> Iterator[Problem]:
    if code[:2] not in COUNTRIES:
        yield Problem(path, f"“{code}” does not begin with a country of ISO 3166-1.")


def _office(path: str, code: str) -> Iterator[Problem]:
    if code not in OFFICES:
        yield Problem(path, f"“{code}” is not an office of WIPO ST.3.")
