"""PDFs: scripts, launches, loops, bombs, passwords, cuts, two files in one (ISO 32000-2)."""

from __future__ import annotations

import io
import zlib
from collections.abc import Iterator

from ipx.vault.rules import DocumentRole
from tests.hostile.cases import CLEAN, OPAQUE, QUARANTINED, REFUSED, Case
from tests.hostile.raw_zip import Part, archive, zeros
from tests.small_files import pdf, pdf_of

MIB = 1 << 20
SCRIPT, LAUNCH, TWO = "runs scripts", "starts programs", "two files in one"
PAGES = {1: b"<< /Type /Catalog /Pages 2 0 R >>", 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"}
PAGE = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>"
ACTION = b"<< /S /JavaScript /JS (app.alert\\(1\\)) >>"


def cases() -> Iterator[Case]:
    """All of them; some once more for everybody, where nothing odd is taken."""
    for group in (_scripts(), _loops(), _bombs(), _broken(), _two_in_one(), _honest()):
        for name, make, expected, says in group:
            yield Case(name, "pdf", make, expected, says)
            if expected in (OPAQUE, QUARANTINED):
                yield Case(name, "pdf", make, REFUSED, "This ", DocumentRole.PUBLIC)


def _scripts():
    catalogs = {
        "open-action": f"/OpenAction {ACTION.decode()}",
        "open-action-far": "/OpenAction 90 0 R",
        "names": "/Names << /JavaScript << /Names [(a) 90 0 R] >> >>",
        "additional-action": f"/AA << /WC {ACTION.decode()} >>",
        "hex-name": "/OpenAction << /S /J#61vaScript /J#53 (app.alert\\(1\\)) >>",
        "script-in-a-stream": "/OpenAction << /S /JavaScript /JS 91 0 R >>",
        "next-action": "/OpenAction << /S /URI /URI (http://a.example) /Next [" + ACTION.decode() + "] >>",
        "xfa": "/AcroForm << /XFA 91 0 R /Fields [] >>",
    }
    more = {90: ACTION, 91: b"<< /Length 12 >>\nstream\napp.alert(1)\nendstream"}
    for name, entries in catalogs.items():
        yield name, lambda entries=entries: pdf("x", catalog=entries, more=more), REFUSED, SCRIPT
    note = b"<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A %s >>"
    for name, action, says in (
        ("link-script", ACTION, SCRIPT),
        ("link-launch", b"<< /S /Launch /F (cmd.exe) >>", LAUNCH),
        ("link-launch-win", b"<< /S /Launch /Win << /F (cmd.exe) /P (/c calc) >> >>", LAUNCH),
        ("link-import", b"<< /S /ImportData /F (x.fdf) >>", LAUNCH),
        ("rich-media", b"<< /S /RichMediaExecute >>", SCRIPT),
    ):
        yield name, lambda action=action: pdf("x", more={95: note % action}), REFUSED, says
    yield "script-compressed", lambda: _in_object_stream(ACTION), REFUSED, SCRIPT
    yield "launch-on-open", lambda: pdf("x", catalog="/OpenAction << /S /Launch /F (calc.exe) >>"), REFUSED, LAUNCH


def _loops():
    yield "prev-loop", _prev_loop, OPAQUE, ""
    yield "prev-self", _prev_self, CLEAN, ""
    yield (
        "kids-loop",
        lambda: pdf_of({**PAGES, 3: b"<< /Type /Pages /Parent 2 0 R /Kids [2 0 R] /Count 1 >>"}),
        OPAQUE,
        "",
    )
    yield "kids-self", lambda: pdf_of({**PAGES, 2: b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"}), OPAQUE, ""
    yield (
        "parent-loop",
        lambda: pdf_of({**PAGES, 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1 /Parent 2 0 R >>", 3: PAGE}),
        CLEAN,
        "",
    )
    yield "object-is-itself", lambda: pdf_of({**PAGES, 3: PAGE, 4: b"4 0 R"}), CLEAN, ""
    yield "two-objects-in-turn", lambda: pdf_of({**PAGES, 3: PAGE, 4: b"5 0 R", 5: b"4 0 R"}), CLEAN, ""
    yield (
        "length-is-itself",
        lambda: pdf_of({**PAGES, 3: PAGE, 4: b"<< /Length 4 0 R >>\nstream\nx\nendstream"}),
        CLEAN,
        "",
    )


def _bombs():
    deep = b"[" * 200_000 + b"]" * 200_000
    yield "deep-arrays", lambda: pdf_of({**PAGES, 3: PAGE, 4: deep}), CLEAN, ""
    yield (
        "deep-dictionaries",
        lambda: pdf_of({**PAGES, 3: PAGE, 4: b"<</a " * 100_000 + b"1" + b">>" * 100_000}),
        CLEAN,
        "",
    )
    yield "flate-bomb", lambda: pdf_of({**PAGES, 3: PAGE, 4: _stream(b"\x78\xda" + zeros(900))}), CLEAN, ""
    yield "object-stream-bomb", lambda: _unfolding(1100), OPAQUE, ""
    yield "object-stream-of-one-mebibyte", lambda: _unfolding(1), CLEAN, ""
    yield (
        "two-layers",
        lambda: pdf_of(
            {
                **PAGES,
                3: PAGE,
                4: _stream(zlib.compress(b"\x78\xda" + zeros(300)), b"[/FlateDecode /FlateDecode]"),
            }
        ),
        CLEAN,
        "",
    )
    yield (
        "many-objects",
        lambda: pdf_of({**PAGES, 3: PAGE, **dict.fromkeys(range(4, 40_000), b"<</a[1 2 3]>>")}),
        CLEAN,
        "",
    )
    yield (
        "says-a-billion-pages",
        lambda: pdf_of({**PAGES, 2: b"<< /Type /Pages /Kids [3 0 R] /Count 1000000000 >>", 3: PAGE}),
        CLEAN,
        "",
    )
    yield "more-pages-than-anybody-reads", lambda: pdf("x", pages=20_001), QUARANTINED, ""
    yield "xref-says-a-billion", lambda: _sized(2_000_000_000), OPAQUE, ""
    yield (
        "one-page-a-hundred-thousand-times",
        lambda: pdf_of({**PAGES, 2: b"<< /Type /Pages /Kids [" + b"3 0 R " * 100_000 + b"] /Count 100000 >>", 3: PAGE}),
        QUARANTINED,
        "",
    )


def _broken():
    whole = pdf("a secret", pages=3)
    for place in (9, 40, 200):
        yield f"cut-at-{place}", lambda place=place: whole[:place], OPAQUE, ""
    for place in (len(whole) // 2, len(whole) - 60, len(whole) - 20):  # readers mend these, by the objects they find
        yield f"cut-at-{place}", lambda place=place: whole[:place], CLEAN, ""
    yield "no-objects", lambda: b"%PDF-1.7\nnothing\n%%EOF\n", OPAQUE, ""
    yield "no-pages", lambda: pdf_of({1: b"<< /Type /Catalog >>"}), OPAQUE, ""
    yield "empty-pages", lambda: pdf_of({**PAGES, 2: b"<< /Type /Pages /Kids [] /Count 0 >>"}), OPAQUE, ""
    yield "noise", lambda: b"%PDF-1.7\n" + bytes(range(256)) * 4000, OPAQUE, ""
    yield "endless-objects", lambda: b"%PDF-1.7\n" + b"1 0 obj\n<<" * 90_000, OPAQUE, ""
    yield "startxref-outside", lambda: whole.replace(b"startxref\n", b"startxref\n9"), CLEAN, ""
    yield "password", _locked, OPAQUE, ""
    yield "old-version", lambda: whole.replace(b"%PDF-1.7", b"%PDF-9.9"), CLEAN, ""
    yield "header-late", lambda: b"x" * 50 + whole, REFUSED, "ending"
    yield "huge-number", lambda: pdf_of({**PAGES, 3: PAGE, 4: b"9" * 100_000}), CLEAN, ""


def _two_in_one():
    zip_file = archive(Part(b"evil.js", b"x"))
    yield "archive-behind", lambda: pdf("x") + zip_file, REFUSED, TWO
    yield "archive-behind-with-comment", lambda: pdf("x") + archive(Part(b"a"), comment=b"c" * 900), REFUSED, TWO
    inside = {96: b"<< /Length %d >>\nstream\n%s\nendstream" % (len(zip_file), zip_file)}
    yield "archive-in-a-stream-at-the-end", lambda: pdf("x", more=inside), REFUSED, TWO
    yield "program-before", lambda: b"MZ\x90\0" + pdf("x"), REFUSED, "ending"
    yield "page-in-front", lambda: b"<html><script>alert(1)</script>" + pdf("x"), REFUSED, "ending"


def _honest():
    yield "honest", lambda: pdf("a page"), CLEAN, ""
    yield "honest-many-pages", lambda: pdf("a page", pages=300), CLEAN, ""
    yield "honest-link", lambda: pdf("x", catalog="/OpenAction << /S /GoTo /D [5 0 R /Fit] >>"), CLEAN, ""
    yield "honest-attachment", _with_attachment, CLEAN, ""


def _stream(packed: bytes, filters: bytes = b"/FlateDecode") -> bytes:
    return b"<< /Length %d /Filter %s >>\nstream\n%s\nendstream" % (len(packed), filters, packed)


def _in_object_stream(action: bytes) -> bytes:
    import pikepdf

    with pikepdf.new() as made:
        made.add_blank_page()
        made.Root.Extra = made.make_indirect(pikepdf.Object.parse(action))
        out = io.BytesIO()
        made.save(out, object_stream_mode=pikepdf.ObjectStreamMode.generate, static_id=True)
    return out.getvalue()


def _unfolding(mebibytes: int) -> bytes:
    """A PDF whose catalog lies in an object stream (7.5.7) that unfolds to so much more, all of it blank."""
    objects = (PAGES[1], PAGES[2], PAGE)
    places = [sum(map(len, objects[:n])) + n for n in range(len(objects))]
    index = b"".join(b"%d %d " % (n + 1, place) for n, place in enumerate(places))
    packer = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = packer.compress(index + b" ".join(objects) + b" ") + packer.flush(zlib.Z_FULL_FLUSH)
    packed = b"\x78\xda" + packed + zeros(mebibytes) + bytes(4)
    entries = b"/Type /ObjStm /N 3 /First %d /Filter /FlateDecode" % len(index)
    out = b"%%PDF-1.7\n4 0 obj\n<< %s /Length %d >>\nstream\n%s\nendstream\nendobj\n" % (entries, len(packed), packed)
    inside = b"".join(bytes((2, 0, 0, 0, 4, n)) for n in range(3))
    table = bytes(6) + inside + bytes((1, 0, 0, 0, 9, 0)) + b"\1" + len(out).to_bytes(4, "big") + b"\0"
    entries = b"/Type /XRef /Size 6 /W [1 4 1] /Root 1 0 R /Length %d" % len(table)
    start = b"startxref\n%d\n%%%%EOF\n" % len(out)
    return out + b"5 0 obj\n<< %s >>\nstream\n%s\nendstream\nendobj\n" % (entries, table) + start


def _prev_self() -> bytes:
    whole = pdf("x")
    place = whole.rindex(b"xref\n0")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % place)


def _prev_loop() -> bytes:
    """Two tables that name each other as the one before, and no object that could be found without them."""
    first = b"%PDF-1.7\nxref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Prev 70 >>\n"
    return (
        first
        + b" " * (70 - len(first))
        + b"xref\n0 1\n0000000000 65535 f \ntrailer\n<< /Size 1 /Prev 9 >>\nstartxref\n70\n%%EOF\n"
    )


def _sized(size: int) -> bytes:
    return (
        b"%%PDF-1.7\nxref\n0 %d\n0000000000 65535 f \ntrailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n9\n%%%%EOF\n"
        % (size, size)
    )


def _locked() -> bytes:
    import pikepdf

    with pikepdf.new() as made:
        made.add_blank_page()
        out = io.BytesIO()
        made.save(out, encryption=pikepdf.Encryption(owner="o", user="u"))
    return out.getvalue()


def _with_attachment() -> bytes:
    import pikepdf

    with pikepdf.new() as made:
        made.add_blank_page()
        made.attachments["data.json"] = b"{}"
        out = io.BytesIO()
        made.save(out, static_id=True)
    return out.getvalue()
