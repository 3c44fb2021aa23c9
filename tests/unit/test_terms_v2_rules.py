"""Version 2 of licence terms: the published vectors, the rules about money and conduct, and incomes shared exactly."""

import hashlib
import json
from datetime import date
from fractions import Fraction
from itertools import zip_longest
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.errors import Invalid, Tampered
from ipx.core.money import Money
from ipx.licences.terms import terms_from_json
from ipx.licences.terms_v2.ending import Share, SplitShare, SplitStep
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.rules import checked_terms, problems_of
from ipx.licences.terms_v2.splits import apportion, distribute
from ipx.licences.terms_v2.terms import read_canonical, read_terms

VECTORS = json.loads(
    (Path(__file__).resolve().parents[2] / "docs" / "spec" / "vectors" / "licence_terms_v2.json").read_text()
)
WHOLE: dict[str, Any] = json.loads(VECTORS["accepted"][1]["canonical"])
FUNDING = checked_terms(WHOLE).funding
assert FUNDING is not None
SPLIT = FUNDING.revenue_split


def whole(**changes: Any) -> dict[str, Any]:
    """Return the whole example, with fields changed: ``a__b__0`` is ``a.b[0]``, None takes a field out."""
    value: dict[str, Any] = json.loads(json.dumps(WHOLE))
    for path, new in changes.items():
        *above, last = [int(part) if part.isdecimal() else part for part in path.split("__")]
        place: Any = value
        for part in above:
            place = place[part]
        if new is None:
            del place[last]
        else:
            place[last] = new
    return value


def faults(value: object) -> dict[str, str]:
    with pytest.raises(InvalidTerms) as refusal:
        checked_terms(value)
    return {problem.path: problem.message for problem in refusal.value.problems}


@pytest.mark.parametrize("vector", VECTORS["accepted"], ids=lambda vector: vector["name"])
def test_accepted_vectors_are_read_and_committed_to(vector: dict[str, str]) -> None:
    data = vector["canonical"].encode()
    terms = read_canonical(data)
    assert problems_of(terms) == ()
    assert terms.canonical() == data
    assert terms.sha256().hex() == vector["sha256"] == hashlib.sha256(data).hexdigest()
    commitment = terms.commitment(salt=bytes.fromhex(VECTORS["salt"]), owner=VECTORS["owner"])
    assert commitment.hex() == vector["commitment"]


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["why"])
def test_refused_vectors_are_refused_at_their_fields(vector: dict[str, Any]) -> None:
    if vector["paths"]:
        assert sorted(faults(vector["value"])) == sorted(vector["paths"])
        return
    data = json.dumps(vector["value"], sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    assert problems_of(read_terms(vector["value"])) == ()
    with pytest.raises(Tampered):
        read_canonical(data)


@pytest.mark.parametrize("vector", VECTORS["read_from_v1"])
def test_version_1_is_read_as_the_vectors_say(vector: dict[str, str]) -> None:
    assert as_v2(terms_from_json(json.loads(vector["v1"]))).canonical().decode() == vector["v2"]


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"identity__legal_text": None}, "identity.legal_text"),
        ({"identity__prevails": "machine"}, "identity.prevails"),
        ({"parties__licensors": []}, "parties.licensors"),
        ({"parties__licensees__0__jurisdiction": "XX-1"}, "parties.licensees[0].jurisdiction"),
        ({"subject__right_type": "patent", "subject__patents": []}, "subject.patents"),
        ({"subject__know_how": []}, "term.know_how_tail_months"),
        ({"subject__patents__0__office": "QQ"}, "subject.patents[0].office"),
        ({"subject__background_excluded": "no \u202eserutcip"}, "subject.background_excluded"),
        ({"grant__kind": "option", "term__end": {"event": "perpetual"}, "term__renewal": None}, "term.end.event"),
        ({"fees__option_fee": {"amount": 1, "currency": "EUR"}}, "fees.option_fee"),
        ({"fees__patent_cost_future__licensee_bps": None}, "fees.patent_cost_future.licensee_bps"),
        ({"fees__annual_maintenance__1__year": 1}, "fees.annual_maintenance[1].year"),
        ({"fees__annual_maintenance__1__amount__currency": "USD"}, "fees.annual_maintenance"),
        ({"fees__upfront__currency": "XTS"}, "fees.upfront"),
        ({"royalty__rate": {"share_bps": 300}}, "royalty.rate"),
        ({"royalty__tiers": []}, "royalty.rate"),
        ({"royalty__tier_currency": None}, "royalty.tier_currency"),
        ({"royalty__tiers__0__from": 5}, "royalty.tiers[0].from"),
        ({"royalty__tiers__0__to": None}, "royalty.tiers[0].to"),
        ({"royalty__tiers__1__to": 200000000}, "royalty.tiers[1].to"),
        ({"royalty__tiers__1__rate": {"per_unit": {"amount": 1, "currency": "EUR"}}}, "royalty.tiers[1].rate.per_unit"),
        ({"royalty__base": "unit"}, "royalty.tiers[0].rate.share_bps"),
        ({"royalty__base": "gross"}, "royalty.net_sales_deductions"),
        ({"royalty__floor_bps": 301}, "royalty.floor_bps"),
        ({"royalty__floor_bps": None}, "royalty.floor_bps"),
        ({"royalty": None}, "minimums.creditable"),
        ({"minimums__by_year__0__year": 0}, "minimums.by_year[0].year"),
        ({"milestones": [WHOLE["milestones"][0]] * 2}, "milestones[1].id"),
        ({"milestones__0__due_date": None}, "milestones[0].due_date"),
        ({"diligence__failure": "terminate", "grant__irrevocable": True}, "diligence.failure"),
        ({"payment__currency": "ZZZ"}, "payment.currency"),
        ({"prosecution__step_in_countries__0": "EU"}, "prosecution.step_in_countries[0]"),
        ({"standards__royalty_free": True}, "standards.royalty_free"),
        ({"law__governing_law_text": "Germany"}, "law.governing_law"),
        ({"law__forum": "named"}, "law.forum_named"),
        ({"publicity__recordals__0__office": "QQ"}, "publicity.recordals[0].office"),
        ({"funding__revenue_split__0__share": {"numerator": 11, "denominator": 10}}, "funding.revenue_split[0].share"),
        ({"funding__revenue_split__4__from__currency": "USD"}, "funding.revenue_split"),
        ({"funding__revenue_split__0__from": {"amount": 1, "currency": "EUR"}}, "funding.revenue_split[0].from"),
    ],
)
def test_a_rule_names_its_field(changes: dict[str, Any], named: str) -> None:
    assert named in faults(whole(**changes))


