"""Small files that are what they say, byte for byte the same each time, with their words in clear inside."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping


def pdf(text: str, *, pages: int = 1, catalog: str = "", more: Mapping[int, bytes] | None = None) -> bytes:
    """A PDF 1.7 with the text on each page. ``catalog``: further entries of it; ``more``: further objects by number."""
    stream = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode("latin-1")
    first = 5
    kids = " ".join(f"{first + n} 0 R" for n in range(pages))
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {catalog} >>".encode(),
        2: f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>".encode(),
        3: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        4: b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    }
    fonts = b"/Resources << /Font << /F1 4 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 3 0 R %s >>" % fonts
    objects |= dict.fromkeys(range(first, first + pages), page) | dict(more or {})
    return pdf_of(objects)


def pdf_of(objects: Mapping[int, bytes], *, trailer: bytes = b"") -> bytes:
    """A PDF of these objects; number 1 is its catalog. Numbers without an object are free."""
    out = bytearray(b"%PDF-1.7\n")
    places: dict[int, int] = {}
    for number, content in sorted(objects.items()):
        places[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start, size = len(out), max(objects) + 1
    out += b"xref\n0 %d\n0000000000 65535 f \n" % size
    for number in range(1, size):
        out += b"%010d 00000 n \n" % places[number] if number in places else b"0000000000 00001 f \n"
    out += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, trailer, start)
    return bytes(out)


def words_in(content: bytes) -> list[str]:
    """The text of each page of a PDF, as a reader sees it, in one line."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    try:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in document]
    finally:
        document.close()


def png(width: int = 2, height: int = 2, *, rows: bytes | None = None) -> bytes:
    """A grey PNG."""
    pixels = b"".join(b"\x00" + bytes(width) for _ in range(height)) if rows is None else rows
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


def chunk(kind: bytes, content: bytes) -> bytes:
    """One chunk of a PNG."""
    return len(content).to_bytes(4, "big") + kind + content + zlib.crc32(kind + content).to_bytes(4, "big")
