"""Copies in clear for others carry the reader's name on every page; the receipt keeps the hash of that copy."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pikepdf
import pytest

from ipx.core.errors import Conflict, NotFound, Tampered
from ipx.vault.records import Receipt
from ipx.vault.rules import Form, Outcome, SourceKind
from tests.adapters.test_sandbox import children
from tests.deposit_world import READER, DepositWorld
from tests.small_files import pdf, pdf_of, words_in

KEY = str(READER.to_public())
PAGES = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"}
STREAM = b"<< /Length 38 >>\nstream\nBT /F1 12 Tf 30 30 Td (the secret) Tj ET\nendstream"
FONT = b"<< /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Any:
    made: Any = DepositWorld(tmp_path_factory.mktemp("marking"))
    made.owner, made.reader = made.organisation("ada"), made.organisation("ben")
    made.declare(made.reader, made.owner)
    return made


def shared(world: Any, content: bytes, **changes: Any) -> str:
    document = world.deposit(world.owner, content, **changes)
    with world.database.write() as session:
        world.vault.grant(
            session,
            by=world.owner.by,
            document_id=document.id,
            organisation_id=world.reader.organisation_id,
            source_kind=SourceKind.NDA,
            source_id=document.id,
        )
    return str(document.id)


def receipt(world: Any, document_id: str) -> Receipt:
    with world.database.read() as session:
        assert world.vault.check_receipts(session).broken_at is None
        found: Receipt = world.vault.receipts_of(session, document_ids=[document_id])[-1]
    return found


def with_page(page: bytes) -> bytes:
    return pdf_of({**PAGES, 3: b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R " + page + b" >>", 4: STREAM})


ODD = {
    "plain": pdf("the secret"),
    "turned": with_page(b"/MediaBox [0 0 612 792] /Rotate 90 /Resources " + FONT),
    "turned back": with_page(b"/MediaBox [0 0 612 792] /Rotate -90 /Resources " + FONT),
    "cropped": with_page(b"/MediaBox [0 0 612 792] /CropBox [10 10 300 200] /Resources " + FONT),
    "below zero": with_page(b"/MediaBox [-300 -300 300 300] /Resources " + FONT),
    "corners swapped": with_page(b"/MediaBox [612 792 0 0] /Resources " + FONT),
    "inherited": pdf_of(
        {
            **PAGES,
            2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 300 300] /Rotate 180 /Resources "
            + FONT
            + b" >>",
            3: b"<< /Type /Page /Parent 2 0 R /Contents 4 0 R >>",
            4: STREAM,
        }
    ),
    "state left open": with_page(b"/MediaBox [0 0 612 792] /Resources " + FONT).replace(b"BT /F1 12", b"q q /F1 12"),
}


@pytest.mark.parametrize("name", list(ODD))
def test_every_page_says_who_read_it_and_when_and_still_what_it_said(world: Any, name: str) -> None:
    document = shared(world, ODD[name])
    got = world.read(world.reader, document)
    left = receipt(world, document)
    for words in words_in(got):
        said = (world.reader.name, world.reader.organisation_name, f"{world.clock.now():%Y-%m-%d %H:%M} UTC", left.id)
        assert all(each in words for each in said)
        assert "the secret" in words or name == "state left open"
    assert (left.outcome, left.form) == (Outcome.COMPLETE, Form.CLEAR)
    assert (left.delivered_sha256, left.delivered_bytes) == (hashlib.sha256(got).hexdigest(), len(got))


def test_the_mark_is_seen_on_the_page(world: Any) -> None:
    """Drawn, an empty page of the copy is not white any more, across its middle and at its foot."""
    import pypdfium2

    got = world.read(world.reader, shared(world, pdf("")))
    document = pypdfium2.PdfDocument(got)
    picture = document[0].render(scale=1).to_pil().convert("L")
    document.close()
    middle = picture.crop((150, 200, 450, 600)).getextrema()
    foot = picture.crop((100, 770, 500, 792)).getextrema()
    assert middle[0] < 235
    assert foot[0] < 150


def test_owners_get_the_file_itself_and_age_files_hold_it(world: Any) -> None:
    import pyrage

    content = pdf("the secret", pages=3)
    document = shared(world, content)
    assert world.read(world.owner, document) == content
    sealed = world.read(world.reader, document, form=Form.AGE, recipient=KEY)
    assert pyrage.decrypt(sealed, [READER]) == content


def test_other_types_are_handed_over_as_they_are(world: Any) -> None:
    document = shared(world, b"a text", file_name="a.txt", media_type="text/plain")
    assert world.read(world.reader, document) == b"a text"


def test_many_pages_are_marked_and_names_of_any_script_are_drawn(world: Any) -> None:
    document = shared(world, pdf("the secret", pages=500))
    ming = replace(world.reader, name="李明")
    pages = words_in(world.read(ming, document))
    assert len(pages) == 500
    assert all("李明" in words for words in pages)


def test_what_cannot_be_marked_is_not_handed_over_in_clear(world: Any) -> None:
    """Known at the deposit: refused at once, and nothing of it is in the receipts."""
    import pyrage

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(pdf("the secret"))) as made:
        made.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    for content in (out.getvalue(), b"%PDF-1.7\nnothing\n%%EOF\n"):
        document = shared(world, content)
        with pytest.raises(Conflict, match="cannot carry your name"):
            world.read(world.reader, document)
        with world.database.read() as session:
            assert world.vault.receipts_of(session, document_ids=[document]) == []
        assert pyrage.decrypt(world.read(world.reader, document, form=Form.AGE, recipient=KEY), [READER]) == content


def test_what_turns_out_not_to_be_markable_fails_before_the_first_byte(world: Any) -> None:
    """A page of no size shows when it is drawn on."""
    document = shared(world, with_page(b"/MediaBox [0 0 1 1] /Resources " + FONT))
    with pytest.raises(Conflict, match=r"\.age"):
        world.read(world.reader, document)
    left = receipt(world, document)
    assert (left.outcome, left.delivered_bytes) == (Outcome.FAILED, 0)
    assert not children()


def test_a_changed_file_gives_no_byte_marked_or_not(world: Any) -> None:
    document = shared(world, pdf("the secret"))
    with world.database.read() as session:
        cid = world.vault.document(session, document_id=document).cid
    content = bytearray(world.store.open(cid).read())
    content[-1] ^= 1
    sink = world.store.begin()
    sink.write(bytes(content))
    other = sink.finish().cid
    with world.database.write() as session:
        from ipx.vault.models import DocumentRow

        session.get_one(DocumentRow, document).cid = other
    with pytest.raises(Tampered):
        world.read(world.reader, document)
    assert receipt(world, document).outcome is Outcome.FAILED
    assert not children()


def test_a_reader_who_goes_away_leaves_no_child_and_a_receipt_that_says_so(world: Any) -> None:
    document = shared(world, pdf("the secret", pages=3000))
    with world.database.write() as session:
        delivery = world.vault.read(
            session, actor=world.reader, document_id=document, purpose="to look", form=Form.CLEAR
        )
    stream = delivery.chunks()
    assert delivery.size is None
    next(stream)
    assert children()
    stream.close()
    assert not children()
    assert receipt(world, document).outcome is Outcome.ABORTED


def test_nothing_of_it_is_on_the_disk_and_a_revoked_reader_gets_nothing(world: Any) -> None:
    document = shared(world, pdf("canary-5f3a9c"))
    world.read(world.reader, document)
    assert b"canary-5f3a9c" not in world.bytes_on_disk()
    world.clock.advance(timedelta(seconds=1))
    with world.database.write() as session:
        world.vault.revoke(session, by=world.owner.by, source_kind=SourceKind.NDA, source_id=document)
    with pytest.raises(NotFound):
        world.read(world.reader, document)
