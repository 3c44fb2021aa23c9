"""Agreements of version 2: frozen bytes, and what the chain is told of them."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

from ipx.core.canonical import decode
from ipx.licences.agreement_v2 import EXCLUSIVITY_CODES, TRANSFER_CODES, grant_message
from ipx.licences.dues import fee_at_the_start, fee_by_card, waits_for_payment
from ipx.licences.terms_v2.ending import Passing
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.licences.terms_v2.versions import read_any
from tests.terms_v2_strategies import TERMS
from tools.agreement_v2_vectors import PUBLISHED, SEALED, VECTORS, agreement, vectors

LICENCE_CODES = Path(__file__).resolve().parents[2] / "contracts" / "src" / "lib" / "LicenceCode.sol"


def test_the_frozen_bytes_are_those_of_the_vectors() -> None:
    assert json.loads((VECTORS / "agreement_v2.json").read_text("utf-8")) == vectors()


def test_the_terms_are_read_back_out_of_the_signed_bytes() -> None:
    for vector in vectors():
        value = decode(vector["agreement"].encode())
        assert isinstance(value, dict)
        assert read_any(value["terms"]).to_json() == value["terms"]


def test_the_chain_is_told_the_codes_of_the_contract() -> None:
    source = LICENCE_CODES.read_text()
    for kind, code in EXCLUSIVITY_CODES.items():
        assert f"constant {kind.name} = {code};" in source
    names = {Passing.NO: "TRANSFER_NO", Passing.CONSENT: "TRANSFER_WITH_CONSENT", Passing.FREE: "TRANSFER_FREE"}
    for rule, name in names.items():
        assert f"constant {name} = {TRANSFER_CODES[rule]};" in source


def test_a_sealed_grant_tells_neither_exclusivity_nor_days() -> None:
    value = {**PUBLISHED, "publicity": {"notice_of_grant": False, "publish": ["term"]}}
    message = grant_message(agreement(value), salt=bytes(32), deadline=1)
    assert (message["exclusivity"], message["start"], message["end"]) == ("0", "0", "0")


def test_a_published_term_ends_with_the_first_second_after_it() -> None:
    message = grant_message(agreement(PUBLISHED), salt=bytes(32), deadline=1)
    assert datetime.fromtimestamp(int(str(message["start"])), UTC) == datetime(2027, 1, 31, tzinfo=UTC)
    assert datetime.fromtimestamp(int(str(message["end"])), UTC) == datetime(2027, 2, 28, tzinfo=UTC)
    days = {"start": {"event": "on-signature"}, "end": {"event": "date", "date": "2027-12-31"}}
    message = grant_message(agreement({**PUBLISHED, "term": days}), salt=bytes(32), deadline=1)
    assert message["start"] == "0"
    assert datetime.fromtimestamp(int(str(message["end"])), UTC) == datetime(2028, 1, 1, tzinfo=UTC)


def test_one_changed_word_changes_the_commitment() -> None:
    changed = {**SEALED, "law": {"governing_law": "FR"}}
    assert agreement(SEALED).commitment(bytes(32)) != agreement(changed).commitment(bytes(32))


@pytest.mark.parametrize(
    ("changes", "due", "by_card", "waits"),
    [
        ({}, 2_500_000, 2_500_000, True),
        ({"fees": {"upfront": {"amount": 0, "currency": "EUR"}}}, None, None, False),
        ({"fees": {"patent_cost_past": {"amount": 900, "currency": "EUR"}}}, None, None, False),
        ({"payment": {"currency": "EUR", "invoice_via": "bank"}}, 2_500_000, None, True),
        ({"term": PUBLISHED["term"]}, 2_500_000, 2_500_000, False),
        (
            {
                "grant": {**SEALED["grant"], "kind": "option"},
                "fees": {
                    "upfront": {"amount": 2_500_000, "currency": "EUR"},
                    "option_fee": {"amount": 700, "currency": "EUR"},
                },
            },
            700,
            700,
            True,
        ),
    ],
)
def test_one_fee_is_due_at_the_start(
    changes: dict[str, Any], due: int | None, by_card: int | None, waits: bool
) -> None:
    terms = read_terms({**SEALED, **changes})
    assert [fee.amount if fee else None for fee in (fee_at_the_start(terms), fee_by_card(terms))] == [due, by_card]
    assert waits_for_payment(terms) is waits


@given(TERMS)
def test_what_is_due_is_a_sum_that_the_terms_name(terms: LicenceTerms) -> None:
    fee = fee_at_the_start(terms)
    assert fee is None or (terms.fees is not None and fee in (terms.fees.upfront, terms.fees.option_fee))
