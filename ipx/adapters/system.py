"""The real clock and randomness, and their twins that a test can turn or a run can repeat from a seed.

The twins must never be chosen in production: who knows the seed knows every key.
"""

import random
import secrets
import uuid
from datetime import UTC, datetime, timedelta


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present time in UTC."""
        return datetime.now(UTC)


class SystemEntropy:
    """The kernel's randomness."""

    def token(self, size: int) -> bytes:
        """Return ``size`` unpredictable bytes."""
        return secrets.token_bytes(size)

    def new_id(self) -> str:
        """Return a new random UUID (version 4)."""
        return str(uuid.uuid4())


class FixedClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime = datetime(2026, 1, 1, tzinfo=UTC)) -> None:
        self._now = _in_utc(start)

    def now(self) -> datetime:
        """Return the time at which the clock stands."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move the clock; also back, as real clocks sometimes go."""
        self._now += by

    def set(self, to: datetime) -> None:
        """Put the clock to a time. Raises ValueError for one without a zone."""
        self._now = _in_utc(to)


class SeededEntropy:
    """Predictable bytes and ids: the same seed gives the same row of answers."""

    def __init__(self, seed: int | str) -> None:
        self._random = random.Random(seed)  # noqa: S311 - predictable on purpose

    def token(self, size: int) -> bytes:
        """Return the next ``size`` bytes of the row."""
        return self._random.randbytes(size)

    def new_id(self) -> str:
        """Return the next UUID of the row, of the same form as a random one."""
        return str(uuid.UUID(bytes=self._random.randbytes(16), version=4))


def _in_utc(time: datetime) -> datetime:
    if time.tzinfo is None:
        raise ValueError("A time needs its zone.")
    return time.astimezone(UTC)
