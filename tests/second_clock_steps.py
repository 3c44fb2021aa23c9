"""Steps that the tests of the second clock share."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.evidence.models import TimeStampRow
from ipx.evidence.service import EvidenceService
from tests.pages import Person
from tests.world import World


def deposited(world: World, owner: Person) -> str:
    """Deposit a document, let its stamp become final, and return the stamp's id."""
    technology = world.technology(owner, rights=0, titles=False, document=False)
    document = world.deposit(owner, technology)
    evidence = world.service(EvidenceService)

    def stamp() -> str | None:
        world.exchange.batcher.advance()
        world.exchange.relay.advance()
        (found,) = world.read(lambda s: evidence.stamps_of(s, subject_kind="document", subject_id=document))
        return found.id if found.state == "final" else None

    return world.until(stamp)


def batch_of(world: World, stamp: str) -> str:
    batch = world.read(lambda s: world.service(EvidenceService).get_stamp(s, stamp)).batch_id
    assert batch is not None
    return batch


def rows(world: World, batch: str) -> list[TimeStampRow]:
    def look(session: Session) -> list[TimeStampRow]:
        query = select(TimeStampRow).where(TimeStampRow.batch_id == batch).order_by(TimeStampRow.number)
        found = list(session.scalars(query))
        session.expunge_all()
        return found

    return world.read(look)
