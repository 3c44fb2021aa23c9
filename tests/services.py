"""Where the real services of `make test-real` listen."""

from __future__ import annotations

import os

import pytest


def address(variable: str) -> str:
    """Return a service's address; without one the test is skipped, or fails where all are required."""
    found = os.environ.get(variable)
    if not found:
        if os.environ.get("IPX_TEST_REAL_REQUIRED") == "1":
            pytest.fail(f"{variable} is required and not set")
        pytest.skip(f"{variable} is not set")
    return found
