"""Which files are taken, and how a lying one is caught."""

import io
import zipfile

import pytest

from ipx.core.errors import Invalid
from ipx.vault.intake import Intake
from ipx.vault.media_types import TYPES, TypeWatch, accepted, media_type_of
from ipx.vault.rules import DocumentRole

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + bytes(30)


def office(*names: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names:
            archive.writestr(name, "x" * 5000)
    return buffer.getvalue()


def open_document(kind: str = "text") -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", "<x/>")
    return buffer.getvalue()


DOCX = office("[Content_Types].xml", "_rels/.rels", "word/document2.xml")
GOOD = {
    "a.pdf": b"%PDF-1.4\n...",
    "b.docx": DOCX,
    "c.xlsx": office("[Content_Types].xml", "xl/workbook.xml"),
    "d.pptx": office("[Content_Types].xml", "ppt/presentation.xml"),
    "e.odt": open_document(),
    "f.txt": "Größe, 35 %".encode(),
    "g.md": b"<h1>A readme may begin like this</h1>",
    "h.csv": b"a;b\n1;2\n",
    "i.json": b' {"a": 1}',
    "j.xml": b'<?xml version="1.0"?><data/>',
    "k.png": PNG,
    "l.jpeg": b"\xff\xd8\xff\xe0" + bytes(20),
    "m.webp": WEBP,
    "n.zip": office("anything.step"),
    "o.tex": b"\\documentclass{article}",
}
LIES = {
    "page.txt": b"\n <!DOCTYPE html><script>alert(1)</script>",
    "html.txt": b"<html>",
    "svg.txt": b"<svg xmlns='http://www.w3.org/2000/svg'>",
    "script.txt": b"#!/bin/sh\nrm -rf ~",
    "php.txt": b"<?php system('id');",
    "binary.txt": b"MZ\x90\x00\x03\x00",
    "wide.csv": "a,b".encode("utf-16"),
    "svg.xml": b'<?xml version="1.0"?><svg onload="x">',
    "xhtml.xml": b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"/>',
    "entity.xml": b'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY a "b">]><r/>',
    "page.json": b"<html>",
    "elf.pdf": b"\x7fELF" + bytes(60),
    "late.pdf": b"PK\x03\x04" + bytes(100) + b"%PDF-1.4",
    "zip.docx": office("readme.txt"),
    "sheet.docx": office("[Content_Types].xml", "xl/workbook.xml"),
    "macro.docx": office("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
    "wrong.odt": open_document("presentation"),
    "plain.odt": office("mimetype"),
    "jpeg.png": b"\xff\xd8\xff\xe0" + bytes(20),
    "gif.png": b"GIF89a" + bytes(20),
    "wave.webp": b"RIFF\x24\x00\x00\x00WAVEfmt ",
    "empty.zip": b"PK\x05\x06" + bytes(18),
    "exe.zip": b"MZ" + bytes(100),
}


def take(name: str, content: bytes, step: int = 1 << 20, announced: str = "") -> bytes:
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            return super().read(min(size or -1, step))

    kind = media_type_of(name, announced, DocumentRole.CONFIDENTIAL)
    intake = Intake(Slow(content), length=len(content), watch=TypeWatch(kind), expected_sha256=None)
    return b"".join(intake.pieces())


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("step", [1 << 20, 3])
def test_intake_when_name_and_content_agree_then_takes_every_byte(name: str, step: int) -> None:
    assert take(name, GOOD[name], step) == GOOD[name]


@pytest.mark.parametrize("name", LIES)
@pytest.mark.parametrize("step", [1 << 20, 3])
def test_intake_when_the_content_is_something_else_then_refuses(name: str, step: int) -> None:
    with pytest.raises(Invalid) as refusal:
        take(name, LIES[name], step)
    assert refusal.value.field == "file"


@pytest.mark.parametrize("name", ["a.exe", "a.html", "a.svg", "a.js", "a.docm", "a.iso", "a.pdf.exe", "a."])
def test_media_type_when_the_ending_is_not_accepted_then_refuses(name: str) -> None:
    with pytest.raises(Invalid):
        media_type_of(name, "", DocumentRole.CONFIDENTIAL)


@pytest.mark.parametrize(
    ("name", "announced"),
    [("a.pdf", "text/html"), ("a.txt", "text/html"), ("a.png", "image/svg+xml"), ("a.zip", "application/x-msdownload")],
)
def test_media_type_when_the_announcement_contradicts_the_name_then_refuses(name: str, announced: str) -> None:
    with pytest.raises(Invalid):
        media_type_of(name, announced, DocumentRole.CONFIDENTIAL)


@pytest.mark.parametrize(
    ("name", "announced", "stored"),
    [
        ("A.PDF", "application/pdf; charset=binary", "application/pdf"),
        ("a.csv", "application/vnd.ms-excel", "text/csv"),
        ("a.md", "", "text/markdown"),
        ("a.zip", "application/x-zip-compressed", "application/zip"),
    ],
)
def test_media_type_when_browsers_call_it_otherwise_then_stores_one_name(
    name: str, announced: str, stored: str
) -> None:
    assert media_type_of(name, announced, DocumentRole.CONFIDENTIAL).media_type == stored


def test_accepted_when_strangers_may_download_then_offers_no_archives_and_images_only_as_images() -> None:
    assert {kind.media_type for kind in accepted(DocumentRole.IMAGE)} == {"image/png", "image/jpeg", "image/webp"}
    assert "application/zip" not in {kind.media_type for kind in accepted(DocumentRole.PUBLIC)}
    assert accepted(DocumentRole.CONFIDENTIAL) == list(TYPES)
