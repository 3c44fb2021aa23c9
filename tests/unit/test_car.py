"""The archive of blocks: read back here by hand; tests/adapters shows that Kubo reads it too."""

import io

from hypothesis import given
from hypothesis import strategies as st

from ipx.core.car import HEADER_LENGTH, CarWriter, header
from ipx.core.cid import RAW, Cid
from ipx.core.unixfs import Importer, Profile

EMPTY_LEAF = Cid.of(RAW, b"")


def read_length(source: io.BytesIO) -> int:
    number = shift = 0
    while byte := source.read(1):
        number |= (byte[0] & 0x7F) << shift
        shift += 7
        if byte[0] < 0x80:
            break
    return number


def test_header_is_the_published_form_and_has_the_length_left_for_it() -> None:
    expected = "3aa265726f6f747381d82a58250001551220" + EMPTY_LEAF.digest.hex() + "6776657273696f6e01"
    assert header(EMPTY_LEAF).hex() == expected
    assert len(header(EMPTY_LEAF)) == HEADER_LENGTH


@given(st.binary(max_size=1000))
def test_archive_holds_every_block_under_its_root(content: bytes) -> None:
    importer = Importer(Profile("small", chunk_size=200, max_links=3))
    blocks = importer.feed(content) + importer.finish()
    archive = io.BytesIO()
    writer = CarWriter(archive)
    for block in blocks:
        writer.add(block)
    writer.finish(importer.root)

    assert archive.tell() == len(archive.getvalue())
    archive.seek(0)
    assert archive.read(HEADER_LENGTH) == header(importer.root)
    for block in blocks:
        section = archive.read(read_length(archive))
        assert (section[:36], section[36:]) == (bytes(block.cid), block.data)
    assert archive.read() == b""


def test_archive_without_its_end_has_no_header() -> None:
    archive = io.BytesIO()
    CarWriter(archive)
    assert archive.getvalue() == bytes(HEADER_LENGTH)
