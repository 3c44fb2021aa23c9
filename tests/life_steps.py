"""Steps that the tests of licences' lives share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from ipx.adapters.system import FixedClock
from ipx.licences.records import Licence
from ipx.licences.service import LicenceService
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.records import LifeView
from ipx.life.service import LifeService, advance
from tests.adapters.stripe_payer import pay
from tests.pages import Person, token_of
from tests.world import World


def licensed(world: World, owner: Person, taker: Person, **changes: Any) -> Licence:
    """Bring a deal to its licence in force."""
    agreement = world.signed(owner, taker, **changes)
    checkout = world.read(lambda s: world.payments.find_by_agreement(s, agreement_id=agreement.id))
    if checkout is not None:
        pay(world.pay_page(taker, agreement))
    licences = world.service(LicenceService)

    def found() -> Licence | None:
        licence = world.read(lambda s: licences.find_by_agreement(s, agreement_id=agreement.id))
        return licence if licence and licence.activated_at else None

    world.settle()
    return world.until(found)


def licences_on(world: World, owner: Person, taker: Person, stated: LicenceTerms, count: int) -> list[Licence]:
    """Return so many licences in force of one listing, on terms that ask for no fee at the beginning."""
    listing = world.listing(owner, terms=stated)
    agreements = [world.signed(owner, taker, listing) for _ in range(count)]
    world.settle()
    service = world.service(LicenceService)
    found = [world.read(partial(service.find_by_agreement, agreement_id=one.id)) for one in agreements]
    assert all(one is not None and one.activated_at for one in found)
    return [one for one in found if one is not None]


def life_of(world: World, person: Person, licence: Licence) -> LifeView:
    """Return a licence's life as a person sees it."""
    service = world.service(LifeService)
    return world.read(lambda s: service.life(s, actor=person.actor, licence_id=licence.id))


def press(person: Person, licence: Licence, kind: str, **data: object):
    """Take a step on the page."""
    path = f"/licences/{licence.id}/life"
    token = token_of(person.get(path).text)
    return person.client.post(f"{path}/step", data={"csrf_token": token, "kind": kind, **data})


def open_ids(world: World, person: Person, licence: Licence) -> list[str]:
    """Return the notices and proposals that are open, oldest first."""
    life = life_of(world, person, licence).life
    return [one.step.id for one in life.notices] + [one.id for one in life.proposals]


@contextmanager
def later(world: World, moment: datetime) -> Iterator[None]:
    """Let it be later for the deadlines of licences."""
    service = world.service(LifeService)
    before, service._clock = service._clock, FixedClock(moment)
    try:
        yield
    finally:
        service._clock = before


def run_timers(world: World, moment: datetime) -> int:
    """Let the deadline service look at a moment; return how much there was to do."""
    with later(world, moment):
        count = 0
        while advance(world.database, world.service(LifeService)):
            count += 1
    world.settle()
    return count


def days(number: float) -> timedelta:
    return timedelta(days=number)
