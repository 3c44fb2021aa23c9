"""The reducer: shares, gaps, dates of effect against dates of knowledge, rectifications that leave the original."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.evm.abi import load_artifact
from ipx.core.errors import Tampered
from ipx.history.rebuild.decoding import NEVER_EMITTED, by_topic, decode_log
from ipx.history.rebuild.records import Title
from ipx.history.rebuild.reducer import ENDLESS, Reducer
from tests.registry_events import DAY, LICENCES, TITLES, Story, account, word


def title_of(story: Story, *, as_of: int = 1_000, known_at: int = 1_000) -> Title:
    return reduced(story).record(as_of=as_of * DAY, known_at=known_at * DAY).titles[TITLES, story.title]


def reduced(story: Story) -> Reducer:
    reducer = Reducer(title_registry_of={LICENCES: TITLES})
    reducer.read(story.events)
    return reducer


def codes(title: Title) -> set[str]:
    return {gap.code for gap in title.gaps}


def shares(title: Title) -> dict[str, Fraction]:
    return {bytes.fromhex(holder[2:]).lstrip(b"\0").decode(): share for holder, share in title.shares.items()}


def test_share_when_conveyed_in_parts_then_fractions_are_exact() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bob", on=2, kind=2, bps=3_333)
    story.conveyed("bob", "cat", on=3, bps=3_333)
    story.conveyed("ann", "dan", on=4)
    assert shares(title_of(story)) == {"cat": Fraction(3_333, 10_000), "dan": Fraction(6_667, 10_000)}
    assert title_of(story).holder == account("dan")


def test_instrument_when_older_than_its_recording_then_it_counts_from_its_date_once_known() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bob", on=30, executed=10)
    assert title_of(story, as_of=20, known_at=20).holder == account("ann")
    later = title_of(story, as_of=20, known_at=40)
    assert later.holder == account("bob")
    assert later.recorded_holder == account("ann"), "what the register said on that day stays visible"
    assert title_of(story, as_of=9, known_at=40).holder == account("ann")


@pytest.mark.parametrize(
    ("basis", "is_retroactive"), [(1, True), (2, True), (3, True), (5, True), (6, False), (8, False)]
)
def test_rectification_when_the_record_was_wrong_then_the_past_changes_and_the_original_stays(
    basis: int, is_retroactive: bool
) -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "thief", on=10)
    story.rectified("thief", "ann", on=50, basis=basis)
    assert title_of(story, as_of=20, known_at=40).holder == account("thief")
    seen = title_of(story, as_of=20, known_at=60)
    assert seen.holder == account("ann" if is_retroactive else "thief")
    assert seen.recorded_holder == account("thief")
    now = title_of(story, as_of=60, known_at=60)
    assert [act.name for act in now.acts] == ["Conveyed", "Rectified"]
    assert now.acts[0].to == account("thief")
    assert "rectified" in codes(now)
    assert [one.state for one in now.rectifications] == ["rectified"]


def test_share_when_given_by_one_whom_a_judgment_unseats_then_flagged() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "thief", on=10)
    story.granted(7, "firm", on=15)
    story.conveyed("thief", "bob", on=20, kind=2, bps=4_000)
    story.rectified("thief", "ann", on=50, basis=1)
    title = title_of(story)
    assert "assignor_not_holder" in codes(title)
    assert shares(title) == {"ann": Fraction(1)}
    licence = reduced(story).record(as_of=ENDLESS, known_at=ENDLESS).licences[LICENCES, word(7)]
    assert [gap.code for gap in licence.gaps] == ["granted_without_title"]
    before = reduced(story).record(as_of=40 * DAY, known_at=40 * DAY).licences[LICENCES, word(7)]
    assert before.gaps == ()


def test_gaps_when_a_chain_of_title_has_holes_then_each_is_named() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bob", on=2, kind=2, bps=6_000)
    story.conveyed("ann", "cat", on=3, kind=2, bps=6_000, bare=True)
    story.conveyed("ann", "bank", on=4, kind=6, bps=0)
    story.conveyed("ann", "dan", on=5, kind=2, bps=100)
    story.conveyed("bob", "eve", on=6, bps=1_000, executed=1)
    story.conveyed("eve", "fay", on=7, bps=1_000, executed=900)
    title = title_of(story)
    assert codes(title) == {
        "conveys_more_than_held",
        "no_instrument",
        "security_interest_not_released",
        "assignor_not_holder",
        "grantor_held_nothing",
        "dated_before_giver_held",
        "dated_in_the_future",
        "holder_without_share",
        "declared_only",
    }
    assert sum(title.shares.values()) == 1


def test_licence_when_the_title_had_several_owners_then_their_consent_is_missed() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bob", on=2, kind=2, bps=5_000)
    story.granted(7, "firm", on=3)
    licence = reduced(story).record(as_of=ENDLESS, known_at=ENDLESS).licences[LICENCES, word(7)]
    assert [gap.code for gap in licence.gaps] == ["co_owners_not_on_chain"]


def test_release_when_given_then_the_interest_is_closed_and_one_of_nothing_is_flagged() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bank", on=2, kind=6, bps=0)
    story.conveyed("bank", "ann", on=5, kind=7, bps=0)
    title = title_of(story)
    assert [one.released for one in title.interests] == [5]
    assert [one.released for one in title_of(story, as_of=4).interests] == [None]
    story.conveyed("bank", "ann", on=6, kind=7, bps=0)
    assert "release_of_nothing" in codes(title_of(story))


def test_log_when_missing_then_the_nonces_tell() -> None:
    story = Story()
    story.registered("ann", on=1)
    story.conveyed("ann", "bob", on=2)
    story.conveyed("bob", "cat", on=3)
    del story.events[1]
    assert any("a log is missing" in words for words in reduced(story).problems)


def test_events_when_about_nothing_that_was_begun_then_problems() -> None:
    story = Story()
    story.conveyed("ann", "bob", on=1)
    story.granted(7, "firm", on=2, parent=6)
    problems = " ".join(reduced(story).problems)
    assert "never registered" in problems
    assert "parent that was never granted" in problems


ACTORS = ("ann", "bob", "cat", "dan")


@given(
    acts=st.lists(
        st.tuples(
            st.sampled_from(ACTORS), st.sampled_from(ACTORS), st.integers(1, 12), st.integers(0, 10_000),
            st.integers(0, 60), st.integers(1, 8), st.booleans(),
        ),
        max_size=14,
    ),
    as_of=st.integers(0, 70), known_at=st.integers(0, 70),
)  # fmt: skip
def test_any_acts_when_reduced_then_no_share_is_lost_and_knowledge_only_grows(
    acts: list[Any], as_of: int, known_at: int
) -> None:
    story, holder = Story(), "ann"
    story.registered("ann", on=1)
    for day, (giver, to, kind, bps, executed, basis, is_rectified) in enumerate(acts, start=2):
        if is_rectified:
            story.rectified(holder, to, on=day, basis=basis)
            holder = to
        elif giver == holder:
            story.conveyed(giver, to, on=day, kind=kind, bps=bps, executed=executed)
            moves = kind in (1, 3, 4, 10, 11, 12) and bps == 10_000
            holder = to if moves else holder
        else:
            story.conveyed(giver, to, on=day, kind=kind, bps=min(bps, 9_999), executed=executed)
    record = reduced(story).record(as_of=as_of * DAY, known_at=known_at * DAY)
    if min(as_of, known_at) < 1:
        assert not record.titles
        return
    title = record.titles[TITLES, story.title]
    assert sum(title.shares.values()) == 1
    assert all(share > 0 for share in title.shares.values())
    newest = reduced(story).record(as_of=70 * DAY, known_at=70 * DAY).titles[TITLES, story.title]
    assert newest.holder == newest.recorded_holder == account(holder)
    assert len(newest.acts) == len(acts), "nothing is ever erased"
    whole = reduced(story).record(as_of=as_of * DAY, known_at=70 * DAY).titles[TITLES, story.title]
    assert whole.acts[: len(title.acts)] == title.acts, "what was known stays known"


def test_declarations_are_those_of_the_contracts() -> None:
    ours = {declaration.signature: declaration for declaration in by_topic().values()}
    for name in ("TitleRegistry", "LicenceRegistry"):
        for topic, entry in load_artifact(name).events.items():
            signature = f"{entry['name']}({','.join(item['type'] for item in entry['inputs'])})"
            if signature in NEVER_EMITTED:
                assert topic not in by_topic()
                continue
            declaration = ours[signature]
            assert declaration.topic == topic
            indexed = tuple((item["type"], item["name"]) for item in entry["inputs"] if item["indexed"])
            plain = tuple((item["type"], item["name"]) for item in entry["inputs"] if not item["indexed"])
            assert (declaration.indexed, declaration.plain) == (indexed, plain)


@pytest.mark.parametrize(
    "change", [{"topics": []}, {"topics": ["0x" + "1" * 64]}, {"data": "0x12"}, {"logIndex": None}]
)
def test_log_when_of_no_registry_then_refused(change: dict[str, Any]) -> None:
    topic = next(topic for topic, one in by_topic().items() if one.name == "Substantiated")
    log = {
        "address": TITLES,
        "topics": [topic, word(1)],
        "data": word(1) + word(2)[2:],
        "transactionHash": word(3),
        "blockNumber": "0x5",
        "blockHash": word(4),
        "logIndex": "0x0",
    }
    assert decode_log(log, time=9).arguments == {"title": word(1), "evidence": 1, "document": word(2)}
    with pytest.raises(Tampered):
        decode_log({**log, **change}, time=9)


def test_spec_names_every_gap() -> None:
    """Codes that a reader of the JSON meets are explained."""
    root = Path(__file__).parents[2]
    spec = (root / "docs/spec/rebuild.md").read_text("utf-8")
    source = "".join((root / f"ipx/history/rebuild/{name}.py").read_text("utf-8") for name in ("shares", "reducer"))

    found = set(re.findall(r'(?:_note|Gap)\(\s*"([a-z_]+)"', source))
    assert len(found) >= 12
    assert [code for code in found if f"`{code}`" not in spec] == []
