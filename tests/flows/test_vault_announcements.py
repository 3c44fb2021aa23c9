"""The deposit page promises: you may leave, we will tell you."""

import pytest

from ipx.notices.service import Notice, NoticeService
from tests.world import World


@pytest.fixture
def world(exchange):
    with World(exchange) as world:
        yield world


def notices_about_stamps(world: World, organisation_id: str) -> list[Notice]:
    notices = world.service(NoticeService)
    told = world.read(lambda session: notices.notices(session, organisation_id=organisation_id))
    return [notice for notice in told if notice.subject.startswith("Timestamp")]


def test_owners_are_told_when_their_time_stamp_is_final(world: World) -> None:
    owner, stranger = world.organisation("Institute"), world.organisation("Stranger")
    world.technology(owner, titles=False)

    def look() -> list[Notice]:
        world.exchange.batcher.advance()
        return notices_about_stamps(world, owner.organisation_id)

    found = world.until(look)
    assert [notice.link.endswith("/evidence") for notice in found] == [True]
    assert owner.get(found[0].link).status_code == 200
    assert notices_about_stamps(world, stranger.organisation_id) == []
