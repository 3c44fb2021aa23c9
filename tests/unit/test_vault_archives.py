"""Archives that honest tools make are followed to their end, whatever the pieces; one flipped bit is never followed."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.core.errors import Invalid
from ipx.vault.archives import ArchiveWatch, archive_watch

NAMES = st.text(st.characters(categories=("L", "N")), min_size=1, max_size=12).map(lambda name: f"x{name}/y{name}.dat")
CONTENTS = st.one_of(st.binary(max_size=5000), st.integers(0, 300_000).map(bytes))
METHODS = st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
ENTRIES = st.dictionaries(NAMES, st.tuples(CONTENTS, METHODS), min_size=1, max_size=5)


class Unseekable(io.RawIOBase):
    """Makes zipfile write lengths after the content, as tools in a pipe do."""

    def __init__(self) -> None:
        self.written = b""

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        self.written += bytes(data)  # type: ignore[call-overload]
        return len(data)  # type: ignore[arg-type]


def made(entries: dict[str, tuple[bytes, int]], *, streamed: bool) -> bytes:
    target: Unseekable | io.BytesIO = Unseekable() if streamed else io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, (content, method) in entries.items():
            archive.writestr(name, content, zipfile.ZIP_DEFLATED if streamed else method)
    return target.written if isinstance(target, Unseekable) else target.getvalue()


def followed(content: bytes, step: int) -> int:
    watch = ArchiveWatch("application/zip")
    for start in range(0, len(content), step):
        watch.feed(content[start : start + step])
    watch.finish()
    return watch.unpacked


@settings(max_examples=60, deadline=None)
@given(ENTRIES, st.booleans(), st.sampled_from([1, 3, 29, 1000, 1 << 18]))
def test_what_an_honest_tool_packed_is_followed_and_counted(
    entries: dict[str, tuple[bytes, int]], streamed: bool, step: int
) -> None:
    content = made(entries, streamed=streamed)
    assert followed(content, max(step, len(content) // 3000 + 1)) == sum(len(each) for each, _ in entries.values())


@settings(max_examples=200, deadline=None)
@given(ENTRIES, st.data())
def test_a_flipped_bit_is_refused_or_changes_nothing_that_is_unpacked(
    entries: dict[str, tuple[bytes, int]], data: st.DataObject
) -> None:
    """What passes is read by zipfile, as by everybody, to the same contents; dates and versions may differ."""
    content = bytearray(made(entries, streamed=False))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= 1 << data.draw(st.integers(0, 7))
    try:
        followed(bytes(content), 1 << 16)
    except Invalid:
        return
    with zipfile.ZipFile(io.BytesIO(bytes(content))) as archive:
        found = {name: len(archive.open(info).read()) for name, info in zip(entries, archive.infolist(), strict=True)}
    assert found == {name: len(each) for name, (each, _) in entries.items()}


def test_only_zip_files_are_followed() -> None:
    assert archive_watch("application/pdf") is None
    assert archive_watch("application/vnd.oasis.opendocument.text") is not None


@pytest.mark.parametrize("entries", [65_536])
def test_an_archive_with_more_entries_than_a_short_count_holds_is_too_large(entries: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for n in range(entries):
            archive.writestr(str(n), b"")
    with pytest.raises(Invalid, match="files at most"):
        followed(out.getvalue(), 1 << 18)


def test_a_zip64_archive_is_followed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a", "w", force_zip64=True) as entry:
        entry.write(b"hello" * 1000)
    assert followed(out.getvalue(), 100) == 5000
