"""Depositing a document on the real services: what is stored, what is refused, what a repeat does."""

import hashlib
import io
import os
import threading
from pathlib import Path
from typing import Any

import pyrage
import pytest

from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, TooLarge
from ipx.vault.media_types import TYPES
from ipx.vault.rules import DocumentRole, Form
from ipx.vault.sealed_form import padded_size
from tests.deposit_world import PDF, DepositWorld
from tests.small_files import png

CANARY = b"canary-7f3a91-the-secret-temperature-is-412-kelvin"


@pytest.fixture
def world(tmp_path: Path) -> DepositWorld:
    return DepositWorld(tmp_path)


def nothing_is_left(world: DepositWorld) -> bool:
    return world.files() == [] and world.count("vault_documents") == 0 and world.count("evidence_stamps") == 0


def test_deposit_when_confidential_then_no_plaintext_is_on_the_disk_and_the_length_is_hidden(
    world: DepositWorld,
) -> None:
    ada = world.organisation("ada")
    content = PDF + CANARY * 30_000
    document = world.deposit(ada, content)
    assert document.confidential
    assert CANARY not in world.bytes_on_disk()
    assert hashlib.sha256(content).hexdigest().encode() not in world.bytes_on_disk()
    assert hashlib.sha256(content).digest() not in world.bytes_on_disk()
    (cid,) = world.files()
    assert cid == document.cid
    stored = len(world.store.open(cid).read())
    assert 0 < stored - padded_size(len(content)) < 16 * (stored // 65536 + 1) + 1000


def test_deposit_when_confidential_then_row_stamp_and_audit_line_appear_together(world: DepositWorld) -> None:
    ada = world.organisation("ada")
    document = world.deposit(ada)
    with world.database.read() as session:
        (stamp,) = world.evidence.stamps_of(session, subject_kind="document", subject_id=document.id)
        lines = world.audit.lines_of(session, [("document", document.id)])
        assert world.audit.check(session).broken_at is None
    assert document.stamp_id == stamp.id
    assert "document:content:deposited" in [line.action for line in lines]
    assert "method.pdf" not in str([line.details for line in lines])


def test_deposit_when_public_then_anybody_can_recompute_the_cid_and_only_an_open_subject_shows_it(
    world: DepositWorld,
) -> None:
    from ipx.core.errors import NotFound
    from ipx.core.unixfs import Importer

    ada, eve = world.organisation("ada"), world.organisation("eve")
    image = png(60, 60)
    given = {"role": DocumentRole.IMAGE, "file_name": "cell.png", "media_type": "image/png"}
    document = world.deposit(ada, image, **given)
    importer = Importer()
    importer.feed(image)
    importer.finish()
    assert (document.cid, document.confidential) == (str(importer.root), False)
    for actor, is_open in ((ada, True), (eve, False), (None, False)):
        with world.database.read() as session:
            if is_open:
                file = world.vault.public_file(session, actor=actor, document_id=document.id)
                assert b"".join(file.chunks()) == image
            else:
                with pytest.raises(NotFound):
                    world.vault.public_file(session, actor=actor, document_id=document.id)
    subject: dict[str, Any] = {"by": ada.by, "subject_kind": "technology", "subject_id": "t1"}
    with world.database.write() as session:
        world.vault.open_public_documents(session, **subject)
        world.vault.open_public_documents(session, **subject)
        assert world.vault.public_file(session, actor=None, document_id=document.id).document == document
        world.vault.close_public_documents(session, **subject)
        with pytest.raises(NotFound):
            world.vault.public_file(session, actor=None, document_id=document.id)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"length": 0, "stream": io.BytesIO()}, Invalid),
        ({"length": -1}, Invalid),
        ({"length": (64 << 20) + 1}, TooLarge),
        ({"file_name": "method.exe"}, Invalid),
        ({"file_name": "method.docx"}, Invalid),
        ({"media_type": "text/html"}, Invalid),
        ({"idempotency_key": "x"}, Invalid),
        ({"expected_sha256": "00" * 32}, Invalid),
        ({"expected_sha256": "not a hash"}, Invalid),
        ({"length": len(PDF) + 1}, Invalid),
        ({"length": len(PDF) - 1}, Invalid),
        ({"role": DocumentRole.IMAGE}, Invalid),
        ({"stream": io.BytesIO(b"MZ" + PDF[2:])}, Invalid),
    ],
)
def test_deposit_when_something_is_wrong_then_says_so_and_leaves_nothing(
    world: DepositWorld, changes: dict[str, Any], kind: Any
) -> None:
    ada = world.organisation("ada")
    with pytest.raises(kind):
        world.deposit(ada, **changes)
    assert nothing_is_left(world)
    assert world.read(ada, world.deposit(ada).id) == PDF


