"""Password hashes (argon2id); knows nothing of people."""

import threading
from functools import lru_cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from argon2.low_level import Type

# ASVS 5.0 appendix C: t=1 with at least 46 MiB. Two at a time: more would starve a small machine.
MEMORY_KIB = 47_104
PARALLEL_HASHES = 2


class Passwords:
    """Hashes and verifies, never more than a few at once, so that a flood of sign-ins cannot eat the machine."""

    def __init__(self, *, memory_kib: int = MEMORY_KIB) -> None:
        self._hasher = _hasher(memory_kib)
        self._turns = threading.BoundedSemaphore(PARALLEL_HASHES)
        self._nobody = _hash_of_nobody(memory_kib)

    def hash(self, password: str) -> str:
        """Return an argon2id hash in PHC form."""
        with self._turns:
            return self._hasher.hash(password)

    def verify(self, stored: str | None, password: str) -> bool:
        """Tell whether the password fits; takes as long for a person who does not exist (``stored`` None)."""
        with self._turns:
            try:
                self._hasher.verify(stored or self._nobody, password)
            except (VerifyMismatchError, InvalidHashError):
                return False
        return stored is not None

    def is_outdated(self, stored: str) -> bool:
        """Tell whether the hash was made with weaker parameters than today's."""
        return self._hasher.check_needs_rehash(stored)


def _hasher(memory_kib: int) -> PasswordHasher:
    return PasswordHasher(time_cost=1, memory_cost=memory_kib, parallelism=1, type=Type.ID)


@lru_cache(maxsize=4)
def _hash_of_nobody(memory_kib: int) -> str:
    """Return what a stranger's password is held against; made once a process, as it costs a tenth of a second."""
    return _hasher(memory_kib).hash("nobody has this password")
