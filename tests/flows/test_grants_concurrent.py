"""Many attempts at one exclusive grant at the same moment: exactly one wins, and the others are told clearly."""

from __future__ import annotations

import os
import threading
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import func, select

from ipx.core.errors import Conflict
from ipx.licences.agreement import Party
from ipx.licences.agreement_v2 import Agreement, grant_message
from ipx.licences.models import LicenceRow
from ipx.licences.records import Grant
from ipx.licences.rules import Exclusivity
from ipx.licences.service import LicenceService
from tests.exchanges import DATABASES, empty_postgres, running_exchange
from tests.licence_terms import terms

if TYPE_CHECKING:
    from ipx.wiring import Exchange

ATTEMPTS = 100
ROUNDS = int(os.environ.get("IPX_GRANT_ROUNDS", "2"))
AT_ONCE = 20
"""Threads: the rest waits for a connection, as requests do."""


@pytest.fixture(params=DATABASES)
def exchange(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Exchange]:
    if request.param == "sqlite":
        with running_exchange(tmp_path) as built:
            yield built
        return
    with empty_postgres() as url, running_exchange(tmp_path, IPX_DATABASE_URL=url) as built:
        yield built


def grant(technology_id: str, number: int) -> Grant:
    """Return a grant of an agreement of its own; every third attempt is sole, every fourth names a country."""
    wanted = terms(
        exclusivity=Exclusivity.SOLE if number % 3 == 0 else Exclusivity.EXCLUSIVE,
        territory=("DE",) if number % 4 == 0 else ("DE", "FR"),
    )
    agreement = Agreement(
        agreement_id=str(uuid.uuid4()),
        technology_id=technology_id,
        technology_title="Solid electrolyte",
        licensor=Party("owner", "Institute", "0x" + "11" * 20),
        licensee=Party("taker", f"Company {number}", "0x" + f"{number + 1:040x}"),
        subject=(),
        terms=wanted,
    )
    message = grant_message(agreement, salt=os.urandom(32), deadline=2_000_000_000)
    return Grant(
        agreement_id=agreement.agreement_id,
        technology_id=technology_id,
        technology_title="Solid electrolyte",
        licensor_id="owner",
        licensor_name="Institute",
        licensee_id="taker",
        licensee_name="Company",
        message=dict(message),
        licensor_signature=bytes(65),
        licensee_signature=bytes(65),
        terms=wanted.to_json(),
    )


@pytest.mark.timeout(3600)
def test_of_a_hundred_attempts_at_one_exclusive_grant_exactly_one_wins(exchange: Exchange) -> None:
    licences = exchange.services[LicenceService]
    assert isinstance(licences, LicenceService)
    start = threading.Barrier(AT_ONCE)

    def attempt(wanted: Grant, number: int) -> str:
        if number < AT_ONCE:
            start.wait()
        try:
            with exchange.database.write() as session:
                licences.issue(session, grant=wanted)
        except Conflict as error:
            return error.message
        return "granted"

    for _ in range(ROUNDS):
        technology_id = str(uuid.uuid4())
        wanted = [grant(technology_id, number) for number in range(ATTEMPTS)]
        with ThreadPoolExecutor(AT_ONCE) as threads:
            answers = list(threads.map(attempt, wanted, range(ATTEMPTS)))
        assert answers.count("granted") == 1
        assert all("stands in the way" in answer for answer in answers if answer != "granted")
        with exchange.database.read() as session:
            mine = LicenceRow.technology_id == technology_id
            assert session.scalar(select(func.count()).select_from(LicenceRow).where(mine)) == 1
