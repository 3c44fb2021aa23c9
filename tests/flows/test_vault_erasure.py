"""Erasing a document through its page: it is gone everywhere, for good, and nobody else's proof suffers."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pikepdf
import psycopg
import pytest
from sqlalchemy import select

from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.core.errors import Conflict, NotFound
from ipx.evidence.bundle import COMMITMENT
from ipx.evidence.models import StampRow
from ipx.evidence.service import EvidenceService
from ipx.evidence.verification import HOLDS, verify_bundle
from ipx.history.service import HistoryService
from ipx.notices.models import NoticeRow
from ipx.vault.document_secret import unwrap_secret
from ipx.vault.erasure_records import Erasure
from ipx.vault.erasure_register import ErasureRegister
from ipx.vault.erasures import Erasures
from ipx.vault.holds import Holds
from ipx.vault.models import DeclarationRow, DocumentRow, ReceiptRow
from ipx.vault.reader_erasures import ReaderErasures
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole, Form, SourceKind
from ipx.vault.service import VaultService
from ipx.wiring.forgetting import SCRUBBED
from tests.exchanges import DATABASES
from tests.pages import Person, send, words_of
from tests.reading_apart import places_of
from tests.small_files import pdf
from tests.world import World, world_on

PURPOSE = "to weigh the buying of it, purpose-6f1e"
GRANTED = "weighs the offer for the coating, grant-4b7d"
REASON = "the contract says so"


@pytest.fixture(scope="module", params=DATABASES)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_on(request, tmp_path_factory.mktemp("erasing")) as world:
        yield world


@pytest.fixture
def ada(world: World) -> Person:
    return world.organisation()


@pytest.fixture
def technology(world: World, ada: Person) -> str:
    return world.technology(ada, document=False)


def read(world: World, person: Person, document_id: str, purpose: str = PURPOSE) -> bytes:
    vault = world.service(VaultService)
    delivery = world.write(
        lambda session: vault.read(
            session, actor=person.actor, document_id=document_id, purpose=purpose, form=Form.CLEAR
        )
    )
    stream = delivery.chunks()
    try:
        return b"".join(stream)
    finally:
        stream.close()


def grant(world: World, owner: Person, document_id: str, reason: str = GRANTED) -> Person:
    """Let somebody of a company read it, for a reason that says something of the document."""
    reader = world.organisation("Company")
    sharing = world.service(VaultService).sharing
    until = (world.clock.now() + timedelta(days=30)).date()
    world.write(
        lambda session: sharing.grant(
            session,
            actor=owner.actor,
            document_id=document_id,
            email=reader.email,
            whole_organisation=False,
            reason=reason,
            nda="",
            until=until,
        )
    )
    return reader


def declare(world: World, reader: Person, owner: Person) -> None:
    """Declare what readers declare before the first reading."""
    declarations = world.service(VaultService).sharing.declarations
    said: dict[str, Any] = {"nationalities": ["IE"], "end_use": "our pilot line"}
    world.write(
        lambda session: declarations.declare(session, actor=reader.actor, owner_id=owner.organisation_id, **said)
    )


def erase(person: Person, document_id: str, **changes: str) -> Any:
    given = {"reason": REASON, "number": document_id[:8], "confirmed": "y", **changes}
    return send(person.client, f"/documents/{document_id}/erasure", **given)


def document_of(world: World, document_id: str) -> Document:
    return world.read(lambda session: world.service(VaultService).document(session, document_id=document_id))


def erasure_of(world: World, document_id: str) -> Erasure:
    found = world.read(lambda session: world.service(Erasures).find(session, document_id=document_id))
    assert found is not None
    return found


def anchor(world: World, stamps: list[str]) -> None:
    """Wait until the batcher thinks it time, and until the batch is in a block."""

    def is_batched() -> bool:
        world.exchange.batcher.advance()
        return all(world.row(StampRow, stamp).batch_id for stamp in stamps)

    world.until(is_batched)
    world.settle()


def secrets_of(world: World, document_id: str, written: dict[str, str]) -> dict[str, bytes]:
    """Everything that erasing must destroy, what people wrote about it too, as bytes that may be in no file."""
    row = world.row(DocumentRow, document_id)
    stamp = world.row(StampRow, row.stamp_id)
    assert row.wrapped_secret
    assert stamp.sealed_opening
    secret = world.read(lambda session: unwrap_secret(session, world.service(AccountService), row))
    query = select(ReceiptRow.salt).where(ReceiptRow.document_id == document_id)
    (salt,) = world.read(lambda session: list(session.scalars(query)))
    assert salt
    return {
        "wrapped": row.wrapped_secret[13:],
        "opening": stamp.sealed_opening[13:],
        "hash": secret.content_sha256.hex().encode(),
        "name": row.file_name.encode(),
        **{name: words.encode() for name, words in written.items()},
        "salt": salt,
    }


def test_erased_when_asked_then_key_salt_name_blocks_and_purposes_are_in_no_file(
    world: World, ada: Person, technology: str
) -> None:
    # All of its own: what other tests deposit, read and grant in this world stays there.
    own = world.exchange.outside.entropy.new_id()
    content = pdf(f"method {own}")
    written = {"purpose": f"to weigh the buying, {own}", "grant": f"weighs the offer for the coating, {own}"}
    document_id = world.deposit(ada, technology, name="merger-with-northwind-9c2f.pdf", content=content)
    read(world, ada, document_id, written["purpose"])
    grant(world, ada, document_id, written["grant"])
    world.settle()
    secrets, cid = secrets_of(world, document_id, written), world.row(DocumentRow, document_id).cid
    folder = world.exchange.settings.data_dir
    if world.database.engine.dialect.name == "sqlite":
        assert all(places_of(secret, folder) for secret in secrets.values()), "or the search would find nothing"

    answer = erase(ada, document_id)
    assert answer.status_code == 303, words_of(answer.text)
    world.settle()

    assert erasure_of(world, document_id).stage == "done"
    row = world.row(DocumentRow, document_id)
    assert (row.wrapped_secret, row.content_sha256, row.file_name) == (None, None, "erased.pdf")
    assert not world.exchange.outside.store.has(cid)
    assert {name: places_of(secret, folder) for name, secret in secrets.items()} == {name: [] for name in secrets}
    if world.database.engine.dialect.name == "postgresql":
        files = table_files(world)
        assert document_id.encode() in files
        assert {name: secret in files for name, secret in secrets.items()} == dict.fromkeys(secrets, False)
    assert list(folder.rglob(f"*{cid}*")) == []
    assert [entry.id for entry in register(world) if entry.fields.get("document") == document_id]


def test_erased_when_others_share_batch_and_logs_then_their_proofs_and_the_logs_hold(
    world: World, ada: Person, technology: str
) -> None:
    ids = [world.deposit(ada, technology) for _ in range(3)]
    for document_id in ids:
        read(world, ada, document_id)
    stamps = [world.row(DocumentRow, document_id).stamp_id for document_id in ids]
    anchor(world, stamps)
    assert len({world.row(StampRow, stamp).batch_id for stamp in stamps}) == 1
    erase(ada, ids[1])
    world.settle()

    evidence = world.service(EvidenceService)
    for stamp in (stamps[0], stamps[2]):
        bundle = world.read(lambda session, stamp=stamp: evidence.bundle(session, stamp_id=stamp))  # type: ignore[misc]
        assert verify_bundle(bundle).outcome == HOLDS
    with pytest.raises(Conflict, match="erased"):
        world.read(lambda session: evidence.bundle(session, stamp_id=stamps[1]))
    chains = world.read(lambda session: world.service(HistoryService).check_chains(session, actor=ada.actor))
    assert (chains.audit.broken_at, chains.receipts.broken_at) == (None, None)
    assert world.read(evidence.bad_batches) == []
    assert read(world, ada, ids[0])
    page = ada.get(f"/history/technologies/{technology}").text
    assert "Document erased" in words_of(page)


def test_erased_when_its_stamp_still_waits_then_the_batch_is_anchored_with_its_empty_commitment(
    world: World, ada: Person, technology: str
) -> None:
    erased, kept = (world.deposit(ada, technology) for _ in range(2))
    erase(ada, erased)
    world.until(lambda: erasure_of(world, erased).stage == "done" or None)
    stamps = [world.row(DocumentRow, document_id).stamp_id for document_id in (erased, kept)]
    assert world.row(StampRow, stamps[0]).batch_id is None
    anchor(world, stamps)
    evidence = world.service(EvidenceService)
    commitment = world.read(lambda s: evidence.bundle(s, stamp_id=stamps[0], disclosure=COMMITMENT))
    full = world.read(lambda s: evidence.bundle(s, stamp_id=stamps[1]))
    assert [verify_bundle(bundle).outcome for bundle in (commitment, full)] == [HOLDS, HOLDS]


def test_erased_when_somebody_asks_for_it_then_nobody_opens_it_and_no_list_shows_it(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    carl = world.organisation("Company")
    vault = world.service(VaultService)
    world.write(
        lambda session: vault.grant(
            session,
            by=ada.actor.by,
            document_id=document_id,
            organisation_id=carl.organisation_id,
            source_kind=SourceKind.NDA,
            source_id="nda-1",
        )
    )
    declare(world, carl, ada)
    assert read(world, carl, document_id)
    assert "1 organisation may open it now" in words_of(ada.get(f"/documents/{document_id}/erasure").text)
    erase(ada, document_id)  # not settled: it holds from the very next request on
    refused = send(ada.client, f"/documents/{document_id}/open", purpose="once more", form="clear")
    assert refused.status_code == 422
    assert "was erased" in words_of(refused.text)
    world.settle()
    with pytest.raises(NotFound):
        read(world, carl, document_id)
    assert document_id not in ada.get(f"/technologies/{technology}").text
    page = words_of(ada.get(f"/documents/{document_id}").text)
    assert "This document is erased" in page
    assert "purpose-6f1e" not in page
    assert world.count(NoticeRow, NoticeRow.link == f"/documents/{document_id}/erasure") == 1


def test_erased_when_the_same_public_file_is_deposited_twice_then_the_other_one_keeps_its_blocks(
    world: World, ada: Person, technology: str
) -> None:
    first, second = (world.deposit(ada, technology, role=DocumentRole.PUBLIC) for _ in range(2))
    cid = document_of(world, first).cid
    assert document_of(world, second).cid == cid
    erase(ada, first)
    world.settle()
    assert ada.get(f"/documents/{first}/file").status_code == 404
    assert ada.get(f"/documents/{second}/file").status_code == 200
    erase(ada, second)
    world.settle()
    assert not world.exchange.outside.store.has(cid)


def test_erase_when_the_form_is_not_meant_then_says_what_is_wrong_and_erases_nothing(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    for changes, words in (
        ({"number": "00000000"}, "not this document"),
        ({"reason": "x"}, "in a few words"),
        ({"confirmed": ""}, "Tick the box"),
    ):
        answer = erase(ada, document_id, **changes)
        assert answer.status_code == 422
        assert words in words_of(answer.text)
    assert document_of(world, document_id).erased_at is None
    assert read(world, ada, document_id)


def test_erase_when_the_role_or_organisation_is_another_then_is_refused(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    researcher, stranger = world.colleague(ada, Role.RESEARCHER), world.organisation("Company")
    assert erase(researcher, document_id).status_code == 403
    assert stranger.get(f"/documents/{document_id}/erasure").status_code == 404
    assert document_of(world, document_id).erased_at is None


def test_hold_when_it_is_on_then_nothing_can_be_erased_until_it_is_lifted(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    lena = world.colleague(ada, Role.LAB_ADMINISTRATOR)
    place = f"/documents/{document_id}/erasure"
    placed = lena.post(f"/documents/{document_id}/holds", {"hold-reason": "a lawsuit"}, page=place)
    assert placed.status_code == 303, words_of(placed.text)
    page = ada.get(place).text
    assert "a lawsuit" in page
    assert "It cannot be erased before the hold is lifted." in words_of(page)
    refused = erase(ada, document_id)
    assert refused.status_code == 422
    assert "legal hold is on this document" in words_of(refused.text)

    (hold,) = re.findall(r"/holds/([0-9a-f-]+)/lift", page)
    lift = f"/documents/{document_id}/holds/{hold}/lift"
    lifted = ada.post(lift, {f"lift-{hold[:8]}-reason": "settled"}, page=place)
    assert lifted.status_code == 303, words_of(lifted.text)
    assert erase(ada, document_id).status_code == 303
    world.settle()
    assert erasure_of(world, document_id).stage == "done"
    late = lena.post(f"/documents/{document_id}/holds", {"hold-reason": "too late"}, page=place)
    assert late.status_code == 422
    actions = world.actions(document_id)
    wanted = ["document:hold:placed", "document:hold:lifted", "document:erasure:asked", "document:content:erased"]
    assert [action for action in actions if action in wanted] == wanted
    assert {entry.kind for entry in register(world) if entry.id == hold} == {"hold", "hold-lifted"}


def test_certificate_when_it_is_done_then_names_what_was_destroyed_and_the_last_backup_s_day(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    early = ada.get(f"/documents/{document_id}/erasure/certificate")
    assert early.status_code == 409
    erase(ada, document_id)
    world.settle()
    page = words_of(ada.get(f"/documents/{document_id}/erasure").text)
    assert "No backup holds it since" in page
    answer = ada.get(f"/documents/{document_id}/erasure/certificate")
    assert answer.status_code == 200
    with pikepdf.open(io.BytesIO(answer.data)) as paper:
        assert document_id in str(paper.docinfo["/Title"])
    assert erasure_of(world, document_id).asked_at - world.clock.now() < timedelta(minutes=1)


def table_files(world: World) -> bytes:
    """The files of the tables that an erasure builds anew, as they lie on the disk of PostgreSQL: its superuser may."""
    query = "SELECT pg_read_binary_file(pg_relation_filepath(CAST(%s AS regclass)))"
    url = world.database.engine.url.set(drivername="postgresql", username="postgres")
    with psycopg.connect(url.render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute("CHECKPOINT")
        rows = [connection.execute(query, [table]).fetchone() for table in SCRUBBED]
    return b"".join(bytes(row[0]) for row in rows if row is not None)


def register(world: World) -> list[Any]:
    return ErasureRegister(world.exchange.settings.erasure_register).entries()


def test_readings_when_a_reader_s_are_erased_then_what_was_declared_is_gone_unless_a_hold_is_on(
    world: World, ada: Person, technology: str
) -> None:
    document_id = world.deposit(ada, technology)
    reader = grant(world, ada, document_id)
    readers = world.service(ReaderErasures)
    declare(world, reader, ada)
    theirs = DeclarationRow.person_id == reader.actor.person_id
    holds = world.service(Holds)
    hold = world.write(
        lambda s: holds.place(s, actor=ada.actor, document_id=document_id, reason="the court asked for it")
    )
    world.write(lambda s: readers.erase(s, person_id=reader.actor.person_id))
    assert world.count(DeclarationRow, theirs) == 1
    world.write(lambda s: holds.lift(s, actor=ada.actor, hold_id=hold.id, reason="it is settled"))
    world.write(lambda s: readers.erase(s, person_id=reader.actor.person_id))
    assert world.count(DeclarationRow, theirs) == 0
