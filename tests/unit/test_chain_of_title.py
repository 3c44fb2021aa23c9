"""Following a chain of title: shares are exact and never lost, and each gap is seen where it is and nowhere else."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.titles.consents import Against, country_rules, requirement
from ipx.titles.entries import Consent, Conveyance, CoOwnership, from_json, to_json
from ipx.titles.gaps import Facts, chain_with_gaps, only_promises
from ipx.titles.graph import ROW, drawn
from ipx.titles.holdings import Chain, Dated, follow
from ipx.titles.rules import ConsentRule, ConveyanceKind, GapCode, JointAct
from tests.title_steps import ADA, BOB, CORP, PARTIES, UNI, conveyances, conveys

TODAY = date(2026, 11, 28)


def chain_of(*conveyances: Conveyance, inventors: tuple[str, ...] = (ADA,), owner: str = UNI, **facts: object) -> Chain:
    entries = [Dated(str(number), each) for number, each in enumerate(conveyances, start=1)]
    known = Facts(
        owner=owner,
        office=None,
        inventors=inventors,
        agreements=(),
        consents=(),
        with_document=frozenset(each.id for each in entries),
        today=TODAY,
    )
    return chain_with_gaps(entries, replace(known, **facts))  # type: ignore[arg-type]


def codes(chain: Chain) -> set[str]:
    return {str(gap.code) for gap in chain.gaps}


# ── shares ───────────────────────────────────────────────────────────────────────────────────────


@given(st.lists(conveyances(), max_size=12), st.lists(st.sampled_from(PARTIES), unique=True, min_size=1, max_size=4))
def test_no_share_is_ever_lost_or_made(made: list[Conveyance], inventors: list[str]) -> None:
    chain = follow([Dated(str(place), each) for place, each in enumerate(made)], inventors=inventors)
    for step in chain.steps:
        assert sum(step.after.values()) == 1
        assert all(share >= 0 for share in step.after.values())
        assert all(move.share <= step.before.get(move.giver, 0) for move in step.moves)
    assert sum(chain.holders.values()) == 1


@given(st.lists(conveyances(), max_size=12), st.lists(st.sampled_from(PARTIES), unique=True, max_size=4))
def test_the_picture_holds_every_share_inside_its_width(made: list[Conveyance], inventors: list[str]) -> None:
    chain = chain_of(*made, inventors=tuple(inventors))
    graph = drawn(chain)
    assert len(graph.rows) == len(chain.steps)
    for row, step in zip(graph.rows, chain.steps, strict=True):
        for band in row.bands:
            for x in (band.top, band.bottom):
                assert x - band.width / 2 >= 0
                assert x + band.width / 2 <= graph.width + 0.01
        holding = [share for share in step.after.values() if share]
        assert len([lane for lane in row.lanes_after if not lane.is_claim]) == len(holding)
        places = [lane.x for lane in row.lanes_after]
        assert len(places) == len(set(places)), "no two parties in one lane"
    assert ROW > 0


def test_joint_inventors_who_assign_one_after_the_other_make_one_whole() -> None:
    chain = chain_of(conveys(ADA, UNI), conveys(BOB, UNI, "2020-02-01"), inventors=(ADA, BOB))
    assert chain.holders == {UNI: Fraction(1)}
    assert codes(chain) == set()


def test_a_share_is_exact() -> None:
    third = conveys(ADA, BOB, "2020-01-01", ConveyanceKind.PARTIAL_ASSIGNMENT, share=Fraction(1, 3))
    chain = chain_of(third, conveys(ADA, UNI, "2021-01-01"))
    assert chain.holders == {BOB: Fraction(1, 3), UNI: Fraction(2, 3)}


def test_joint_givers_give_a_stated_share_in_proportion() -> None:
    chain = chain_of(conveys([ADA, BOB], UNI, share=Fraction(1, 2)), inventors=(ADA, BOB))
    assert chain.holders == {ADA: Fraction(1, 4), BOB: Fraction(1, 4), UNI: Fraction(1, 2)}


def test_order_is_of_effect_and_not_of_entry() -> None:
    chain = chain_of(conveys(UNI, CORP, "2021-01-01"), conveys(ADA, UNI, "2020-01-01"), owner=CORP)
    assert chain.holders == {CORP: Fraction(1)}
    assert codes(chain) == set()


def test_now_for_then_counts_from_then() -> None:
    late = conveys(ADA, UNI, "2022-01-01", ConveyanceKind.NUNC_PRO_TUNC, effective_on=date(2019, 1, 1))
    chain = chain_of(conveys(UNI, CORP, "2021-01-01"), late, owner=CORP)
    assert chain.holders == {CORP: Fraction(1)}


# ── gaps: each is seen, and is gone when it is mended ────────────────────────────────────────────

GAPS: list[tuple[GapCode, tuple[Conveyance, ...], tuple[Conveyance, ...], dict[str, object]]] = [
    (GapCode.INVENTOR_WITHOUT_ASSIGNMENT, (conveys(ADA, UNI),), (conveys(BOB, UNI),), {"inventors": (ADA, BOB)}),
    (
        GapCode.AGREES_TO_ASSIGN,
        (conveys(ADA, UNI, kind=ConveyanceKind.AGREEMENT_TO_ASSIGN),),
        (conveys(ADA, UNI, "2021-01-01"),),
        {},
    ),
    (GapCode.ASSIGNOR_NOT_HOLDER, (conveys(BOB, UNI, "2020-06-01"),), (conveys(ADA, BOB, "2020-01-01"),), {}),
    (
        GapCode.NAME_MISMATCH,
        (conveys("A. Lovelace", UNI, "2021-01-01"),),
        (conveys(ADA, "A. Lovelace", "2020-01-01", ConveyanceKind.NAME_CHANGE),),
        {},
    ),
    (
        GapCode.SECURITY_INTEREST_NOT_RELEASED,
        (conveys(ADA, UNI), conveys(UNI, "Bank", "2021-01-01", ConveyanceKind.SECURITY_INTEREST)),
        (conveys("Bank", UNI, "2022-01-01", ConveyanceKind.RELEASE),),
        {},
    ),
    (
        GapCode.OWNER_NOT_HOLDER,
        (conveys(ADA, CORP),),
        (conveys(CORP, UNI, "2021-01-01"),),
        {},
    ),
]


@pytest.mark.parametrize(("code", "broken", "mends", "facts"), GAPS, ids=[str(gap[0]) for gap in GAPS])
def test_a_gap_is_seen_until_it_is_mended(
    code: GapCode, broken: tuple[Conveyance, ...], mends: tuple[Conveyance, ...], facts: dict[str, object]
) -> None:
    assert code in codes(chain_of(*broken, **facts))  # type: ignore[arg-type]
    assert code not in codes(chain_of(*broken, *mends, **facts))  # type: ignore[arg-type]


def test_nothing_can_be_given_twice() -> None:
    chain = chain_of(conveys(ADA, UNI, "2020-01-01"), conveys(ADA, CORP, "2020-05-01"))
    assert [(gap.code, gap.entry_id) for gap in chain.gaps] == [(GapCode.ASSIGNOR_NOT_HOLDER, "2")]
    assert chain.holders == {UNI: Fraction(1)}


def test_who_received_from_nobody_has_nothing_to_give_on() -> None:
    chain = chain_of(conveys(BOB, CORP, "2020-01-01"), conveys(CORP, UNI, "2021-01-01"))
    assert [(str(gap.code), gap.entry_id) for gap in chain.gaps if gap.entry_id] == [
        ("assignor_not_holder", "1"),
        ("rests_on_gap", "2"),
    ]


def test_more_than_held_gives_what_there_is() -> None:
    half = conveys(ADA, BOB, "2020-01-01", share=Fraction(1, 2))
    chain = chain_of(half, conveys(ADA, UNI, "2021-01-01", share=Fraction(3, 4)))
    assert chain.holders == {BOB: Fraction(1, 2), UNI: Fraction(1, 2)}
    assert GapCode.CONVEYS_MORE_THAN_HELD in codes(chain)


@pytest.mark.parametrize(
    ("words", "promises"),
    [
        ("Inventor agrees to assign all right, title and interest", True),
        ("The employee shall promptly assign", True),
        ("will assign to the Company", True),
        ("Inventor hereby assigns all right, title and interest", False),
        ("does hereby sell, assign and transfer, and agrees to assign improvements", False),
        ("assigned", False),
    ],
)
def test_a_promise_is_no_conveyance(words: str, promises: bool) -> None:
    assert only_promises(words) is promises
    assert (GapCode.AGREES_TO_ASSIGN in codes(chain_of(conveys(ADA, UNI, words=words)))) is promises


# ── recording ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("signed", "recorded", "expected"),
    [
        ("2026-11-01", None, {"recordation_open"}),
        ("2020-01-31", None, {"recordation_missed"}),
        ("2020-01-31", "2020-04-30", set()),
        ("2020-01-31", "2020-05-01", {"recorded_late"}),
    ],
)
def test_three_months_to_record_in_the_us(signed: str, recorded: str | None, expected: set[str]) -> None:
    day = date.fromisoformat(recorded) if recorded else None
    assert codes(chain_of(conveys(ADA, UNI, signed, recorded_on=day), office="US")) == expected
    assert codes(chain_of(conveys(ADA, UNI, signed, recorded_on=day), office="EP")) == set()


def test_a_later_purchase_before_the_recording_is_named() -> None:
    first = conveys(ADA, UNI, "2020-01-01", recorded_on=date(2021, 6, 1))
    chain = chain_of(first, conveys(ADA, CORP, "2020-09-01", recorded_on=date(2020, 9, 2)), office="US")
    (gap,) = [gap for gap in chain.gaps if gap.code is GapCode.LATER_PURCHASE]
    assert (gap.entry_id, gap.other, gap.day) == ("1", CORP, date(2020, 9, 1))


def test_in_china_nothing_passes_before_registration() -> None:
    assert codes(chain_of(conveys(ADA, UNI), office="CN")) == {"not_registered"}


# ── joint owners ─────────────────────────────────────────────────────────────────────────────────

JOINT = {UNI: Fraction(1, 2), CORP: Fraction(1, 2)}


def needed(act: JointAct, office: str | None, **known: object) -> tuple[ConsentRule, tuple[str, ...]]:
    facts: dict[str, object] = {"agreements": (), "consents": (), **known}
    found = requirement(act, by=[UNI], holders=JOINT, office=office, **facts)  # type: ignore[arg-type]
    return found.rule, found.missing


@pytest.mark.parametrize(
    ("office", "act", "rule", "missing"),
    [
        ("US", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.FREE, ()),
        ("US", JointAct.EXCLUSIVE_LICENCE, ConsentRule.ALL, (CORP,)),
        ("CN", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.FREE, ()),
        ("CN", JointAct.ASSIGN_SHARE, ConsentRule.ALL, (CORP,)),
        ("GB", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.ALL, (CORP,)),
        ("JP", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.ALL, (CORP,)),
        ("FR", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.NOTICE, (CORP,)),
        ("DE", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.MAJORITY, (CORP,)),
        ("EP", JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.NOT_KNOWN, (CORP,)),
        (None, JointAct.NON_EXCLUSIVE_LICENCE, ConsentRule.NOT_KNOWN, (CORP,)),
    ],
)
def test_the_country_says_who_is_asked(
    office: str | None, act: JointAct, rule: ConsentRule, missing: tuple[str, ...]
) -> None:
    assert needed(act, office) == (rule, missing)


def test_the_agreement_goes_before_the_country() -> None:
    free = CoOwnership((UNI, CORP), {JointAct.NON_EXCLUSIVE_LICENCE: ConsentRule.FREE}, None)
    assert needed(JointAct.NON_EXCLUSIVE_LICENCE, "GB", agreements=[free]) == (ConsentRule.FREE, ())
    assert needed(JointAct.EXCLUSIVE_LICENCE, "GB", agreements=[free]) == (ConsentRule.ALL, (CORP,))


def test_consent_ends_the_need_for_it_and_covers_the_lesser_act() -> None:
    exclusive = Consent(CORP, JointAct.EXCLUSIVE_LICENCE, TODAY)
    lesser = Consent(CORP, JointAct.NON_EXCLUSIVE_LICENCE, TODAY)
    assert needed(JointAct.NON_EXCLUSIVE_LICENCE, "GB", consents=[exclusive])[1] == ()
    assert needed(JointAct.EXCLUSIVE_LICENCE, "GB", consents=[lesser])[1] == (CORP,)


def test_a_licence_by_one_joint_owner_without_consent_is_a_gap_until_consent_is_recorded() -> None:
    half = conveys(ADA, BOB, "2020-01-01", share=Fraction(1, 2))
    licence = conveys(BOB, CORP, "2021-01-01", ConveyanceKind.LICENCE, is_exclusive=True)
    assert GapCode.JOINT_OWNER_WITHOUT_CONSENT in codes(chain_of(half, licence, office="US"))
    consent = Consent(ADA, JointAct.EXCLUSIVE_LICENCE, date(2021, 1, 1))
    assert GapCode.JOINT_OWNER_WITHOUT_CONSENT not in codes(chain_of(half, licence, office="US", consents=[consent]))
    free = replace(licence, is_exclusive=False)
    assert GapCode.JOINT_OWNER_WITHOUT_CONSENT not in codes(chain_of(half, free, office="US"))
    assert GapCode.CONSENT_RULE_NOT_KNOWN in codes(chain_of(half, licence, office="EP"))


def test_every_country_rule_has_a_source() -> None:
    assert {"US", "CN", "GB", "DE", "FR", "JP"} <= set(country_rules())
    for rule in country_rules().values():
        assert len(rule.source) > 5
        assert set(rule.acts) == set(JointAct)


def test_every_country_rule_says_what_it_was_checked_against_and_what_is_known_by_reports_is_called_so() -> None:
    for office, rule in country_rules().items():
        assert rule.checked_on >= date(2026, 11, 29)
        assert len(rule.read) > 20
        assert by_report(office) == (rule.against is Against.REPORTS)
    assert {office for office in country_rules() if by_report(office)} == {"GB", "IN", "KR"}
    assert not by_report("EP"), "nothing is known there"
    assert not by_report("GB", CoOwnership((UNI, CORP), {JointAct.ASSIGN_SHARE: ConsentRule.ALL}, None))


def by_report(office: str, *agreements: CoOwnership) -> bool:
    act = JointAct.ASSIGN_SHARE
    return requirement(act, by=[UNI], holders=JOINT, agreements=agreements, consents=(), office=office).by_report


VECTORS = json.loads((Path(__file__).resolve().parents[2] / "docs/spec/vectors/chain_of_title.json").read_text())


@pytest.mark.parametrize("case", VECTORS["chains"], ids=lambda case: case["name"])
def test_the_vectors(case: dict[str, Any]) -> None:
    conveyed = [from_json(entry) for entry in case["entries"]]
    assert [to_json(entry) for entry in conveyed] == case["entries"]
    chain = chain_of(
        *(entry for entry in conveyed if isinstance(entry, Conveyance)),
        inventors=tuple(case["inventors"]),
        owner=case["owner"],
        office=case["office"],
        today=date.fromisoformat(VECTORS["today"]),
    )
    assert {name: str(share) for name, share in chain.holders.items()} == case["holders"]
    assert sorted(str(gap.code) for gap in chain.gaps) == case["gaps"]
