"""`ipx vault canary` finds a marker wherever an exchange could have hidden it, and nothing where there is none."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import secrets
import sqlite3
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.tantivy_index import TantivyIndex
from ipx.adapters.tantivy_words import words_of
from ipx.core.errors import Invalid
from ipx.core.ports import LISTINGS, SearchDocument
from ipx.vault import sealing
from ipx.vault.canary import Canary, Found, Report
from ipx.vault.needles import Sieve, needles_of

MARKER = "Canary-7d1f Grätzel"
WORD = MARKER.encode()
TEXT = b"before " + WORD + b" after"


def zipped(content: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inside.txt", content * 3)
    return made.getvalue()


def tarred(content: bytes) -> bytes:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w:gz") as archive:
        entry = tarfile.TarInfo("inside.txt")
        entry.size = len(content)
        archive.addfile(entry, io.BytesIO(content))
    return made.getvalue()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "plain": bytes,
    "capitals": lambda text: text.decode().upper().replace("Ä", "ä").encode(),
    "utf-16-le": lambda text: text.decode().encode("utf-16-le"),
    "utf-16-be": lambda text: text.decode().encode("utf-16-be"),
    "hex": lambda text: text.hex().encode(),
    "base64": base64.b64encode,
    "base64url": base64.urlsafe_b64encode,
    "json": lambda text: json.dumps({"a": text.decode()}).encode(),
    "gzip": gzip.compress,
    "zlib": zlib.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zip": zipped,
    "tar.gz": tarred,
    "zip in zip in gzip": lambda text: gzip.compress(zipped(zipped(text))),
    "gzip in base64": lambda text: base64.b64encode(gzip.compress(text + secrets.token_bytes(80))),
    "gzip in hex": lambda text: gzip.compress(text + secrets.token_bytes(80)).hex().encode(),
    "half a gzip": lambda text: gzip.compress(text + secrets.token_bytes(4000))[:2000],
}


def search(folder: Path, **more: object) -> Report:
    return Canary([MARKER], indexes=[words_of], **more).search(folder)  # type: ignore[arg-type]


@pytest.mark.parametrize("how", PACKED)
def test_canary_when_the_marker_is_packed_or_encoded_then_names_the_file(tmp_path: Path, how: str) -> None:
    noise = secrets.token_bytes(5_000)
    (tmp_path / "clean.bin").write_bytes(noise)
    hidden = tmp_path / "deep" / "hidden.bin"
    hidden.parent.mkdir()
    hidden.write_bytes(noise + PACKED[how](TEXT) + noise)
    report = search(tmp_path)
    assert {found.file for found in report.found} == {hidden}
    assert (report.files, report.skipped) == (2, [])


@pytest.mark.parametrize("how", PACKED)
def test_canary_when_there_is_none_then_finds_nothing(tmp_path: Path, how: str) -> None:
    (tmp_path / "clean.bin").write_bytes(secrets.token_bytes(300_000) + PACKED[how](b"nothing to be seen " * 9))
    report = search(tmp_path)
    assert (report.found, report.skipped) == ([], [])


@given(before=st.binary(max_size=9), after=st.binary(max_size=9))
def test_needles_when_the_neighbours_are_any_then_every_base64_is_found(before: bytes, after: bytes) -> None:
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        sieve = Sieve(needles_of([MARKER]))
        encoded = encode(before + WORD + after)
        for at in range(0, len(encoded), 5):  # across the seams
            sieve.feed(encoded[at : at + 5])
        assert sieve.found


def test_canary_when_it_is_in_a_database_then_is_found_in_rows_log_and_freed_pages(tmp_path: Path) -> None:
    for kind, text in (("row", TEXT), ("packed", gzip.compress(TEXT)), ("long", b"x" * 4090 + WORD + b"x" * 9000)):
        path = tmp_path / kind / "data.sqlite3"
        path.parent.mkdir()
        with sqlite3.connect(path) as database:
            database.execute("PRAGMA journal_mode=WAL")
            database.execute("CREATE TABLE things (content BLOB)")
            database.execute("INSERT INTO things VALUES (?)", (text,))
            database.commit()
            report = search(path.parent)
            assert path in {found.file for found in report.found}, kind
            assert not report.skipped


def test_canary_when_it_is_in_an_index_then_is_found(tmp_path: Path) -> None:
    index = TantivyIndex(tmp_path / "search")
    found: dict[str, Sequence[Found]] = {}
    for title in ("Nothing at all", MARKER):
        index.put([SearchDocument(id="1", kind=LISTINGS, version=len(found) + 1, title=title, summary="", text="")])
        found[title] = search(tmp_path).found
    index.close()
    assert found["Nothing at all"] == []
    assert "the index" in {each.inside for each in found[MARKER]}


def test_canary_when_a_file_is_encrypted_then_says_so_or_looks_into_it(tmp_path: Path) -> None:
    identity = sealing.new_identity()
    with (tmp_path / "backup.age").open("wb") as sink:
        sealing.encrypt(iter([TEXT]), sink, recipient=sealing.recipient_of(identity))
    report = search(tmp_path)
    assert (report.found, len(report.skipped)) == ([], 1)

    def opened(path: Path) -> list[bytes]:
        with path.open("rb") as source:
            return list(sealing.decrypted(source, identity=identity))

    assert [found.inside for found in search(tmp_path, opened=opened).found] == ["its clear content"]


def test_canary_when_a_name_says_it_or_a_link_leads_there_then_is_found(tmp_path: Path) -> None:
    (tmp_path / f"{MARKER}.pdf").touch()
    (tmp_path / "link").symlink_to(f"/nowhere/{MARKER}")
    assert {found.inside for found in search(tmp_path).found} == {"its name"}


def test_canary_when_a_bomb_is_packed_then_it_is_told_and_memory_stays_small(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bytes(300 << 20), 1))
    report = search(tmp_path)
    assert [path.name for path, _ in report.skipped] == ["bomb.gz"]


def test_canary_when_a_marker_is_short_then_is_refused() -> None:
    with pytest.raises(Invalid):
        Canary(["short"])
