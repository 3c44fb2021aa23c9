"""Steps that the tests of invention disclosures share, through the service."""

from __future__ import annotations

import re
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.inventions.drafts import Answer, TypedSection
from ipx.inventions.models import InventorRow, StepRow
from ipx.inventions.records import Invention
from ipx.inventions.rules import Step
from ipx.inventions.service import InventionService
from ipx.notices.models import MailRow
from tests.pages import Person
from tests.world import World

EVA = {"name": "Eva Quillfeather", "email": "eva.quillfeather@example.org", "contribution": "glaze-3f91 was hers"}
BO = {"name": "Bo Ek", "employer": "NTNU"}
ANSWER = "No, Eva-b82d says"


def disclosed(world: World, writer: Person, *inventors: Mapping[str, str], title: str = "A glaze") -> str:
    """Disclose an invention and return its id."""
    service = world.service(InventionService)

    def act(session: Session) -> str:
        invention_id = service.begin(session, actor=writer.actor, title=title)
        typed = TypedSection(Answer.LISTED, tuple(inventors or (BO,)))
        keep(world, session, writer, invention_id, "inventors", typed)
        service.submit(session, actor=writer.actor, invention_id=invention_id)
        return invention_id

    return world.write(act)


def keep(world: World, session: Session, writer: Person, invention_id: str, section: str, typed: TypedSection) -> None:
    """Save a section that is as it should be."""
    problems = world.service(InventionService).save_section(
        session, actor=writer.actor, invention_id=invention_id, section=section, typed=typed, quietly=False
    )
    assert not problems


def officer_of(world: World, writer: Person) -> Person:
    """Return somebody who may judge what the writer disclosed."""
    return world.colleague(writer, Role.LICENSING_MANAGER, Role.LAB_ADMINISTRATOR)


def judged(world: World, officer: Person, invention_id: str, step: Step, words: str = "") -> None:
    """Take a step of the review."""
    review = world.service(InventionService).review
    world.write(
        lambda session: review.judge(session, actor=officer.actor, invention_id=invention_id, step=step, words=words)
    )


def seen(world: World, person: Person, invention_id: str) -> Invention:
    """Return a disclosure as a person sees it."""
    service = world.service(InventionService)
    return world.read(lambda s: service.invention(s, actor=person.actor, invention_id=invention_id))


def disputed(world: World, writer: Person) -> str:
    """Disclose an invention that Eva disputes by her link."""
    invention_id = disclosed(world, writer, EVA, BO)
    query = select(MailRow.body).where(MailRow.recipient == EVA["email"]).order_by(MailRow.created_at.desc())
    body = world.read(lambda session: session.scalars(query).first()) or ""
    token = re.search(r"/inventor/([0-9a-f]{64})", body)
    assert token
    inventorship = world.service(InventionService).inventorship
    world.write(lambda s: inventorship.answer(s, token=token[1], is_right=False, words=ANSWER))
    return invention_id


def erase(world: World, officer: Person, invention_id: str) -> str:
    inventor = next(one for one in seen(world, officer, invention_id).inventors if one.name == EVA["name"])
    erasures = world.service(InventionService).erasures
    world.write(lambda s: erasures.ask(s, actor=officer.actor, invention_id=invention_id, inventor_id=inventor.id))
    return inventor.id


def sealed_of(world: World, inventor_id: str) -> list[bytes]:
    """Return what is stored of an inventor, as it is in the database's files."""
    entry = world.row(InventorRow, inventor_id).sealed_entry
    query = select(StepRow.sealed_words).where(StepRow.inventor_id == inventor_id)
    words = [value for value in world.read(lambda session: list(session.scalars(query))) if value]
    return [entry, *words] if entry else words
