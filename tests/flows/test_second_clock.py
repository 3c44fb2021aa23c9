"""The second clock, from a deposit to a bundle that an authority confirms; renewed in time, and never in the way."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ipx.evidence.second_clock import SecondClock
from ipx.evidence.service import EvidenceService
from ipx.evidence.time_stamps import are_apart, read_roots
from ipx.evidence.verification import Step, verify_bundle
from tests.exchanges import running_exchange
from tests.faults.running import IPX
from tests.pages import Person, words_of
from tests.second_clock_steps import batch_of, deposited, rows
from tests.time_stamp_authority import Authority, authority
from tests.world import World

QUALIFIED = "Test Authority, on the EU trusted list on 1 June 2026"


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa"), days=100) as tsa:
        yield tsa


@pytest.fixture(scope="module")
def world(tsa: Authority, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    settings = {"IPX_TSA_URL": tsa.url, "IPX_TSA_ROOTS": str(tsa.roots), "IPX_TSA_QUALIFIED": QUALIFIED}
    with (
        running_exchange(tmp_path_factory.mktemp("clock"), IPX_BATCH_DELAY="0", **settings) as exchange,
        World(exchange) as world,
    ):
        yield world


@pytest.fixture(scope="module")
def owner(world: World) -> Person:
    return world.organisation()


def step_of(world: World, tsa: Authority, stamp: str) -> Step:
    bundle = world.read(lambda s: world.service(EvidenceService).bundle(s, stamp_id=stamp))
    verdict = verify_bundle(bundle, tsa_roots=read_roots(tsa.roots))
    return next(step for step in verdict.steps if step.name == "time_stamp")


def test_a_deposit_is_stamped_by_the_authority_and_its_bundle_proves_it(
    world: World, tsa: Authority, owner: Person, tmp_path: Path
) -> None:
    stamp = deposited(world, owner)
    world.settle()
    (row,) = rows(world, batch_of(world, stamp))
    assert row.qualified == QUALIFIED
    assert abs(row.time - datetime.now(UTC)) < timedelta(minutes=10)
    step = step_of(world, tsa, stamp)
    assert step.ok, step.detail
    assert "Test Time Stamps 100" in step.detail
    assert "evidence:batch:time_stamped" in world.actions(row.batch_id)
    bundle = tmp_path / "kept.ipx-evidence.json"
    bundle.write_bytes(world.read(lambda s: world.service(EvidenceService).bundle(s, stamp_id=stamp)))
    command = (str(IPX), "verify", str(bundle), "--tsa-roots", str(tsa.roots), "--json")
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    steps = {step["step"]: step["ok"] for step in json.loads(done.stdout)["steps"]}
    assert steps["time_stamp"] is True


def test_without_roots_it_is_not_checked_and_with_others_it_is_refused(
    world: World, tsa: Authority, owner: Person, tmp_path: Path
) -> None:
    stamp = deposited(world, owner)
    world.settle()
    bundle = world.read(lambda s: world.service(EvidenceService).bundle(s, stamp_id=stamp))
    assert verify_bundle(bundle).level == "content"
    with authority(tmp_path) as other:
        verdict = verify_bundle(bundle, tsa_roots=read_roots(other.roots))
    assert verdict.failed is not None
    assert verdict.failed.name == "time_stamp"


def test_the_evidence_page_names_the_authority(world: World, owner: Person) -> None:
    technology = world.technology(owner, rights=0, titles=False, document=False)
    document = world.deposit(owner, technology)
    evidence = world.service(EvidenceService)

    def has_two_clocks() -> bool:
        world.exchange.batcher.advance()
        world.exchange.relay.advance()
        (found,) = world.read(lambda s: evidence.stamps_of(s, subject_kind="document", subject_id=document))
        return found.state == "final" and bool(rows(world, str(found.batch_id)))

    world.until(has_two_clocks)
    page = words_of(owner.get(f"/documents/{document}/evidence").text)
    assert "Test Time Stamps 100" in page
    assert QUALIFIED in page


def test_an_authority_that_is_away_delays_nothing_and_is_asked_again(
    world: World, tsa: Authority, owner: Person
) -> None:
    tsa.down = True
    try:
        stamp = deposited(world, owner)
        assert rows(world, batch_of(world, stamp)) == []
        assert step_of(world, tsa, stamp).ok is None
    finally:
        tsa.down = False
    world.until(lambda: rows(world, batch_of(world, stamp)), seconds=90)


def test_a_stamp_is_renewed_before_it_runs_out_once(world: World, tsa: Authority, owner: Person) -> None:
    stamp = deposited(world, owner)
    batch = batch_of(world, stamp)
    world.until(lambda: rows(world, batch))
    tsa.renew_signer(days=800)
    second_clock = world.service(SecondClock)
    world.write(second_clock.ask_for_due)
    world.until(lambda: len(rows(world, batch)) == 2)
    world.write(second_clock.ask_for_due)
    world.settle()
    assert len(rows(world, batch)) == 2
    step = step_of(world, tsa, stamp)
    assert step.ok, step.detail
    view = world.read(lambda s: world.service(EvidenceService).second_clock(s, batch_id=batch))
    assert view is not None
    assert view.renewals == 1
    assert view.holds_until - datetime.now(UTC) > timedelta(days=700)


def test_clocks_that_disagree_by_more_than_an_hour_are_noticed() -> None:
    now = datetime(2026, 11, 28, 12, tzinfo=UTC)
    assert not are_apart(now, int(now.timestamp()) + 3600)
    assert are_apart(now, int(now.timestamp()) - 3601)