def test_converting_needs_exclusivity() -> None:
    found = faults(whole(grant={"kind": "licence", "exclusivity": "non-exclusive", "acts": ["use"]}))
    assert set(found) == {"minimums.consequence", "diligence.failure"}


def test_the_grant_ends_with_the_last_patent_unless_know_how_stays() -> None:
    expiry = date(2035, 1, 1)
    assert problems_of(read_terms(WHOLE), last_expiry=expiry) == ()
    without = read_terms(whole(term__know_how_tail_months=None))
    assert [problem.path for problem in problems_of(without, last_expiry=expiry)] == ["term.end.date"]
    assert problems_of(without, last_expiry=date(2036, 12, 31)) == ()


@pytest.mark.parametrize("vector", VECTORS["splits"], ids=lambda vector: vector["why"])
def test_splits_of_the_vectors(vector: dict[str, Any]) -> None:
    found = distribute(SPLIT, Money(**vector["income"]), shared_before=vector["shared_before"])
    assert [[payout.beneficiary, payout.amount.amount] for payout in found] == vector["payouts"]


SHARES = st.lists(st.integers(0, 50), min_size=1, max_size=6).filter(any)


@given(st.integers(0, 10**12), SHARES)
def test_apportioning_loses_no_cent_and_nobody_gets_a_whole_cent_wrong(amount: int, weights: list[int]) -> None:
    shares = [Fraction(weight, sum(weights)) for weight in weights]
    parts = apportion(amount, shares)
    assert sum(parts) == amount
    assert all(abs(part - amount * share) < 1 for part, share in zip(parts, shares, strict=True))


def lines_of(step: SplitStep, weights: list[int], total: int, start: int = 0) -> list[SplitShare]:
    first = Money(start, "EUR") if start else None
    return [SplitShare(step, f"{step} {n}", Share(weight, total), first) for n, weight in enumerate(weights)]


@given(
    income=st.integers(0, 10**10),
    before=st.integers(0, 10**6),
    costs=st.integers(0, 10**6),
    top=st.lists(st.integers(0, 20), max_size=3),
    tiers=st.dictionaries(st.integers(1, 10**6), SHARES, max_size=3),
    first=SHARES,
)
def test_all_that_comes_in_goes_out_whatever_the_waterfall(
    income: int, before: int, costs: int, top: list[int], tiers: dict[int, list[int]], first: list[int]
) -> None:
    lines = [line for step in SplitStep if step is not SplitStep.TIER for line in lines_of(step, top, 60)]
    for start, weights in {0: first, **tiers}.items():
        lines += lines_of(SplitStep.TIER, weights, sum(weights), start)
    payouts = distribute(lines, Money(income, "EUR"), shared_before=before, open_costs=costs)
    assert sum(payout.amount.amount for payout in payouts) == income
    recovered = sum(payout.amount.amount for payout in payouts if payout.step is SplitStep.PATENT_COSTS)
    assert recovered <= costs


@given(st.lists(st.integers(1, 10**7), min_size=1, max_size=5))
def test_the_tiers_see_what_was_shared_before(incomes: list[int]) -> None:
    """Shared in pieces or at once, each tier shares the same sum; beneficiaries differ by rounding alone."""
    tiers = [line for line in SPLIT if line.step is SplitStep.TIER]
    at_once = distribute(tiers, Money(sum(incomes), "EUR"))
    before, pieces = 0, {"Inventors": 0, "Department": 0, "University": 0}
    for income in incomes:
        for payout in distribute(tiers, Money(income, "EUR"), shared_before=before):
            pieces[payout.beneficiary] += payout.amount.amount
        before += income
    whole_sums = {name: sum(p.amount.amount for p in at_once if p.beneficiary == name) for name in pieces}
    assert sum(pieces.values()) == sum(incomes)
    for name, amount in pieces.items():
        assert abs(amount - whole_sums[name]) <= 2 * len(incomes) + 2


def test_an_income_in_another_currency_is_not_guessed() -> None:
    with pytest.raises(Invalid, match="convert"):
        distribute(SPLIT, Money(100, "USD"))


def test_the_vectors_name_every_group_of_the_schema() -> None:
    names = set(read_terms(WHOLE).__dataclass_fields__)
    assert not names - set(WHOLE), "add the new group to the vectors of a new version"
    assert not [pair for pair in zip_longest(sorted(names), sorted(set(WHOLE) - {"format"})) if pair[0] != pair[1]]
