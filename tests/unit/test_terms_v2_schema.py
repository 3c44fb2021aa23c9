"""Every value of the types survives its canonical form, and the JSON Schema says what the reader does."""

import json
import random
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.schema import json_schema
from ipx.licences.terms_v2.terms import LicenceTerms, read_canonical, read_terms
from tests.terms_v2_strategies import TERMS

SPEC = Path(__file__).resolve().parents[2] / "docs" / "spec"
VALIDATOR = Draft202012Validator(json_schema(), format_checker=FormatChecker(["date"]))
SLOW = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def test_the_published_schema_is_that_of_the_types() -> None:
    assert json.loads((SPEC / "licence-terms-v2.schema.json").read_text()) == json_schema()
    Draft202012Validator.check_schema(json_schema())


@SLOW
@given(TERMS)
def test_terms_survive_their_canonical_form_and_fit_the_schema(terms: LicenceTerms) -> None:
    assert read_canonical(terms.canonical()) == terms
    VALIDATOR.validate(json.loads(terms.canonical()))


@SLOW
@given(TERMS, st.randoms(use_true_random=False))
def test_reader_and_schema_refuse_the_same_values(terms: LicenceTerms, chance: random.Random) -> None:
    value = json.loads(terms.canonical())
    for _time in range(20):
        spoilt = spoil(json.loads(json.dumps(value)), chance)
        assert reads(spoilt) == VALIDATOR.is_valid(spoilt), spoilt


def reads(value: object) -> bool:
    try:
        read_terms(value)
    except InvalidTerms as error:
        return not all(problem.path for problem in error.problems)  # a fault that names no field is no refusal
    return True


def spoil(value: Any, chance: random.Random) -> Any:
    """Change one place anywhere in the value: taken out, another type, out of range, or a field too many."""
    places = list(walk(value))
    holder, key = chance.choice(places)
    what = chance.randrange(4)
    if what == 0:
        del holder[key]
    elif what == 1:
        holder[key] = chance.choice([True, -1, 0, 10**15, "x", "", [], {}, [1], {"x": 1}, "2030-02-30", "EUR", 1.5])
    elif what == 2 and isinstance(holder, dict):
        holder["unknown"] = 1
    elif isinstance(holder[key], list):
        holder[key] = holder[key] * 2
    return value


def walk(value: Any) -> Any:
    for key in list(value) if isinstance(value, dict) else range(len(value)):
        yield value, key
        if isinstance(value[key], (dict, list)):
            yield from walk(value[key])
