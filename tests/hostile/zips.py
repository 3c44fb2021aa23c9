"""Archives: bombs, lies, ways out of the folder, and what nobody can follow."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
from collections.abc import Iterator

from tests.hostile.cases import CLEAN, REFUSED, Case
from tests.hostile.raw_zip import Part, archive, deflate, zeros_part

MIB = 1 << 20
BOMB, DAMAGED, LIE, OUT = "as a bomb", "damaged", "different things", "outside the folder"
HONEST = archive(Part(), Part(b"b/c.bin", bytes(range(256)) * 40))


def cases() -> Iterator[Case]:
    """All of them."""
    for group in (_bombs(), _layers(), _overlaps(), _names(), _lies(), _unfollowed(), _cuts(), _honest()):
        for name, make, expected, says in group:
            yield Case(name, "zip", make, expected, says)


def _bombs():
    for size in (128, 256, 1024):
        yield f"zeros-{size}-mib", lambda size=size: archive(zeros_part(size * MIB)), REFUSED, BOMB
    yield (
        "many-small-bombs",
        lambda: archive(*(zeros_part(8 * MIB, b"z%d" % n) for n in range(60))),
        REFUSED,
        BOMB,
    )
    lying = {"size": 5, "central_size": 5}
    yield "says-5-bytes", lambda: archive(_changed(zeros_part(256 * MIB), **lying)), REFUSED, BOMB
    yield "says-later", lambda: archive(_changed(zeros_part(256 * MIB), flags=8)), REFUSED, BOMB
    for name, pack in (("gzip", gzip.compress), ("bzip2", bz2.compress), ("xz", lzma.compress)):
        yield f"{name}-inside", lambda pack=pack: archive(Part(b"a", pack(bytes(MIB)) * 200)), REFUSED, BOMB
    twice = lambda: archive(Part(b"a", gzip.compress(gzip.compress(bytes(MIB)) * 200)))  # noqa: E731
    yield "gzip-in-gzip", twice, REFUSED, BOMB
    yield "stored-gzip", lambda: archive(Part(b"a", gzip.compress(bytes(MIB)) * 200, method=0)), REFUSED, BOMB
    yield (
        "too-many-files",
        lambda: archive(*(Part(b"%d" % n, b"", method=0) for n in range(50_001))),
        REFUSED,
        "files at most",
    )


def _layers():
    for depth in (5, 6, 12, 40):
        yield f"{depth}-layers", lambda depth=depth: _nested(HONEST, depth), REFUSED, "deep"
    yield "quine-like", lambda: _nested(archive(*(Part(b"%d" % n, HONEST) for n in range(16))), 6), REFUSED, "deep"
    inner = lambda: archive(*(Part(b"%d.zip" % n, archive(zeros_part(16 * MIB))) for n in range(10)))  # noqa: E731
    yield "fan-of-bombs", inner, REFUSED, BOMB
    yield "bomb-two-layers-in", lambda: _nested(archive(zeros_part(256 * MIB)), 2), REFUSED, BOMB
    yield "slip-inside", lambda: _nested(archive(Part(b"../../evil")), 1), REFUSED, OUT
    yield "link-inside", lambda: _nested(archive(Part(b"l", b"/etc/passwd", mode=0o120777)), 1), REFUSED, "link"


def _overlaps():
    kernel = Part(b"kernel", bytes(MIB))
    for copies in (2, 50, 1000):
        more = [Part(b"k%d" % n, b"", method=0) for n in range(copies)]
        pointed = [_changed(part, offset=0, content=b"") for part in more]
        yield f"{copies + 1}-names-for-one-file", lambda p=pointed: archive(kernel, *p), REFUSED, "over each other"
    yield "same-offset-twice", lambda: archive(Part(), _changed(Part(b"b.txt"), offset=0)), REFUSED, "over each other"
    yield "points-into-a-file", lambda: archive(Part(), _changed(Part(b"b"), offset=7)), REFUSED, "over each other"
    yield (
        "points-behind-the-end",
        lambda: archive(Part(), _changed(Part(b"b"), offset=1 << 30)),
        REFUSED,
        "over each other",
    )
    quoted = archive(Part(b"hidden", b"inner"))
    yield (
        "quoted-header",
        lambda: archive(Part(b"q", quoted, method=0), _changed(Part(b"x"), offset=31)),
        REFUSED,
        "over each",
    )


def _names():
    slips = (
        b"../evil",
        b"a/../../evil",
        b"..\\evil",
        b"/etc/passwd",
        b"\\\\host\\share",
        b"C:/x",
        b"c:evil",
        b"a/..",
        b"..",
    )
    for n, name in enumerate(slips):
        yield f"slip-{n}", lambda name=name: archive(Part(b"ok"), Part(name)), REFUSED, OUT
    for n, name in enumerate((b"a\0.txt", b"a\nb", b"\x1b[2J", b"", b"n" * 1001)):
        yield f"name-{n}", lambda name=name: archive(Part(name)), REFUSED, "name"
    for device in (b"CON", b"nul.txt", b"a/com1", b"LPT9.doc"):
        title = device.decode().replace("/", "-")
        yield f"device-{title}", lambda device=device: archive(Part(device)), REFUSED, "device"
    for kind, mode in (
        ("symlink", 0o120777),
        ("device", 0o020666),
        ("block", 0o060666),
        ("fifo", 0o010666),
        ("socket", 0o140777),
    ):
        yield f"mode-{kind}", lambda mode=mode: archive(Part(b"x", b"/etc/shadow", mode=mode)), REFUSED, "link"
    yield "two-of-one-name", lambda: archive(Part(), Part(b"a.txt", b"other")), REFUSED, LIE
    yield "two-of-one-place", lambda: archive(Part(b"d/a"), Part(b"d\\a", b"other")), REFUSED, LIE
    composed = lambda: archive(Part("é".encode()), Part("e\u0301".encode(), b"other"))  # noqa: E731
    yield "two-of-one-glyph", composed, REFUSED, LIE


def _lies():
    yield "crc", lambda: archive(Part(crc=1)), REFUSED, DAMAGED
    yield "crc-stored", lambda: archive(Part(crc=1, method=0)), REFUSED, DAMAGED
    yield "size-too-small", lambda: archive(Part(size=1)), REFUSED, LIE
    yield "size-too-large", lambda: archive(Part(size=1 << 30)), REFUSED, LIE
    yield "packed-size-lies", lambda: archive(Part(packed_size=3)), REFUSED, LIE
    yield "stored-runs-over", lambda: archive(Part(method=0, packed_size=1 << 30, size=1 << 30)), REFUSED, DAMAGED
    yield "central-name", lambda: archive(Part(central_name=b"b.txt")), REFUSED, LIE
    yield "central-name-slip", lambda: archive(Part(central_name=b"../x")), REFUSED, LIE
    yield "central-size", lambda: archive(Part(central_size=1 << 31)), REFUSED, LIE
    yield "two-meanings-of-a-name", lambda: archive(Part("é".encode(), flags=0x800, central_flags=0)), REFUSED, LIE
    yield "password-in-the-directory-only", lambda: archive(Part(central_flags=1)), REFUSED, LIE
    yield "hidden-entry", lambda: archive(Part(), Part(b"hidden", in_directory=False)), REFUSED, LIE
    yield "no-entry-named", lambda: archive(Part(in_directory=False)), REFUSED, LIE
    yield "count", lambda: HONEST.replace(b"PK\x05\x06\0\0\0\0\2\0\2\0", b"PK\x05\x06\0\0\0\0\2\0\3\0"), CLEAN, ""
    yield "directory-size", lambda: _end_field(HONEST, 12, 7), REFUSED, LIE
    yield "directory-place", lambda: _end_field(HONEST, 16, 7), REFUSED, LIE
    yield "wide-field-missing", lambda: archive(Part(size=0xFFFFFFFF)), REFUSED, DAMAGED


def _unfollowed():
    yield "password", lambda: archive(Part(flags=1)), REFUSED, "password"
    yield "strong-password", lambda: archive(Part(flags=0x41)), REFUSED, "password"
    yield "hidden-headers", lambda: archive(Part(flags=0x2000)), REFUSED, "password"
    for method in (1, 6, 9, 12, 14, 93, 95, 98, 99):
        yield f"method-{method}", lambda method=method: archive(Part(method=method)), REFUSED, "way of packing"
    yield "patched", lambda: archive(Part(flags=0x20)), REFUSED, "way of packing"
    yield "stored-without-length", lambda: archive(Part(method=0, flags=8)), REFUSED, "way of packing"
    yield "gap-between", lambda: archive(Part(), Part(b"b"), between=b"hidden bytes"), REFUSED, "none of its files"
    yield "bytes-after", lambda: HONEST + b"MZ\x90\x00 a program", REFUSED, "after the archive"
    yield "two-archives", lambda: HONEST + HONEST, REFUSED, "after the archive"
    yield "bytes-before", lambda: b"MZ" + HONEST, REFUSED, "ending"
    yield "shell-before", lambda: b"#!/bin/sh\nexit\n" + HONEST, REFUSED, "ending"
    yield "broken-deflate", lambda: archive(Part(packed=b"\xff" * 50)), REFUSED, DAMAGED
    yield "endless-deflate", lambda: archive(Part(packed=deflate(b"x" * 99)[:-4])), REFUSED, ""
    yield "comment-cut", lambda: archive(Part(), comment=b"c" * 40)[:-5], REFUSED, DAMAGED


def _cuts():
    for place in (4, 20, 31, 36, 50, 300, len(HONEST) - 90, len(HONEST) - 30, len(HONEST) - 22, len(HONEST) - 1):
        yield f"cut-at-{place}", lambda place=place: HONEST[:place], REFUSED, DAMAGED
    for place in (8, 14, 18, 22, 26, 30, 31, 33, 36, 70, 134):
        yield f"flip-at-{place}", lambda place=place: _flipped(_short(), place), REFUSED, ""


def _honest():
    noise = random.Random(7).randbytes(300_000)
    yield "honest", lambda: HONEST, CLEAN, ""
    yield "honest-streamed", lambda: archive(Part(flags=8), Part(b"n", noise, flags=8)), CLEAN, ""
    yield (
        "honest-stored",
        lambda: archive(Part(b"n", noise, method=0), Part(b"folder/", b"", method=0, mode=0o040755)),
        CLEAN,
        "",
    )
    yield "honest-four-layers", lambda: _nested(HONEST, 3), CLEAN, ""
    yield "honest-half-gzip", lambda: archive(Part(b"a.gz", gzip.compress(noise)[:-700])), CLEAN, ""
    yield "honest-mere-magic", lambda: archive(Part(b"a", b"PK\x03\x04 is how it begins" * 9)), CLEAN, ""
    yield "honest-comment", lambda: archive(Part(), comment=b"made by hand"), CLEAN, ""
    yield "honest-program-inside", lambda: archive(Part(b"setup.exe", b"MZ\x90" + noise)), CLEAN, ""


def _nested(inner: bytes, layers: int) -> bytes:
    for n in range(layers):
        inner = archive(Part(b"%d.zip" % n, inner, method=0 if n % 2 else 8))
    return inner


def _changed(part: Part, **changes: object) -> Part:
    return Part(**{**part.__dict__, **changes})


def _end_field(content: bytes, place: int, value: int) -> bytes:
    start = content.rindex(b"PK\x05\x06") + place
    return content[:start] + value.to_bytes(4, "little") + content[start + 4 :]


def _short() -> bytes:
    return archive(Part(b"a.bin", bytes(range(100)), method=0))


def _flipped(content: bytes, place: int) -> bytes:
    return content[:place] + bytes((content[place] ^ 4,)) + content[place + 1 :]
