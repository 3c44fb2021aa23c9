"""Whether terms make sense together. Pure; every fault names its field and the cure.

``problems_of`` judges terms that were read; ``checked_terms`` reads and judges in one go, so that a person sees faults
of spelling and of sense together.
"""

from collections.abc import Callable, Iterator

from ipx.licences.terms_v2 import grant_rules
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms

RULES: tuple[Callable[[LicenceTerms], Iterator[Problem]], ...] = (
    grant_rules.exclusivity,
    grant_rules.field_codes,
    grant_rules.places,
    grant_rules.term,
    grant_rules.sublicences,
)


def problems_of(terms: LicenceTerms) -> tuple[Problem, ...]:
    """Return every fault of sense, in the order of the fields."""
    return tuple(problem for rule in RULES for problem in rule(terms))


def checked_terms(value: object) -> LicenceTerms:
    """Return terms out of parsed JSON that also make sense. Raises InvalidTerms with every fault."""
    terms = read_terms(value)
    problems = problems_of(terms)
    if problems:
        raise InvalidTerms(problems)
    return terms
