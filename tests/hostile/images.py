"""Pictures: pixel floods, frames without end, hidden archives, cuts, one kind that says it is another."""

from __future__ import annotations

import io
import random
import zlib
from collections.abc import Iterator

from PIL import Image

from ipx.vault.rules import DocumentRole
from tests.hostile.cases import CLEAN, OPAQUE, REFUSED, Case
from tests.hostile.raw_zip import Part, archive
from tests.small_files import chunk, png

FLOOD, TWO = "million pixels", "two files in one"
FORMATS = {"png": "PNG", "jpg": "JPEG", "webp": "WEBP"}


def cases() -> Iterator[Case]:
    """All of them, as a secret and as a picture for everybody."""
    for ending, name, make, expected, says in (*_floods(), *_cut(), *_two_in_one(), *_odd(), *_honest()):
        yield Case(name, ending, make, expected, says)
        shown = expected if expected == CLEAN else REFUSED
        yield Case(name, ending, make, shown, says if expected == REFUSED else "", DocumentRole.IMAGE)


def picture(form: str, side: int = 40) -> bytes:
    """A picture of noise."""
    out = io.BytesIO()
    made = Image.frombytes("RGB", (side, side), random.Random(side).randbytes(3 * side * side))
    made.save(out, FORMATS[form])
    return out.getvalue()


def _floods():
    yield "png", "flood-says-4-billion", lambda: _resized(png(), 65_000, 65_000), REFUSED, FLOOD
    yield "png", "flood-thin", lambda: _resized(png(), 1, 2_000_000_000), REFUSED, FLOOD
    yield "png", "flood-true", lambda: _wide_png(20_000), REFUSED, FLOOD
    yield "jpg", "flood", _jpeg_flood, REFUSED, FLOOD
    yield "webp", "flood", _webp_flood, REFUSED, FLOOD
    yield "png", "frames", lambda: _frames("PNG", 70), REFUSED, FLOOD
    yield "webp", "frames", lambda: _frames("WEBP", 70), REFUSED, FLOOD


def _cut():
    for ending in FORMATS:
        for part in (3, 2):
            make = lambda e=ending, p=part: (c := picture(e))[: len(c) * (p - 1) // p]  # noqa: E731
            yield ending, f"cut-{part}", make, OPAQUE, ""
        yield ending, "head-only", lambda e=ending: picture(e)[:14], OPAQUE, ""


def _two_in_one():
    for ending in FORMATS:
        make = lambda e=ending: picture(e) + archive(Part(b"x.class", b"\xca\xfe\xba\xbe"))  # noqa: E731
        yield ending, "archive-behind", make, REFUSED, TWO
        others = [other for other in FORMATS if other != ending]
        for other in others:
            yield ending, f"is-{other}", lambda o=other: picture(o), REFUSED, "ending"


def _odd():
    text = zlib.compress(bytes(400 << 20), 9)
    yield "png", "text-bomb", lambda: _with_chunk(b"zTXt", b"a\0\0" + text), OPAQUE, ""
    yield "png", "profile-bomb", lambda: _with_chunk(b"iCCP", b"a\0\0" + text), OPAQUE, ""
    yield "png", "data-bomb", lambda: png(rows=bytes(200 << 20)), CLEAN, ""
    yield "png", "wrong-checksum", lambda: png().replace(b"IHDR\0", b"IHDR\1"), OPAQUE, ""
    yield "png", "no-data", lambda: png().replace(b"IDAT", b"IDAX"), OPAQUE, ""
    yield "png", "zero-wide", lambda: _resized(png(), 0, 5), OPAQUE, ""
    yield "jpg", "only-a-mark", lambda: b"\xff\xd8\xff" + bytes(2000), OPAQUE, ""
    yield "webp", "only-a-mark", lambda: b"RIFF\x24\0\0\0WEBPVP8 " + bytes(300), OPAQUE, ""
    yield "png", "script-in-text", lambda: _with_chunk(b"tEXt", b"a\0<script>alert(1)</script>"), CLEAN, ""


def _honest():
    for ending in FORMATS:
        yield ending, "honest", lambda e=ending: picture(e, 200), CLEAN, ""
    yield "png", "honest-large", lambda: _wide_png(7_000), CLEAN, ""


def _resized(content: bytes, width: int, height: int) -> bytes:
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + content[24:29]
    return content[:8] + chunk(b"IHDR", head) + content[33:]


def _wide_png(side: int) -> bytes:
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(1 + side)) for _ in range(side)) + packer.flush()
    head = png(side, 1, rows=b"")
    return _resized(head[: head.index(b"IDAT") - 4], side, side) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def _jpeg_flood() -> bytes:
    content = bytearray(picture("jpg"))
    place = content.index(b"\xff\xc0")  # SOF0: height and width follow length and precision
    content[place + 5 : place + 9] = b"\xff\xff\xff\xff"
    return bytes(content)


def _webp_flood() -> bytes:
    canvas = (16_383).to_bytes(3, "little") * 2
    inner = b"VP8X" + (10).to_bytes(4, "little") + bytes(4) + canvas + picture("webp")[12:]
    return b"RIFF" + (len(inner) + 4).to_bytes(4, "little") + b"WEBP" + inner


def _frames(form: str, count: int) -> bytes:
    """An animation whose frames are few bytes each, and many pixels together."""
    frames = [Image.new("L" if form == "PNG" else "RGB", (1000, 1000), n % 2 * 255) for n in range(count)]
    out = io.BytesIO()
    frames[0].save(
        out, form, save_all=True, append_images=frames[1:], duration=9, **({} if form == "PNG" else {"method": 0})
    )
    return out.getvalue()


def _with_chunk(kind: bytes, content: bytes) -> bytes:
    whole = png()
    return whole[:33] + chunk(kind, content) + whole[33:]
