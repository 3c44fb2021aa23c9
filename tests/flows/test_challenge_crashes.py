"""kill -9 at every moment while a call closes and an option ends: each side is told once, and nothing is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import update

from ipx.challenges.models import ChallengeRow, EntryRow
from ipx.challenges.rules import EntryState, Outcome, State
from ipx.notices.models import MailRow, NoticeRow
from ipx.wiring import Exchange
from tests.challenge_world import ChallengeWorld
from tests.exchanges import running_exchange
from tests.killable import run
from tests.pages import Person
from tests.world import World

MOST_MOMENTS = 20
pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with running_exchange(tmp_path_factory.mktemp("calls")) as exchange, World(exchange, works=False) as entered:
        yield entered


def look(exchange: Exchange) -> None:
    """Do the two chores, as a worker does."""
    exchange.chores["challenges"]()
    exchange.chores["options of awards"]()


def has_closed(exchange: Exchange, challenge_id: str, entry_id: str) -> bool:
    """Tell whether the call is closed and the end of the option was told."""
    with exchange.database.read() as session:
        call, entry = session.get_one(ChallengeRow, challenge_id), session.get_one(EntryRow, entry_id)
        return call.state == State.CLOSED and entry.option_next_at is None


def due(world: World, city: Person, entrant: Person) -> tuple[str, str]:
    """Return a call whose deadline has passed, and an entry of it that has an option whose end has come."""
    challenge = ChallengeWorld(world, city).opened()
    entry_id = challenge.begun(entrant, str(world.listing(entrant).technology_id))
    ends = world.clock.now() - timedelta(seconds=1)
    given = {"state": EntryState.SUBMITTED, "outcome": Outcome.AWARDED, "option_ends_at": ends, "option_next_at": ends}
    world.write(lambda session: session.execute(update(EntryRow).where(EntryRow.id == entry_id).values(given)))
    challenge.set_deadline(ends)
    return challenge.challenge_id, entry_id


def check(world: World, city: Person, entrant: Person, challenge_id: str, entry_id: str) -> None:
    """Everybody was told of both, once, in the page and by mail, and the log has one line of each."""
    for person in (city, entrant):
        of_theirs = NoticeRow.organisation_id == person.organisation_id
        for what in ("Challenge closed", "The option of an award has ended"):
            assert world.count(NoticeRow, of_theirs, NoticeRow.subject.startswith(what)) == 1, what
        assert world.count(MailRow, MailRow.recipient == person.email, MailRow.subject.startswith("The option")) == 1
    assert world.actions(challenge_id).count("challenge:call:closed") == 1
    assert world.actions(entry_id).count("entry:option:ended") == 1


def check_mailed(world: World, person: Person) -> None:
    """The mail about the option has left."""
    of_it = (MailRow.recipient == person.email, MailRow.subject.startswith("The option"))
    assert world.count(MailRow, *of_it, MailRow.sent_at.is_not(None)) == 1


def test_closing_when_killed_anywhere_then_everybody_is_told_once(world: World, tmp_path: Path) -> None:
    settings = world.exchange.settings
    environment = {"IPX_DATA_DIR": str(settings.data_dir), "IPX_PORT": str(settings.port), "IPX_DEMO": "0"}
    log, seen = tmp_path / "moment", []
    left: list[Person] = []
    for kill_at in range(1, MOST_MOMENTS):
        city, entrant = world.organisation("City"), world.organisation("Entrant")
        world.exchange.outside.index.close()
        challenge_id, entry_id = due(world, city, entrant)
        done = partial(has_closed, challenge_id=challenge_id, entry_id=entry_id)
        count = run(environment, look, done, kill_at=kill_at, log=log)
        for person in left:
            check_mailed(world, person)  # the process that came next let the mails of the killed one leave
        if count is not None:
            break
        seen.append(log.read_text())
        look(world.exchange)  # as the next worker does
        check(world, city, entrant, challenge_id, entry_id)
        left = [city, entrant]
    assert count is not None
    check(world, city, entrant, challenge_id, entry_id)
    for person in (city, entrant):
        check_mailed(world, person)
    assert any("challenges_challenges" in moment for moment in seen), seen
    assert any("challenges_entries" in moment for moment in seen), seen
