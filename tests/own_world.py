"""A world that no other module has: for tests that spoil its books, or want them to be without a fault, and for those
that let other processes work on it. Whatever closed one of its files in this process before would have cost SQLite its
locks (``reading_apart``), and the first other process would end this one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.exchanges import empty_postgres, running_exchange
from tests.world import World


@contextmanager
def own_world_on(request: pytest.FixtureRequest, folder: Path) -> Iterator[World]:
    """Enter a world of its own on the database that a fixture's parameter (``DATABASES``) names."""
    with ExitStack() as stack:
        more = {} if request.param == "sqlite" else {"IPX_DATABASE_URL": stack.enter_context(empty_postgres())}
        yield stack.enter_context(World(stack.enter_context(running_exchange(folder, **more))))
