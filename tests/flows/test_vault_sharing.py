"""Sharing: need-to-know, review for export control, grants by hand, declarations."""

import os
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, ExchangeError, Forbidden, Invalid, NotFound
from ipx.vault.export_control import UNREVIEWED
from ipx.vault.models import DeclarationRow
from ipx.vault.rules import Form, Outcome, SourceKind
from tests.sharing_world import TEXT, SharingWorld


@pytest.fixture
def world(tmp_path: Path) -> SharingWorld:
    made = SharingWorld(tmp_path)
    made.begin()
    return made


# ── need-to-know ─────────────────────────────────────────────────────────────────────────────────


def test_colleagues_when_not_granted_then_read_nothing_whatever_their_rank(world: SharingWorld) -> None:
    colleague = world.verified("bob", [Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER], of=world.owner)
    with pytest.raises(Forbidden):
        world.read(colleague, world.document.id)
    world.grant(colleague)
    world.declare(colleague, world.owner)
    assert world.read(colleague, world.document.id) == TEXT


def test_grant_to_a_person_then_opens_to_nobody_else_of_the_organisation(world: SharingWorld) -> None:
    ben = world.verified("ben")
    mate = world.verified("mate", of=ben)
    for reader in (ben, mate):
        world.declare(reader, world.owner)
    world.grant(ben)
    assert world.read(ben, world.document.id) == TEXT
    with pytest.raises(NotFound):
        world.read(mate, world.document.id)
    world.grant(ben, whole_organisation=True)
    assert world.read(mate, world.document.id) == TEXT


@pytest.mark.parametrize("roles", [[Role.RESEARCHER], [Role.LAB_ADMINISTRATOR]])
def test_grant_when_a_colleague_without_the_role_gives_it_then_is_refused(world: SharingWorld, roles: Any) -> None:
    ben = world.verified("ben")
    with pytest.raises(Forbidden):
        world.grant(ben, by=world.verified("carl", roles, of=world.owner))
    with pytest.raises(NotFound):
        world.grant(ben, by=world.organisation("eve"))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"email": "nobody@example.org"}, "email"),
        ({"reason": " "}, "reason"),
        ({"nda": "x" * 501}, "nda"),
        ({"until": date(2020, 1, 1)}, "until"),
        ({"until": date(2099, 1, 1)}, "until"),
    ],
)
def test_grant_when_something_is_missing_then_names_the_field(
    world: SharingWorld, changes: dict[str, Any], field: str
) -> None:
    ben = world.verified("ben")
    with pytest.raises(Invalid) as refusal:
        world.grant(ben, **changes)
    assert refusal.value.field == field
    assert "document:access:granted" not in world.actions()


def test_grant_when_the_reader_never_verified_or_does_not_read_then_is_as_unknown(world: SharingWorld) -> None:
    for reader in (world.organisation("unverified"), world.verified("lena", [Role.LAB_ADMINISTRATOR])):
        with pytest.raises(Invalid) as refusal:
            world.grant(reader)
        assert refusal.value.field == "email"


def test_grant_then_ends_with_its_last_day_and_at_once_when_revoked_and_can_be_given_again(
    world: SharingWorld,
) -> None:
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    first = world.grant(ben, until=world.today())
    assert world.read(ben, world.document.id) == TEXT
    world.clock.advance(timedelta(days=1))
    with pytest.raises(NotFound):
        world.read(ben, world.document.id)
    second = world.grant(ben)
    assert world.read(ben, world.document.id) == TEXT
    for _ in range(2):
        world.revoke(second)
    with pytest.raises(NotFound):
        world.read(ben, world.document.id)
    third = world.grant(ben)
    assert world.read(ben, world.document.id) == TEXT
    assert len({first, second, third}) == 3
    assert world.actions().count("document:access:granted") == 3
    assert world.actions().count("document:access:revoked") == 1


def test_grant_then_its_words_are_not_in_the_audit_log_and_its_source_is_in_the_receipt(world: SharingWorld) -> None:
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    grant_id = world.grant(ben, reason="a-very-special-reason")
    world.read(ben, world.document.id)
    with world.database.read() as session:
        lines = world.audit.lines_of(session, [("document", world.document.id)])
        (grant,) = world.vault.grants_of(session, document_ids=[world.document.id])
        (receipt,) = world.vault.receipts_of(session, document_ids=[world.document.id])
        assert world.vault.check_receipts(session).broken_at is None
    assert "a-very-special-reason" not in str(lines)
    assert (grant.reason, grant.nda, grant.person_id) == ("a-very-special-reason", "NDA 7", ben.person_id)
    assert (receipt.source_kind, receipt.source_id) == (SourceKind.PERSON, grant_id)


def test_revoke_when_another_organisation_or_document_is_meant_then_is_refused(world: SharingWorld) -> None:
    ben = world.verified("ben")
    grant_id = world.grant(ben)
    with pytest.raises(NotFound):
        world.revoke(grant_id, by=world.organisation("eve"))
    other = world.deposit_text(world.owner, TEXT + b"other")
    with world.database.write() as session, pytest.raises(NotFound):
        world.sharing.revoke(session, actor=world.owner, document_id=other.id, grant_id=grant_id)


