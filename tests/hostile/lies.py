"""Files that are not what their ending says, and mark-up that runs."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from ipx.vault.rules import DocumentRole
from tests.hostile.cases import CLEAN, REFUSED, TYPES, Case
from tests.hostile.images import picture
from tests.hostile.raw_zip import Part, archive
from tests.small_files import pdf

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>'
CONTENTS = {
    "windows-program": b"MZ\x90\x00\x03\x00\x00\x00" + bytes(200),
    "linux-program": b"\x7fELF\x02\x01\x01" + bytes(200),
    "mac-program": b"\xcf\xfa\xed\xfe" + bytes(200),
    "java-class": b"\xca\xfe\xba\xbe\x00\x00\x00\x34" + bytes(200),
    "page": b"<!DOCTYPE html><html><script>alert(1)</script></html>",
    "page-after-blanks": b"\xef\xbb\xbf \n\t<HTML><body onload=alert(1)>",
    "svg": SVG,
    "php": b"<?php system($_GET['c']); ?>",
    "shell": b"#!/bin/sh\nrm -rf ~\n",
    "rar": b"Rar!\x1a\x07\x01\x00" + bytes(200),
    "seven-zip": b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(200),
    "old-office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
}
ENDINGS = ("pdf", "docx", "odt", "txt", "csv", "json", "png", "jpg", "webp", "zip")
NEVER = (
    "exe",
    "html",
    "htm",
    "svg",
    "js",
    "hta",
    "scr",
    "lnk",
    "docm",
    "xlsm",
    "jar",
    "iso",
    "php",
    "sh",
    "bat",
    "7z",
    "gif",
)
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def cases() -> Iterator[Case]:
    """All of them."""
    for name, content in CONTENTS.items():
        for ending in ENDINGS:
            yield Case(f"is-{name}", ending, partial(bytes, content), REFUSED, "not what its ending")
    for ending in NEVER:
        yield Case("ending", ending, lambda: b"anything", REFUSED, "not accepted")
    yield from _markup()
    yield from _as_another()


def _markup() -> Iterator[Case]:
    markup = {
        "svg-inside": b'<?xml version="1.0"?><data>' + SVG + b"</data>",
        "entity": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><x>&e;</x>',
        "xhtml": b'<?xml version="1.0"?><x xmlns="http://www.w3.org/1999/xhtml"><script/></x>',
        "sheet": b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="http://evil.example/x"?><html/>',
    }
    for name, content in markup.items():
        yield Case(name, "xml", partial(bytes, content), REFUSED, "not what its ending")
    yield Case("honest", "xml", lambda: b'<?xml version="1.0"?><data>1</data>', CLEAN)
    yield Case(
        "honest", "xml", lambda: b'<?xml version="1.0"?><data>1</data>', REFUSED, "not accepted", DocumentRole.PUBLIC
    )
    for ending in ("txt", "csv", "md", "tex"):
        yield Case("nul-inside", ending, lambda: b"a;b\n" * 3000 + b"\0", REFUSED, "not what its ending")
        yield Case("honest", ending, partial(bytes, "Größe;35 %\n".encode()), CLEAN)


def _as_another() -> Iterator[Case]:
    others = {"pdf": partial(pdf, "x"), "png": partial(picture, "png"), "zip": partial(archive, Part())}
    for kind, make in others.items():
        for ending in ("pdf", "docx", "odt", "json", "jpg", "webp", "zip"):
            if ending != kind:
                yield Case(f"really-{kind}", ending, make, REFUSED, "not what its ending")
    yield Case("archive", "zip", partial(archive, Part()), REFUSED, "not accepted", DocumentRole.PUBLIC)
    assert set(ENDINGS) <= set(TYPES)
