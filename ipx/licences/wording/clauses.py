"""Terms as clauses of plain sentences: for a page, for plain text, and for comparing two versions."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import lazy_gettext as _

from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording import conduct, ending, granted, paid, parties
from ipx.licences.wording.sentences import Sentence


@dataclass(frozen=True)
class Clause:
    """One group of the terms in words. ``name`` is the group's name in JSON."""

    name: str
    title: str
    sentences: tuple[Sentence, ...]


_CLAUSES: tuple[tuple[str, Any, Callable[[LicenceTerms], Iterator[Sentence]]], ...] = (
    ("identity", _("Agreement"), parties.identity),
    ("parties", _("Parties"), parties.parties),
    ("subject", _("What is licensed"), parties.subject),
    ("grant", _("Grant"), granted.grant),
    ("field_of_use", _("Field of use"), granted.field_of_use),
    ("territory", _("Territory"), granted.territory),
    ("term", _("Term"), granted.term),
    ("fees", _("Fees"), paid.fees),
    ("royalty", _("Running royalty"), paid.royalty),
    ("minimums", _("Minimum royalty"), paid.minimums),
    ("milestones", _("Milestones"), paid.milestones),
    ("sublicence", _("Sublicences"), granted.sublicence),
    ("diligence", _("Diligence"), conduct.diligence),
    ("payment", _("Payment"), paid.payment),
    ("reports", _("Reports and audits"), paid.reports),
    ("improvements", _("Improvements"), conduct.improvements),
    ("prosecution", _("Prosecution and enforcement"), conduct.prosecution),
    ("confidentiality", _("Confidentiality"), conduct.confidentiality),
    ("risk", _("Warranty and liability"), conduct.risk),
    ("standards", _("Standards"), conduct.standards),
    ("termination", _("Termination"), ending.termination),
    ("assignment", _("Assignment and change of control"), ending.assignment),
    ("law", _("Governing law and disputes"), ending.law),
    ("publicity", _("Publicity"), ending.publicity),
    ("funding", _("Funding and sharing of income"), ending.funding),
)
TITLES = {name: title for name, title, _tell in _CLAUSES}


def clauses_of(terms: LicenceTerms) -> tuple[Clause, ...]:
    """Return the clauses that say something, in the order of the schema."""
    told = ((name, title, tuple(tell(terms))) for name, title, tell in _CLAUSES)
    return tuple(Clause(name, str(title), sentences) for name, title, sentences in told if sentences)


def plain_text(terms: LicenceTerms) -> str:
    """Return the terms as text without mark-up: a heading for each clause, a line for each sentence."""
    return "\n\n".join(
        "\n".join([clause.title, *(f"- {sentence.text}" for sentence in clause.sentences)])
        for clause in clauses_of(terms)
    )
