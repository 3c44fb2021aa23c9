"""Money: integers only, read and written as people do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core.errors import Invalid
from ipx.core.money import Money, parse_money


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("12500", "EUR", 1_250_000),
        ("12,500.5", "EUR", 1_250_050),
        ("0", "USD", 0),
        (" 1 000 ", "CHF", 100_000),
        ("500", "JPY", 500),
    ],
)
def test_amounts_are_read_as_people_write_them(text: str, currency: str, amount: int) -> None:
    assert parse_money(text, currency) == Money(amount, currency)


@pytest.mark.parametrize("text", ["", "-1", "1e3", "1.234", "abc", "١٢", "1..2", "99999999999999"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_money(text, "EUR")


def test_yen_have_no_decimals() -> None:
    with pytest.raises(Invalid):
        parse_money("1.5", "JPY")
    assert str(Money(1500, "JPY")) == "JPY 1,500"


def test_unknown_currencies_and_debts_are_no_money() -> None:
    for amount, currency in ((1, "XXX"), (-1, "EUR")):
        with pytest.raises(Invalid):
            Money(amount, currency)


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(["EUR", "JPY"]))
def test_what_is_written_is_read_back(amount: int, currency: str) -> None:
    money = Money(amount, currency)
    assert parse_money(money.major(), currency) == money
