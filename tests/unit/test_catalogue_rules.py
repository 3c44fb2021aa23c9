"""The statement before publishing, needs, terms as typed, and what licences leave."""

from dataclasses import MISSING
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.catalogue.listing_page import rights_bars
from ipx.catalogue.rules import Novelty, check_novelty, clean_keywords, clean_need
from ipx.catalogue.typed_terms import (
    SOME,
    WORLDWIDE,
    read_basis_points,
    read_classes,
    read_countries,
    read_months,
    read_upfront,
    values_of,
)
from ipx.core.errors import Invalid
from ipx.core.money import CURRENCIES, Money
from ipx.licences.conflicts import compare, grants_in_force
from ipx.licences.records import Licence
from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, State, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, make_terms
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.terms import LicenceTerms

TODAY = date(2026, 11, 22)


def terms(**changes: Any) -> LicenceTerms:
    given: dict[str, Any] = {
        "exclusivity": Exclusivity.EXCLUSIVE,
        "acts": (Act.MAKE,),
        "field_text": "",
        "field_codes": (),
        "territory": (),
        "end": TermEnd.FIXED,
        "months": 12,
        "upfront": Money(100, "EUR"),
        "royalty": None,
        "transfer": TransferRule.NO,
        "sublicensing": Sublicensing.NO,
        "governing_law": "Germany",
    }
    return as_v2(make_terms(**{**given, **changes}))


def licence(state: State = State.ACTIVE, **changes: Any) -> Licence:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    fields = Licence.__dataclass_fields__.values()
    stated: dict[str, Any] = {field.name: "x" for field in fields if field.default is MISSING}
    stated |= {"titles": (), "terms": terms(**changes), "state": state, "created_at": now, "activated_at": now}
    return Licence(**stated)


@pytest.mark.parametrize(
    ("novelty", "filed_on", "field"),
    [
        (Novelty.FILED, None, "filed_on"),
        (Novelty.FILED, date(2026, 11, 23), "filed_on"),
        (Novelty.FILED, date(206, 1, 1), "filed_on"),
        (Novelty.CLEARED, date(2026, 1, 1), "filed_on"),
    ],
)
def test_statement_when_not_whole_then_names_the_date(novelty, filed_on, field):
    with pytest.raises(Invalid) as caught:
        check_novelty(novelty, filed_on, today=TODAY)
    assert caught.value.field == field


@pytest.mark.parametrize(("novelty", "filed_on"), [(Novelty.FILED, TODAY), (Novelty.CLEARED, None)])
def test_statement_when_whole_then_passes(novelty, filed_on):
    check_novelty(novelty, filed_on, today=TODAY)


def test_need_when_it_holds_control_characters_then_they_are_gone():
    assert clean_need("A\x00 need\n", "A long enough text.\r\nSecond\x1b line.") == (
        "A need",
        "A long enough text.\nSecond line.",
    )


@pytest.mark.parametrize(
    ("title", "text", "field"),
    [("", "x" * 30, "title"), ("x" * 201, "x" * 30, "title"), ("x", "short", "text"), ("x", "y" * 20_001, "text")],
)
def test_need_when_too_short_or_long_then_names_the_field(title, text, field):
    with pytest.raises(Invalid) as caught:
        clean_need(title, text)
    assert caught.value.field == field


def test_keywords_when_repeated_or_blank_then_each_stands_once():
    assert clean_keywords([" a  b", "a b", "", "c"]) == ("a b", "c")


@pytest.mark.parametrize(
    ("read", "field"),
    [
        (lambda: read_upfront("12,5 euros", "EUR"), "upfront"),
        (lambda: read_basis_points("2.555"), "royalty"),
        (lambda: read_basis_points("1e9"), "royalty"),
        (lambda: read_basis_points("NaN"), "royalty"),
        (lambda: read_months("twelve"), "months"),
        (lambda: read_months("٣"), "months"),
        (lambda: read_countries(SOME, ""), "territory"),
        (lambda: read_countries(SOME, "DE, XX"), "territory"),
        (lambda: read_countries(WORLDWIDE, "DE"), "territory"),
        (lambda: read_classes("battery"), "field_codes"),
    ],
)
def test_terms_when_a_value_cannot_be_read_then_names_its_field(read, field):
    with pytest.raises(Invalid) as caught:
        read()
    assert caught.value.field == field


@given(
    amount=st.integers(0, 10**12),
    currency=st.sampled_from(CURRENCIES),
    rate=st.none() | st.integers(1, 10_000),
    territory=st.lists(st.sampled_from(["DE", "US", "CN", "NO"]), unique=True),
    months=st.none() | st.integers(1, 1200),
)
def test_terms_when_shown_in_the_form_and_read_again_then_are_the_same(amount, currency, rate, territory, months):
    end = TermEnd.PERPETUAL if months is None else TermEnd.FIXED
    royalty = Royalty(RoyaltyBase.GROSS, rate) if rate else None
    stated = terms(upfront=Money(amount, currency), royalty=royalty, territory=tuple(territory), months=months, end=end)
    shown = {name: str(value) for name, value in values_of(stated).items() if isinstance(value, str)}
    assert stated.fees is not None
    assert read_upfront(shown["upfront"], shown["currency"]) == stated.fees.upfront
    assert read_basis_points(shown["royalty"]) == rate
    assert read_countries(shown["reach"], shown["territory"]) == tuple(territory)
    assert read_months(shown["months"]) == months
    assert "E" not in shown["royalty"]
    assert Decimal(shown["upfront"] or "0") >= 0


def states(listed: LicenceTerms, *licences: Licence) -> dict[str, str]:
    """Return the state of each place in the bar *where*."""
    now = datetime(2026, 2, 1, tzinfo=UTC)
    bars = rights_bars(listed, compare(listed, grants_in_force(licences, now=now), now=now), at=now.date())
    assert {segment["state"] for segment in bars[1]["segments"]} <= {"free", "granted", "undecided", "reserved"}
    return {segment["label"]: segment["state"] for segment in bars[0]["segments"]}


def test_licences_when_not_exclusive_or_dead_then_take_nothing_from_what_is_not_exclusive():
    listed = terms(exclusivity=Exclusivity.NON_EXCLUSIVE)
    living = licence(exclusivity=Exclusivity.NON_EXCLUSIVE)
    assert states(listed, living, licence(State.TERMINATED)) == {"Worldwide": "free"}
    assert states(terms(), living) == {"Worldwide": "granted"}


@pytest.mark.parametrize("exclusivity", [Exclusivity.EXCLUSIVE, Exclusivity.SOLE])
@pytest.mark.parametrize("state", [State.GRANTING, State.ACTIVE, State.SUSPENDED])
def test_licences_when_exclusive_or_sole_and_alive_then_take_their_territory(exclusivity, state):
    open_ = {"exclusivity": Exclusivity.NON_EXCLUSIVE}
    taken = licence(state, exclusivity=exclusivity, territory=("DE", "FR"))
    assert states(terms(**open_), taken) == {"Germany, France": "granted", "All other countries": "free"}
    assert states(terms(territory=("DE", "US"), **open_), taken) == {"DE": "granted", "US": "free"}
    assert states(terms(territory=("US",), **open_), licence(state, exclusivity=exclusivity)) == {"US": "granted"}


def test_fields_that_cannot_be_compared_are_shown_as_undecided():
    taken = licence(field_text="Batteries", territory=("DE",))
    assert states(terms(field_text="Cells", territory=("DE", "FR")), taken) == {
        "DE": "undecided",
        "FR": "free",
    }
