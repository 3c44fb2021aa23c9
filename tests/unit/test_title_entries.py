"""Entries of a chain of title: what is taken, what is refused and where, names, and their canonical form."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given

from ipx.core.canonical import decode, encode
from ipx.core.errors import Invalid
from ipx.titles.checks import checked, read_share
from ipx.titles.entries import Consent, Conveyance, CoOwnership, Entry, from_json, to_json
from ipx.titles.names import are_alike, name_key
from ipx.titles.rules import ConsentRule, ConveyanceKind, JointAct
from tests.title_steps import ADA, BOB, UNI, conveyances, conveys

TODAY = date(2026, 11, 28)

# ── names, and what is taken ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("one", "other", "same", "alike"),
    [
        ("Lovelace, Ada", "Ada Lovelace", True, True),
        ("MÜLLER GmbH", "Muller GmbH", True, True),
        ("Halcyon Materials, Inc.", "Halcyon Materials Inc", True, True),
        ("Halcyon Materials Inc.", "Halcyon Materials LLC", False, True),
        ("A. Lovelace", "Ada Lovelace", False, True),
        ("Ada K. Lovelace", "Ada Lovelace", False, True),
        ("Univercity of Exampleton", "University of Exampleton", False, True),
        ("Ada Lovelace", "Bob Lovelace", False, False),
        ("Acme One", "Acme Two", False, False),
        ("清华大学", "北京大学", False, False),
    ],
)
def test_names(one: str, other: str, same: bool, alike: bool) -> None:
    assert (name_key(one) == name_key(other)) is same
    assert are_alike(one, other) is are_alike(other, one) is alike


@pytest.mark.parametrize(
    ("text", "share"),
    [("1/3", Fraction(1, 3)), (" 25 % ", Fraction(1, 4)), ("0.5", Fraction(1, 2)), ("1", Fraction(1)), ("all", None)],
)
def test_shares_as_people_write_them(text: str, share: Fraction | None) -> None:
    assert read_share(text) == share


@pytest.mark.parametrize("text", ["0", "2", "1/0", "-1/2", "1e9", "half", "1//2", "150%", "٣/٤"])
def test_what_is_no_share_is_refused_at_the_field(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_share(text)
    assert refused.value.field == "share"


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (conveys([], UNI), "givers"),
        (conveys([ADA, "Lovelace, Ada"], UNI), "givers"),
        (conveys(ADA, " "), "receiver"),
        (conveys(ADA, ADA), "receiver"),
        (conveys(ADA, UNI, "2027-01-01"), "givers"),
        (conveys(ADA, UNI, recorded_on=date(2019, 1, 1)), "recorded_on"),
        (conveys(ADA, UNI, kind=ConveyanceKind.PARTIAL_ASSIGNMENT), "share"),
        (conveys(ADA, UNI, kind=ConveyanceKind.LICENCE, share=Fraction(1, 2)), "share"),
        (conveys(ADA, UNI, kind=ConveyanceKind.NUNC_PRO_TUNC), "effective_on"),
        (conveys(ADA, UNI, is_exclusive=True), "is_exclusive"),
        (conveys(ADA, UNI, kind=ConveyanceKind.ACCOUNT_CHANGE), "kind"),
        (Consent(ADA, JointAct.ASSIGN_SHARE, TODAY + timedelta(1)), "given_on"),
        (CoOwnership((ADA,), {JointAct.ASSIGN_SHARE: ConsentRule.ALL}, None), "parties"),
        (CoOwnership((ADA, BOB), {}, None), "rules"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(entry: Entry, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked(entry, today=TODAY)
    assert refused.value.field == field


@given(conveyances())
def test_an_entry_is_read_as_it_was_written(entry: Conveyance) -> None:
    kept = decode(encode(to_json(entry)))
    assert isinstance(kept, dict)
    assert from_json(kept) == entry


@pytest.mark.parametrize(
    "entry",
    [
        Consent(ADA, JointAct.ASSIGN_SHARE, TODAY, "yes"),
        CoOwnership((ADA, BOB), {JointAct.ASSIGN_SHARE: ConsentRule.ALL}, TODAY, "as agreed"),
    ],
)
def test_the_other_entries_too(entry: Entry) -> None:
    kept = decode(encode(to_json(entry)))
    assert isinstance(kept, dict)
    assert from_json(kept) == entry
