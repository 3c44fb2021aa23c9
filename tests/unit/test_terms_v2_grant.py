"""Version 2 of licence terms, what is granted: reading, canonical form, rules, and version 1 read as version 2."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.core import canonical
from ipx.core.errors import Tampered
from ipx.core.money import Money
from ipx.licences import rules as v1
from ipx.licences.terms import Royalty, Terms
from ipx.licences.terms_v2.ending import Assignment, Passing, Publicity
from ipx.licences.terms_v2.from_v1 import as_v2
from ipx.licences.terms_v2.grant import Exclusivity, Place, PlaceUse, Scheme, StartEvent, Sublicence
from ipx.licences.terms_v2.price import Fees
from ipx.licences.terms_v2.problems import InvalidTerms
from ipx.licences.terms_v2.rules import checked_terms, problems_of
from ipx.licences.terms_v2.terms import FORMAT, LicenceTerms, read_canonical, read_terms

VALUE: dict[str, Any] = {
    "format": FORMAT,
    "grant": {
        "kind": "licence",
        "exclusivity": "co-exclusive",
        "co_exclusive_up_to": 3,
        "acts": ["make", "sell", "use"],
        "exclusivity_until": {"date": "2030-12-31"},
        "reserved_rights": ["research", "teaching"],
    },
    "field_of_use": {
        "text": "Stationary batteries – über 1 MWh",
        "codes": [
            {"scheme": "cpc", "code": "H01M 10/0525", "include": True},
            {"scheme": "nace", "code": "27.20", "include": False},
        ],
    },
    "territory": {
        "worldwide": False,
        "places": [{"code": "EPC", "include": True}, {"code": "CN", "include": True, "only": "make"}],
    },
    "term": {"start": {"event": "date", "date": "2027-01-01"}, "end": {"event": "months", "months": 120}},
    "sublicence": {"allowed": "consent", "tiers": 1},
}


def changed(path: str, value: object) -> dict[str, Any]:
    """Return VALUE with one field changed, or taken out where the value is None."""
    copy: dict[str, Any] = json.loads(json.dumps(VALUE))
    *above, last = path.split(".")
    place = copy
    for name in above:
        place = place[name]
    place[last] = value
    return copy


def faults(value: object) -> dict[str, str]:
    with pytest.raises(InvalidTerms) as refusal:
        checked_terms(value)
    return {problem.path: problem.message for problem in refusal.value.problems}


def test_terms_are_read_as_types() -> None:
    terms = checked_terms(VALUE)
    assert terms.grant.exclusivity is Exclusivity.CO_EXCLUSIVE
    assert terms.grant.acts == {v1.Act.MAKE, v1.Act.USE, v1.Act.SELL}
    assert terms.field_of_use.codes[0].scheme is Scheme.CPC
    assert terms.territory.places[1] == Place("CN", include=True, only=PlaceUse.MAKE)
    assert terms.term.start.event is StartEvent.DATE
    assert terms.term.start.date == date(2027, 1, 1)
    assert hash(terms) == hash(checked_terms(VALUE))


def test_canonical_bytes_are_read_back_and_no_other_spelling_is() -> None:
    terms = read_terms(VALUE)
    assert read_canonical(terms.canonical()) == terms
    for other in (
        changed("grant.acts", ["use", "make", "sell"]),  # a set in another order
        changed("grant.exclusivity_until.condition", None),  # null instead of nothing
        changed("field_of_use.codes", []) | {"sublicence": None},
    ):
        with pytest.raises(Tampered):
            read_canonical(canonical.encode(other))


def test_an_open_field_is_said_and_differs_from_none_said() -> None:
    terms = read_terms(changed("field_of_use", {}))
    assert terms.field_of_use.is_everything
    assert b'"field_of_use":{}' in terms.canonical()
    assert "field_of_use" in faults({name: part for name, part in VALUE.items() if name != "field_of_use"})


def test_where_making_and_selling_are_split_a_place_keeps_its_acts() -> None:
    granted = frozenset((v1.Act.MAKE, v1.Act.USE, v1.Act.SELL, v1.Act.IMPORT))
    assert Place("CN", include=True, only=PlaceUse.MAKE).acts(granted) == {v1.Act.MAKE, v1.Act.USE}
    assert Place("US", include=True, only=PlaceUse.SELL).acts(granted) == {v1.Act.SELL, v1.Act.IMPORT}
    assert Place("DE", include=True).acts(granted) == granted


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("grant.kind", "lease", "grant.kind"),
        ("grant.acts", [], "grant.acts"),
        ("grant.acts", ["make", "make"], "grant.acts"),
        ("grant.acts", ["make", "fly"], "grant.acts[1]"),
        ("grant.acts", "make", "grant.acts"),
        ("grant.irrevocable", "yes", "grant.irrevocable"),
        ("grant.irrevocabel", True, "grant.irrevocabel"),
        ("grant.co_exclusive_up_to", 1, "grant.co_exclusive_up_to"),
        ("grant.co_exclusive_up_to", True, "grant.co_exclusive_up_to"),
        ("grant.co_exclusive_up_to", None, "grant.co_exclusive_up_to"),
        ("grant.exclusivity", "sole", "grant.co_exclusive_up_to"),
        ("grant.exclusivity", "non-exclusive", "grant.exclusivity_until"),
        ("grant.exclusivity_until", {}, "grant.exclusivity_until"),
        ("grant.exclusivity_until", {"date": "2030-02-30"}, "grant.exclusivity_until.date"),
        ("grant.exclusivity_until", {"date": "20300228"}, "grant.exclusivity_until.date"),
        ("grant.exclusivity_until", {"date": "2026-12-31"}, "grant.exclusivity_until.date"),
        ("field_of_use.text", " ", "field_of_use.text"),
        ("field_of_use.text", "x" * 2001, "field_of_use.text"),
        (
            "field_of_use.codes",
            [{"scheme": "cpc", "code": "H01M10/0525", "include": True}],
            "field_of_use.codes[0].code",
        ),
        ("field_of_use.codes", [{"scheme": "nace", "code": "C27", "include": True}], "field_of_use.codes[0].code"),
        ("field_of_use.codes", [{"scheme": "naics", "code": "1", "include": True}], "field_of_use.codes[0].code"),
        ("field_of_use.codes", [{"scheme": "cpc", "code": "H01M"}], "field_of_use.codes[0].include"),
        ("field_of_use.codes", [{"scheme": "cpc", "code": "H", "include": True}] * 2, "field_of_use.codes"),
        ("territory.places", [], "territory.places"),
        ("territory.places", [{"code": "DE", "include": False}], "territory.places"),
        ("territory.places", [{"code": "XX", "include": True}], "territory.places[0].code"),
        ("territory.places", [{"code": "de", "include": True}], "territory.places[0].code"),
        ("territory.places", [{"code": "DE", "include": True}] * 2, "territory.places"),
        ("territory.worldwide", True, "territory.places[0]"),
        ("term.start", {"event": "date"}, "term.start.date"),
        ("term.start", {"event": "on-payment", "date": "2027-01-01"}, "term.start.date"),
        ("term.end", {"event": "date", "date": "2026-12-31"}, "term.end.date"),
        ("term.end", {"event": "months"}, "term.end.months"),
        ("term.end", {"event": "perpetual", "months": 3}, "term.end.months"),
        ("term.renewal", {"auto": True, "period_months": 0}, "term.renewal.period_months"),
        ("sublicence.allowed", "no", "sublicence.tiers"),
        ("format", "ipx/licence-terms/v1", "format"),
    ],
)
def test_a_fault_names_its_field(path: str, value: object, named: str) -> None:
    assert named in faults(changed(path, value))


def test_all_faults_are_told_at_once_with_the_cure() -> None:
    value = changed("grant.acts", [])
    value["territory"]["places"][0]["code"] = "epc"
    value["term"]["end"] = {"event": "never"}
    value["termm"] = {}
    found = faults(value)
    assert set(found) == {"grant.acts", "territory.places[0].code", "term.end.event", "termm"}
    assert "did you mean term?" in found["termm"]
    assert "perpetual" in found["term.end.event"]


SEEN = st.characters(exclude_categories=["Cs", "Cc", "Cf"])
ROYALTIES = st.builds(Royalty, st.sampled_from(v1.RoyaltyBase), st.integers(1, 10_000))
ENDS = st.sampled_from([(v1.TermEnd.PERPETUAL, None), (v1.TermEnd.LAST_TO_EXPIRE, None), (v1.TermEnd.FIXED, 66)])
V1_TERMS = st.builds(
    lambda end, **rest: Terms(end=end[0], months=end[1], **rest),
    end=ENDS,
    exclusivity=st.sampled_from(v1.Exclusivity),
    acts=st.lists(st.sampled_from(v1.Act), min_size=1, unique=True).map(tuple),
    field_text=st.text(SEEN, max_size=500),
    field_codes=st.lists(
        st.sampled_from(["H01M10/0525", "H01M 10/0525", "A61K", "batteries", "h01m"]) | st.text(SEEN, max_size=20),
        max_size=4,
    ).map(tuple),
    territory=st.lists(st.sampled_from(["DE", "CN", "US", "GB"]), unique=True).map(tuple),
    upfront=st.builds(Money, st.integers(0, 10**9), st.sampled_from(["EUR", "JPY"])),
    royalty=st.none() | ROYALTIES,
    transfer=st.sampled_from(v1.TransferRule),
    sublicensing=st.sampled_from(v1.Sublicensing),
    governing_law=st.just("England and Wales"),
    notice_of_grant=st.booleans(),
)


@given(V1_TERMS)
def test_all_of_version_1_has_a_reading_that_is_sound_and_keeps_what_was_said(old: Terms) -> None:
    terms = as_v2(old)
    assert read_canonical(terms.canonical()) == terms
    # Version 1 never said how often a royalty is stated; nothing else is lacking, and nothing is made up.
    assert {problem.path for problem in problems_of(terms)} == ({"reports.statement_period"} if old.royalty else set())
    assert terms.royalty is None if old.royalty is None else terms.royalty is not None
    assert old.royalty is None or terms.to_json()["royalty"] == {
        "base": str(old.royalty.base),
        "rate": {"share_bps": old.royalty.rate_bps},
    }
    assert terms.fees == Fees(upfront=old.upfront)
    assert terms.term.end.months == old.months
    assert terms.assignment == Assignment(allowed=Passing(str(old.transfer)))
    assert terms.sublicence == Sublicence(allowed=old.sublicensing)
    assert terms.publicity == Publicity(notice_of_grant=old.notice_of_grant)
    assert str(terms.grant.exclusivity) == str(old.exclusivity)
    assert terms.grant.acts == set(old.acts)
    assert (terms.field_of_use.text or "") == (old.field_text if old.field_text.strip() else "")
    assert tuple(place.code for place in terms.territory.places) == old.territory
    assert terms.territory.worldwide == (not old.territory)


def test_a_fixed_term_of_version_1_counts_its_months_from_the_payment() -> None:
    old = Terms(
        exclusivity=v1.Exclusivity.SOLE, acts=(v1.Act.USE,), field_text="", field_codes=(), territory=(),
        end=v1.TermEnd.FIXED, months=66, upfront=Money(0, "EUR"), royalty=None, transfer=v1.TransferRule.NO,
        sublicensing=v1.Sublicensing.NO, governing_law="Germany",
    )  # fmt: skip
    assert as_v2(old).to_json()["term"] == {"start": {"event": "on-payment"}, "end": {"event": "months", "months": 66}}


def test_the_commitment_hides_the_terms_behind_its_salt() -> None:
    terms: LicenceTerms = read_terms(VALUE)
    one = terms.commitment(salt=bytes(32), owner="0x" + "ab" * 20)
    assert one != terms.commitment(salt=bytes([1]) * 32, owner="0x" + "ab" * 20)
    assert one != read_terms(changed("grant.co_exclusive_up_to", 4)).commitment(salt=bytes(32), owner="0x" + "ab" * 20)
