"""Whether terms make sense together. Pure; every fault names its field and the cure.

``problems_of`` judges terms that were read; ``checked_terms`` reads and judges. Faults of spelling come all at once;
faults of sense come all at once as soon as everything is spelt right, since they compare one field with another.
"""

from collections.abc import Callable, Iterator
from datetime import date

from ipx.licences.terms_v2 import conduct_rules, grant_rules, price_rules
from ipx.licences.terms_v2.problems import InvalidTerms, Problem
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms

RULES: tuple[Callable[[LicenceTerms], Iterator[Problem]], ...] = (
    conduct_rules.hidden_characters,
    conduct_rules.prevailing_text,
    conduct_rules.jurisdictions,
    conduct_rules.subject,
    grant_rules.exclusivity,
    grant_rules.field_codes,
    grant_rules.places,
    grant_rules.term,
    conduct_rules.limited_kinds,
    price_rules.fees,
    price_rules.royalty,
    price_rules.minimums,
    price_rules.milestones,
    grant_rules.sublicences,
    conduct_rules.conversion,
    conduct_rules.standards,
    conduct_rules.law,
    price_rules.revenue_split,
)


def problems_of(terms: LicenceTerms, *, last_expiry: date | None = None) -> tuple[Problem, ...]:
    """Return every fault of sense.

    ``last_expiry``: the day on which the last licensed patent expires, where it is known.
    """
    found = [problem for rule in RULES for problem in rule(terms)]
    if last_expiry is not None:
        found += conduct_rules.last_expiry(terms, last_expiry)
    return tuple(found)


def checked_terms(value: object, *, last_expiry: date | None = None) -> LicenceTerms:
    """Return terms out of parsed JSON that also make sense. Raises InvalidTerms with every fault."""
    terms = read_terms(value)
    problems = problems_of(terms, last_expiry=last_expiry)
    if problems:
        raise InvalidTerms(problems)
    return terms
