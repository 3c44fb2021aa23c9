"""The clock and the randomness, real and predictable."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from ipx.adapters.system import FixedClock, SeededEntropy, SystemClock, SystemEntropy
from ipx.core.ports import Clock, Entropy


def test_the_system_clock_is_in_utc_and_goes_on() -> None:
    clock: Clock = SystemClock()
    first, second = clock.now(), clock.now()
    assert first.utcoffset() == timedelta(0)
    assert first <= second


def test_a_fixed_clock_moves_only_when_told() -> None:
    clock = FixedClock(datetime(2026, 3, 1, 12, tzinfo=timezone(timedelta(hours=1))))
    assert clock.now() == clock.now() == datetime(2026, 3, 1, 11, tzinfo=UTC)
    assert clock.now().tzinfo is UTC
    clock.advance(timedelta(hours=-1))
    assert clock.now().hour == 10
    clock.set(datetime(2027, 1, 1, tzinfo=UTC))
    assert clock.now().year == 2027


def test_a_time_without_a_zone_is_refused() -> None:
    naive = datetime(2026, 1, 1)  # noqa: DTZ001 - what must be refused
    with pytest.raises(ValueError, match="zone"):
        FixedClock(naive)
    with pytest.raises(ValueError, match="zone"):
        FixedClock().set(naive)


@pytest.mark.parametrize("entropy", [SystemEntropy(), SeededEntropy(1)])
def test_entropy_gives_bytes_and_ids_that_differ(entropy: Entropy) -> None:
    tokens = {entropy.token(16) for _ in range(50)}
    ids = {entropy.new_id() for _ in range(50)}
    assert len(tokens) == len(ids) == 50
    assert {len(token) for token in tokens} == {16}
    assert entropy.token(0) == b""
    assert all(str(UUID(new)) == new and UUID(new).version == 4 for new in ids)


def test_a_seed_repeats_a_run() -> None:
    first, again, other = SeededEntropy("run 1"), SeededEntropy("run 1"), SeededEntropy("run 2")
    run = [first.token(32), first.new_id(), first.token(5)]
    assert run == [again.token(32), again.new_id(), again.token(5)]
    assert run[0] != other.token(32)