@pytest.mark.parametrize("at", [0, 1, 4096, 65_536, 1_000_000, 2_499_999])
def test_deposit_when_cut_off_half_way_then_leaves_nothing(world: DepositWorld, at: int) -> None:
    ada = world.organisation("ada")
    content = PDF + os.urandom(2_500_000 - len(PDF))
    with pytest.raises(Invalid, match="cut off"):
        world.deposit(ada, content, stream=io.BytesIO(content[:at]))
    assert nothing_is_left(world)
    assert world.unfinished() == []


def test_deposit_when_repeated_with_its_key_then_gives_the_same_document_and_stores_nothing_more(
    world: DepositWorld,
) -> None:
    ada = world.organisation("ada")
    first = world.deposit(ada, idempotency_key="one-upload-1")
    hashed = hashlib.sha256(PDF).hexdigest()
    assert world.deposit(ada, idempotency_key="one-upload-1") == first
    unread = io.BytesIO(PDF)
    assert world.deposit(ada, idempotency_key="one-upload-1", expected_sha256=hashed, stream=unread) == first
    assert world.files() == [first.cid]
    assert (world.count("vault_documents"), world.count("evidence_stamps")) == (1, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"stream": io.BytesIO(PDF[:-1] + b"X")},
        {"subject_id": "t2"},
        {"role": DocumentRole.INSTRUMENT},
        {"expected_sha256": "ab" * 32},
    ],
)
def test_deposit_when_a_key_is_used_for_something_else_then_is_a_conflict(
    world: DepositWorld, changes: dict[str, Any]
) -> None:
    ada = world.organisation("ada")
    world.deposit(ada, idempotency_key="one-upload-1")
    with pytest.raises(Conflict):
        world.deposit(ada, idempotency_key="one-upload-1", **changes)
    assert world.count("vault_documents") == 1


def test_deposit_when_two_organisations_use_the_same_key_then_each_has_its_own_document(world: DepositWorld) -> None:
    ada, eve = world.organisation("ada"), world.organisation("eve")
    mine = world.deposit(ada, idempotency_key="one-upload-1")
    assert world.deposit(eve, idempotency_key="one-upload-1").id != mine.id


def test_deposit_when_the_same_upload_comes_twice_at_once_then_one_document_is_there(world: DepositWorld) -> None:
    ada = world.organisation("ada")
    content = PDF + os.urandom(1_500_000)
    found, meet = [], threading.Barrier(2)

    class Together(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() == 0:
                meet.wait(10)
            return super().read(size)

    def upload() -> None:
        found.append(world.deposit(ada, content, stream=Together(content), idempotency_key="one-upload-1"))

    threads = [threading.Thread(target=upload) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(found) == 2
    assert found[0] == found[1]
    assert world.count("vault_documents") == 1
    assert world.files() == [found[0].cid]  # what the slower one had sealed is gone again


def test_deposit_when_the_role_does_not_include_it_then_is_forbidden(world: DepositWorld) -> None:
    ada = world.organisation("ada")
    curator = world.colleague(ada, "carl", [Role.LAB_ADMINISTRATOR])
    with pytest.raises(Forbidden):
        world.deposit(curator)
    assert world.deposit(curator, role=DocumentRole.INSTRUMENT).confidential


def test_deposit_when_every_accepted_type_is_sealed_then_its_file_is_a_standard_age_file(world: DepositWorld) -> None:
    from ipx.vault.document_secret import unwrap_secret
    from ipx.vault.documents import document_row

    ada = world.organisation("ada")
    document = world.deposit(ada)
    with world.database.read() as session:
        secret = unwrap_secret(session, world.accounts, document_row(session, document.id))
    inside = pyrage.decrypt(world.store.open(document.cid).read(), [pyrage.x25519.Identity.from_str(secret.identity)])
    assert inside == len(PDF).to_bytes(8, "big") + PDF + bytes(4096 - 8 - len(PDF))
    assert len(TYPES) > 10


def test_deposit_when_large_then_memory_stays_flat(world: DepositWorld) -> None:
    """64 MiB go through in pieces; what Python holds at once stays below a few of them."""
    import tracemalloc

    ada = world.organisation("ada")
    world.deposit(ada)

    class Endless:
        left = 64 << 20

        def read(self, size: int = -1, /) -> bytes:
            take = min(size, self.left)
            begin, self.left = self.left == 64 << 20, self.left - take
            return (b"%PDF-1.7" + bytes(take - 8)) if begin else bytes(take)

    tracemalloc.start()
    document = world.deposit(ada, stream=Endless(), length=64 << 20)
    _, deposit_peak = tracemalloc.get_traced_memory()
    tracemalloc.reset_peak()
    with world.database.write() as session:
        delivery = world.vault.read(session, actor=ada, document_id=document.id, purpose="to measure", form=Form.CLEAR)
    size = sum(len(piece) for piece in delivery.chunks())
    _, read_peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert size == 64 << 20
    assert max(deposit_peak, read_peak) < 16 << 20
