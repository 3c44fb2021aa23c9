"""Files that want to harm: nothing outside is opened, nothing grows, and one bad document spoils no other."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from dataclasses import replace
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.bibliography.records import BibliographicRecord
from ipx.bibliography.uspto import stream, tree
from ipx.bibliography.uspto.record import PassedOver, records
from ipx.bibliography.uspto.stream import Broken
from tests.uspto_documents import application, grant

DOCTYPE = '<!DOCTYPE us-patent-grant SYSTEM "us-patent-grant-v47-2022-02-17.dtd" [{}]>'


def refusal(document: bytes) -> str:
    (found,) = records(BytesIO(document))
    assert isinstance(found, Broken), found
    return found.reason


def test_billion_laughs_are_not_read() -> None:
    laughs = '<!ENTITY a "ha">' + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(10))
    assert "declares an entity" in refusal(grant(doctype=DOCTYPE.format(laughs), title="&k;"))


@pytest.mark.parametrize("scheme", ["file", "http"])
def test_nothing_outside_is_opened(tmp_path: Path, scheme: str) -> None:
    secret = tmp_path / "secret"
    secret.write_text("the secret")
    place = secret.as_uri() if scheme == "file" else "http://127.0.0.1:9/secret"
    for declared in (f'<!ENTITY x SYSTEM "{place}">', f'<!ENTITY % x SYSTEM "{place}"> %x;'):
        reason = refusal(grant(doctype=DOCTYPE.format(declared), title="&x;"))
        assert "declares an entity" in reason
        assert "the secret" not in reason


def test_the_dtd_is_not_looked_for(tmp_path: Path) -> None:
    dtd = tmp_path / "us-patent-grant.dtd"
    dtd.write_text('<!ENTITY x "from the DTD">')
    declared = f'<!DOCTYPE us-patent-grant SYSTEM "{dtd.as_uri()}">'
    assert "not known (&x;)" in refusal(grant(doctype=declared, title="&x;"))


def test_names_of_characters_need_no_dtd() -> None:
    (record,) = records(BytesIO(grant(title="&alpha;&thgr;&mdash;&Agr;&bull;")))
    assert isinstance(record, BibliographicRecord)
    assert record.titles[0].text == "αθ—Α•"


def test_names_of_pictures_may_be_declared() -> None:
    declared = '<!NOTATION TIF SYSTEM "tif"><!ENTITY US1-D0 SYSTEM "US1-D0.TIF" NDATA TIF>'
    (record,) = records(BytesIO(grant(doctype=DOCTYPE.format(declared))))
    assert isinstance(record, BibliographicRecord)


def test_deep_nesting_one_long_tag_and_odd_encodings() -> None:
    assert "deep" in refusal(grant(before_end="<p>" * 300 + "</p>" * 300))
    assert "longer than" in refusal(grant(before_end=f'<p x="{"y" * 2 * tree.LONGEST_TAG}"/>'))
    assert "longer than" in refusal(grant(before_end=f"<!-- {'y' * 2 * tree.LONGEST_TAG} -->"))
    for encoding in ("no-such-thing", "utf-7", "hex", "cp932"):
        document = grant().replace(b'encoding="UTF-8"', f'encoding="{encoding}"'.encode())
        assert refusal(document)


def test_a_first_page_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tree, "MOST_KEPT_CHARACTERS", 10_000)
    monkeypatch.setattr(tree, "MOST_KEPT_ELEMENTS", 1_000)
    assert "characters" in refusal(grant(body=f"<text>{'y' * 20_000}</text>"))
    assert "elements" in refusal(grant(body="<text/>" * 2_000))


@pytest.mark.parametrize(
    "broken",
    [
        grant()[:400],
        grant().replace(b"</us-patent-grant>", b""),
        b'<?xml version="1.0"?>\n',
        b'<?xml version="1.0"?><us-patent-grant/>',
        grant().replace(b"<kind>B2</kind>", b""),
        grant(title="a < b"),
        grant() + b"something after the end",
        b'<?xml version="1.0"?>\x00\xff\xfe',
    ],
    ids=range(8),
)
def test_one_bad_document_spoils_no_other(broken: bytes) -> None:
    found = list(records(BytesIO(grant("10000001") + broken + application("20230001235"))))
    assert [type(each) for each in found] == [BibliographicRecord, Broken, BibliographicRecord]
    assert isinstance(found[1], Broken)
    assert found[1].place == 2
    assert found[1].reason


def test_what_is_no_patent_document_is_passed_over() -> None:
    sequence = b'<?xml version="1.0"?>\n<!DOCTYPE sequence-cwu SYSTEM "us-sequence.dtd">\n<sequence-cwu/>\n'
    assert list(records(BytesIO(sequence))) == [PassedOver(1, "sequence-cwu")]
    assert list(records(BytesIO(b""))) == []
    assert list(records(BytesIO(b" \r\n\xef\xbb\xbf"))) == []


def test_a_byte_order_mark_and_a_missing_declaration() -> None:
    plain = grant().split(b"\n", 1)[1]
    for document in (
        b"\xef\xbb\xbf" + grant(),
        b"\n" + plain,
        grant().decode().encode("utf-16").replace(b"U\0T\0F\0-\0008", b"U\0T\0F\0-\0001\0006"),
    ):
        (record,) = records(BytesIO(document))
        assert isinstance(record, BibliographicRecord), record


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from(["grant", "application", "other"]), max_size=5), st.integers(6, 3_000))
def test_documents_are_told_apart_wherever_blocks_are_cut(kinds: list[str], block: int) -> None:
    makers = {
        "grant": lambda n: grant(str(10_000_000 + n)),
        "application": lambda n: application(str(20_230_000_000 + n)),
        "other": lambda n: b'<?xml version="1.0"?><other/>',
    }
    whole = b"".join(makers[kind](n) for n, kind in enumerate(kinds))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stream, "BLOCK", block)
        found = list(records(BytesIO(whole)))
    alone = [next(records(BytesIO(makers[kind](n)))) for n, kind in enumerate(kinds)]
    placed = [replace(each, place=n) if isinstance(each, PassedOver) else each for n, each in enumerate(alone, 1)]
    assert found == placed


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 5_000), st.binary(min_size=1, max_size=8))
def test_any_damage_gives_an_answer(place: int, damage: bytes) -> None:
    document = grant()
    place %= len(document)
    damaged = document[:place] + damage + document[place + len(damage) :]
    for found in records(BytesIO(damaged)):
        assert isinstance(found, (BibliographicRecord, PassedOver, Broken))


class Endless(RawIOBase):
    """A weekly file that is never held whole."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self.length = 0

    def read(self, size: int = -1) -> bytes:
        piece = next(self._pieces, b"")
        self.length += len(piece)
        return piece


def test_memory_stays_flat_over_a_long_file_and_a_long_document() -> None:
    paragraph = f"<p>{'about it ' * 20_000}</p>"
    small, large = grant(), grant(before_end=paragraph * 60)
    pieces = [large[at : at + stream.BLOCK] for at in range(0, len(large), stream.BLOCK)]
    file = Endless(iter([small] * 400 + pieces * 3))
    next(records(BytesIO(small)))
    tracemalloc.start()
    count = sum(isinstance(each, BibliographicRecord) for each in records(cast(BinaryIO, file)))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 403
    assert file.length > 30_000_000
    assert peak < 3_000_000
