"""`ipx audit check` on chains of title: whoever edits a row is named, though the row's own hash was made anew."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ipx.accounts.rules import Role
from ipx.history.check.comparing import TableCheck
from ipx.history.check.records import Difference
from ipx.history.service import HistoryService
from ipx.titles.box import Box
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.models import ApprovalRow, EntryRow, RectificationRow
from ipx.titles.rules import ConveyanceKind
from ipx.titles.service import TitleService
from ipx.vault.rules import DocumentRole
from tests.flows.test_chain_of_title_pages import ASSIGNMENT, enter, exported, right_of
from tests.flows.test_title_rectifications import press, propose
from tests.pages import Person

if TYPE_CHECKING:
    from tests.world import World

OTHER = Conveyance(ConveyanceKind.ASSIGNMENT, (Giver("Ada Lovelace"),), "Somebody Else")


@pytest.fixture(scope="module")
def right(world: World, owner: Person) -> str:
    """A right with an entry that was put right, another one, and an open proposal."""
    people = [world.colleague(owner, Role.LAB_ADMINISTRATOR) for _ in range(3)]
    place = right_of(world, owner)
    document = world.deposit(owner, place[0], "assignment.pdf", DocumentRole.INSTRUMENT)
    enter(owner, place, **ASSIGNMENT, document=document)
    (entry,) = exported(owner, place)["entries"]
    found = propose(people[0], place, entry["id"], **{**ASSIGNMENT, "receiver": owner.actor.organisation_name})
    for person in people[1:]:
        press(person, place, found, "approve")
    (entry,) = exported(owner, place)["entries"]
    press(people[1], place, propose(people[0], place, entry["id"], strike="y"), "approve")
    return place[1]


def found_after(world: World, change: Callable[[Session], Any] = lambda session: None) -> list[Difference]:
    """Return what the check names after an edit, which is undone."""
    check: TableCheck = world.service(HistoryService)._tables
    with world.database.sessions() as session:
        try:
            change(session)
            session.flush()
            session.expire_all()
            return check.chains_of_title(session)
        finally:
            session.rollback()


def first(session: Session, table: Any, right: str) -> Any:
    return session.scalars(select(table).where(table.right_id == right).limit(1)).one()


def put(table: Any, name: str, value: Any) -> Callable[[Session, str], None]:
    def change(session: Session, right: str) -> None:
        setattr(first(session, table, right), name, value)

    return change


def forge(session: Session, right: str, box: Box) -> None:
    """Seal another content with the organisation's key, and make the hash anew."""
    box.close(session, first(session, EntryRow, right), OTHER)


def forget(table: Any) -> Callable[[Session, str], None]:
    def change(session: Session, right: str) -> None:
        newest = session.scalars(select(table).where(table.right_id == right).order_by(table.id)).all()[-1]
        session.execute(delete(ApprovalRow))
        session.execute(delete(RectificationRow).where(RectificationRow.right_id == right))
        if table is EntryRow:
            session.execute(delete(EntryRow).where(EntryRow.id == newest.id))

    return change


EDITS = [
    ("sha256", put(EntryRow, "sha256", "ab" * 32)),
    ("document_id", put(EntryRow, "document_id", None)),
    ("entry", put(EntryRow, "entry", "merger")),
    ("basis", put(RectificationRow, "basis", "lost-key")),
    ("sha256", put(RectificationRow, "sha256", "ab" * 32)),
    ("state", put(RectificationRow, "state", "withdrawn")),
    ("replacement_id", put(RectificationRow, "replacement_id", None)),
    ("approvals", lambda session, right: session.execute(delete(ApprovalRow))),
    ("", forget(RectificationRow)),
    ("", forget(EntryRow)),
]


def test_an_honest_table_differs_in_nothing(world: World, right: str) -> None:
    assert found_after(world) == []


@pytest.mark.parametrize(("field", "change"), EDITS, ids=[f"{place}-{edit[0]}" for place, edit in enumerate(EDITS)])
def test_each_edit_is_named(world: World, right: str, field: str, change: Callable[[Session, str], Any]) -> None:
    found = found_after(world, lambda session: change(session, right))
    assert [one for one in found if one.field == field], found
    assert {one.area for one in found} == {"chain of title"}


def test_content_sealed_anew_with_the_right_key_is_named(world: World, right: str) -> None:
    box = world.service(TitleService)._box
    found = found_after(world, lambda session: forge(session, right, box))
    assert [one.field for one in found] == ["sha256"]
