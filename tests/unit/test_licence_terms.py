"""Licence terms and agreements: frozen bytes, plain words, and refusals that name the field."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ipx.core.canonical import encode
from ipx.core.errors import Invalid
from ipx.core.money import Money
from ipx.deals.nda import Undertaking
from ipx.licences.agreement import Agreement, Party, SubjectRight, grant_message
from ipx.licences.rules import EXCLUSIVITY_CODES, Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Royalty, Terms, make_terms, percent, terms_from_json

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "spec" / "vectors"
VALUES: dict[str, Any] = {
    "exclusivity": Exclusivity.EXCLUSIVE,
    "acts": (Act.MAKE, Act.USE, Act.SELL),
    "field_text": "Stationary batteries – Größe über 1 MWh",
    "field_codes": ("H01M10/0525",),
    "territory": ("DE", "CN"),
    "end": TermEnd.FIXED,
    "months": 66,
    "upfront": Money(2_500_000, "EUR"),
    "royalty": Royalty(RoyaltyBase.NET_SALES, 250),
    "transfer": TransferRule.CONSENT,
    "sublicensing": Sublicensing.NO,
    "governing_law": "Germany",
}
TERMS = make_terms(**VALUES)


def agreement(terms: Terms = TERMS) -> Agreement:
    return Agreement(
        agreement_id="11111111-1111-4111-8111-111111111111",
        technology_id="22222222-2222-4222-8222-222222222222",
        technology_title="Solid electrolyte",
        licensor=Party("33333333-3333-4333-8333-333333333333", "Institute", "0x" + "Aa" * 20),
        licensee=Party("44444444-4444-4444-8444-444444444444", "Company 公司", "0x" + "bB" * 20),
        subject=(SubjectRight("55555555-5555-4555-8555-555555555555", "patent", "Electrolyte", "EP", "1234567", "99"),),
        terms=terms,
    )


def test_the_frozen_bytes_are_those_of_the_vectors() -> None:
    vector = json.loads((VECTORS / "licence_terms.json").read_text())
    salt = bytes.fromhex(vector["salt"])
    assert encode(TERMS.to_json()).decode() == vector["terms"]
    assert agreement().canonical().decode() == vector["agreement"]
    assert agreement().commitment(salt).hex() == vector["commitment"]
    assert grant_message(agreement(), salt=salt, deadline=1_800_000_000) == vector["grant"]


def test_the_undertaking_is_that_of_the_vectors() -> None:
    vector = json.loads((VECTORS / "nda.json").read_text())
    undertaking = Undertaking(**vector["undertaking"])
    salt = bytes.fromhex(vector["salt"])
    assert encode(undertaking.to_json()).decode() == vector["value"]
    assert undertaking.commitment(salt).hex() == vector["terms"]
    assert undertaking.subject(salt).hex() == vector["subject"]


def test_terms_survive_storage() -> None:
    assert terms_from_json(json.loads(encode(TERMS.to_json()))) == TERMS
    bare = replace(TERMS, royalty=None, territory=(), end=TermEnd.PERPETUAL, months=None)
    assert terms_from_json(bare.to_json()) == bare


@pytest.mark.parametrize(
    ("field", "wrong", "named"),
    [
        ("acts", (), "acts"),
        ("territory", ("Germany",), "territory"),
        ("territory", ("DE", "DE"), "territory"),
        ("months", None, "months"),
        ("months", 0, "months"),
        ("royalty", Royalty(RoyaltyBase.GROSS, 10_001), "royalty"),
        ("royalty", Royalty(RoyaltyBase.GROSS, 0), "royalty"),
        ("governing_law", " ", "governing_law"),
        ("field_text", "x" * 501, "field_text"),
    ],
)
def test_wrong_terms_are_refused_at_their_field(field: str, wrong: object, named: str) -> None:
    with pytest.raises(Invalid) as refusal:
        make_terms(**{**VALUES, field: wrong})
    assert refusal.value.field == named


def test_a_perpetual_licence_has_no_months() -> None:
    with pytest.raises(Invalid):
        make_terms(**{**VALUES, "end": TermEnd.PERPETUAL})


def test_terms_of_another_format_are_refused() -> None:
    with pytest.raises(Invalid):
        terms_from_json({**TERMS.to_json(), "format": "ipx/licence-terms/v2"})
    with pytest.raises(Invalid):
        terms_from_json({"format": "ipx/licence-terms/v1"})


def test_basis_points_are_said_as_per_cent() -> None:
    assert [percent(bps) for bps in (1, 100, 250, 10_000)] == ["0.01 %", "1 %", "2.5 %", "100 %"]


def test_one_changed_word_changes_the_commitment() -> None:
    salt = bytes(32)
    changed = agreement(replace(TERMS, governing_law="France"))
    assert agreement().commitment(salt) != changed.commitment(salt)
    assert agreement().commitment(salt) != agreement().commitment(bytes([1]) * 32)


def test_a_sealed_grant_tells_the_chain_neither_kind_nor_dates() -> None:
    message = grant_message(agreement(), salt=bytes(32), deadline=1)
    assert (message["exclusivity"], message["start"], message["end"]) == ("0", "0", "0")
    published = grant_message(agreement(replace(TERMS, notice_of_grant=True)), salt=bytes(32), deadline=1)
    assert published["exclusivity"] == "1"


def test_the_chain_is_told_exclusivity_in_the_codes_of_the_contract() -> None:
    """LicenceCode.sol: 3 is co-exclusive, which terms of version 1 do not know."""
    source = (Path(__file__).resolve().parents[2] / "contracts" / "src" / "lib" / "LicenceCode.sol").read_text()
    for kind, code in EXCLUSIVITY_CODES.items():
        assert f"constant {kind.name} = {code};" in source