def test_transfer_under_way_when_revoked_then_breaks_off_and_the_receipt_says_so(tmp_path: Path) -> None:
    world = SharingWorld(tmp_path)
    world.begin(content=TEXT + os.urandom(3 << 20).hex().encode())
    ben = world.verified("ben")
    world.declare(ben, world.owner)
    grant_id = world.grant(ben)
    with world.database.write() as session:
        delivery = world.vault.read(
            session, actor=ben, document_id=world.document.id, purpose="a look", form=Form.CLEAR
        )
    stream = delivery.chunks()
    got = len(next(stream))
    time.sleep(1.1)
    got += len(next(stream))  # still granted: goes on
    world.revoke(grant_id)
    time.sleep(1.1)
    with pytest.raises(ExchangeError):
        next(stream)
    stream.close()
    with world.database.read() as session:
        (receipt,) = world.vault.receipts_of(session, document_ids=[world.document.id])
    assert (receipt.outcome, receipt.delivered_bytes) == (Outcome.ABORTED, got)


# ── export control ───────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def unreviewed(tmp_path: Path) -> SharingWorld:
    made = SharingWorld(tmp_path)
    made.begin(export_control=UNREVIEWED)
    return made


def test_unreviewed_then_is_shared_in_the_house_only(unreviewed: SharingWorld) -> None:
    ben, colleague = unreviewed.verified("ben"), unreviewed.verified("bob", of=unreviewed.owner)
    with pytest.raises(Conflict, match="not reviewed"):
        unreviewed.grant(ben)
    asked: dict[str, Any] = {"by": unreviewed.owner.by, "document_id": unreviewed.document.id, "source_id": "n1"}
    with unreviewed.database.write() as session, pytest.raises(Conflict, match="not reviewed"):
        unreviewed.vault.grant(session, **asked, organisation_id=ben.organisation_id, source_kind=SourceKind.NDA)
    unreviewed.grant(colleague)
    unreviewed.declare(colleague, unreviewed.owner)
    assert unreviewed.read(colleague, unreviewed.document.id) == TEXT


def test_unreviewed_when_a_licence_opens_it_then_waits_and_opens_with_the_review(unreviewed: SharingWorld) -> None:
    ben = unreviewed.verified("ben")
    unreviewed.declare(ben, unreviewed.owner)
    with unreviewed.database.write() as session:
        unreviewed.vault.grant(
            session,
            by=unreviewed.owner.by,
            document_id=unreviewed.document.id,
            organisation_id=ben.organisation_id,
            source_kind=SourceKind.LICENCE,
            source_id="l1",
        )
    with pytest.raises(Conflict, match="not reviewed"):
        unreviewed.read(ben, unreviewed.document.id)
    unreviewed.classify("3E001")
    assert unreviewed.read(ben, unreviewed.document.id) == TEXT
    unreviewed.classify("unreviewed")
    with pytest.raises(Conflict):
        unreviewed.read(ben, unreviewed.document.id)
    assert unreviewed.actions().count("document:export_control:stated") == 2


@pytest.mark.parametrize("role", [Role.OWNER, Role.LICENSING_MANAGER, Role.LAB_ADMINISTRATOR])
def test_classify_when_the_role_answers_for_it_then_is_kept_and_others_are_refused(
    unreviewed: SharingWorld, role: Role
) -> None:
    unreviewed.classify("none", by=unreviewed.colleague(unreviewed.owner, "bob", [role]))
    with pytest.raises(Forbidden):
        unreviewed.classify("3E001", by=unreviewed.colleague(unreviewed.owner, "rita", [Role.RESEARCHER]))
    with pytest.raises(NotFound):
        unreviewed.classify("3E001", by=unreviewed.organisation("eve"))


# ── declarations ─────────────────────────────────────────────────────────────────────────────────


def test_reader_when_nothing_is_declared_then_is_asked_once_a_year_by_each_owner(world: SharingWorld) -> None:
    ben = world.verified("ben")
    world.grant(ben, until=world.today() + timedelta(days=500))
    with pytest.raises(Invalid) as refusal:
        world.read(ben, world.document.id)
    assert refusal.value.field == "nationality"
    assert world.count("vault_receipts") == 0
    world.declare(ben, world.owner)
    for _ in range(2):
        assert world.read(ben, world.document.id) == TEXT
    world.clock.advance(timedelta(days=365))
    with pytest.raises(Invalid):
        world.read(ben, world.document.id)
    world.declare(ben, world.owner)
    assert world.read(ben, world.document.id) == TEXT
    assert world.count("vault_declarations") == 1


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"nationalities": []}, "nationality"),
        ({"nationalities": ["XX"]}, "nationality"),
        ({"end_use": "  "}, "end_use"),
    ],
)
def test_declaration_when_it_says_nothing_then_names_the_field(
    world: SharingWorld, said: dict[str, Any], field: str
) -> None:
    given: dict[str, Any] = {"nationalities": ["DE"], "end_use": "to assess it", **said}
    with world.database.write() as session, pytest.raises(Invalid) as refusal:
        world.sharing.declarations.declare(session, actor=world.owner, owner_id=world.owner.organisation_id, **given)
    assert refusal.value.field == field


def test_declaration_then_is_in_its_row_alone_and_gone_when_forgotten(world: SharingWorld) -> None:
    ben = world.verified("ben")
    with world.database.write() as session:
        world.sharing.declarations.declare(
            session,
            actor=ben,
            owner_id=world.owner.organisation_id,
            nationalities=["de", "FR"],
            end_use="quite-a-special-use",
        )
    with world.database.read() as session:
        kept = session.scalars(select(DeclarationRow.nationalities)).one()
        lines = world.audit.lines_of(session, [("organisation", world.owner.organisation_id)])
    assert kept == "DE FR"
    assert any(line.action == "organisation:reader:declared" for line in lines)
    assert "quite-a-special-use" not in str(lines)
    assert "DE" not in str([line.details for line in lines])
    with world.database.write() as session:
        world.sharing.declarations.forget(session, person_id=ben.person_id, until=world.clock.now(), held_by=())
    assert world.count("vault_declarations") == 0
