"""The denied-party list at grants and readings: hits, near matches and decisions about them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, Unavailable
from ipx.notices.models import NoticeRow
from ipx.vault.denied_parties import DeniedParties
from ipx.vault.rules import Decision, SourceKind
from ipx.vault.screening import PartyRefused
from tests.sharing_world import TEXT, SharingWorld


@pytest.fixture
def world(tmp_path: Path) -> SharingWorld:
    made = SharingWorld(tmp_path)
    made.begin()
    return made


def deny(world: SharingWorld, *names: str) -> None:
    world.denied = "id,name\n" + "".join(f"L-{number},{name}\n" for number, name in enumerate(names))


def test_denied_when_a_name_is_on_the_list_then_all_is_refused_and_told_once(
    world: SharingWorld,
) -> None:
    ben = world.verified("ben")
    lena = world.colleague(world.owner, "lena", [Role.LAB_ADMINISTRATOR])
    world.declare(ben, world.owner)
    world.grant(ben)
    deny(world, '"INSTITUTE, Ben"')
    for act in (lambda: world.grant(ben, whole_organisation=True), lambda: world.read(ben, world.document.id)):
        with pytest.raises(PartyRefused) as refusal:
            act()
        world.note(refusal.value)
        world.note(refusal.value)
    with world.database.read() as session:
        (kept,) = world.sharing.screenings.of(session, owner_id=world.owner.organisation_id)
        told = session.scalars(select(NoticeRow.organisation_id).where(NoticeRow.link == "/screenings")).all()
    assert (kept.is_exact, kept.party_name, kept.entry) == (True, "Ben Institute", "L-0")
    assert told == [world.owner.organisation_id]
    assert world.actions().count("document:access:party_refused") == 1
    assert world.count("vault_receipts") == 0
    with pytest.raises(Conflict):
        world.decide(lena, clear=True)
    deny(world, "Somebody Else Entirely")
    assert world.read(ben, world.document.id) == TEXT


def test_denied_when_a_name_resembles_one_then_a_named_person_decides_and_a_change_asks_again(
    world: SharingWorld,
) -> None:
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    deny(world, "Ben Institut", "Ben Ivanovich Other")
    with pytest.raises(PartyRefused) as refusal:
        world.grant(ben)
    world.note(refusal.value)
    with pytest.raises(Forbidden):
        world.decide(world.verified("rita", [Role.RESEARCHER], of=world.owner), clear=True)
    with pytest.raises(Invalid):
        world.decide(world.owner, clear=True, reason="")
    world.decide(world.owner, clear=False)
    with pytest.raises(PartyRefused):
        world.grant(ben)
    world.decide(world.owner, clear=True)
    world.grant(ben)
    assert world.read(ben, world.document.id) == TEXT
    with world.database.read() as session:
        (found,) = world.sharing.screenings.of(session, owner_id=world.owner.organisation_id)
    assert (found.decision, found.decided_by) == (Decision.CLEARED, world.owner.person_id)
    deny(world, "Ben Instituts")
    with pytest.raises(PartyRefused):
        world.read(ben, world.document.id)


def test_denied_when_a_decision_was_made_by_one_owner_then_it_binds_no_other(world: SharingWorld) -> None:
    ben, eve = world.verified("ben"), world.organisation("eve")
    deny(world, "Ben Institut")
    with pytest.raises(PartyRefused) as refusal:
        world.grant(ben)
    world.note(refusal.value)
    world.decide(world.owner, clear=True)
    world.grant(ben)
    world.document = world.deposit_text(eve)
    with pytest.raises(PartyRefused):
        world.grant(ben, by=eve)


def test_denied_when_a_licence_opens_it_then_it_is_noted_and_the_reading_refused(world: SharingWorld) -> None:
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    deny(world, "Ben Institute")
    with world.database.write() as session:
        world.vault.grant(
            session,
            by=world.owner.by,
            document_id=world.document.id,
            organisation_id=ben.organisation_id,
            source_kind=SourceKind.LICENCE,
            source_id="l1",
        )
    assert world.count("vault_screenings") == 1
    with pytest.raises(PartyRefused):
        world.read(ben, world.document.id)


def test_denied_when_it_is_the_reader_s_own_name_then_is_refused_too(world: SharingWorld) -> None:
    ben = world.verified("ben")
    mate = world.verified("yevgrandt", of=ben)
    for reader in (ben, mate):
        world.declare(reader, world.owner)
    world.grant(ben, whole_organisation=True)
    deny(world, "Yevgrandt")
    assert world.read(ben, world.document.id) == TEXT
    with pytest.raises(PartyRefused):
        world.read(mate, world.document.id)


def test_denied_when_the_list_cannot_be_read_then_a_licence_is_granted_and_waits(world: SharingWorld) -> None:
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    with world.database.write() as session, mended_after(world):
        world.vault.grant(
            session,
            by=world.owner.by,
            document_id=world.document.id,
            organisation_id=ben.organisation_id,
            source_kind=SourceKind.LICENCE,
            source_id="l1",
        )
    with mended_after(world), pytest.raises(Unavailable):
        world.read(ben, world.document.id)
    with mended_after(world), pytest.raises(Unavailable):
        world.grant(ben)
    assert world.read(ben, world.document.id) == TEXT


@contextmanager
def mended_after(world: SharingWorld) -> Iterator[None]:
    """A list that cannot be read, as while somebody copies over it."""

    def broken() -> DeniedParties:
        raise Unavailable("The denied-party list cannot be read.")

    kept, world.sharing.screenings._denied = world.sharing.screenings._denied, broken
    try:
        yield
    finally:
        world.sharing.screenings._denied = kept
