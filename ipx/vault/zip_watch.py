"""A ZIP file, judged while it streams past: from its first byte to its last, without gap, overlap or surprise. Pure.

Every entry is inflated and counted where it stands; then the central directory must name exactly these entries. So
whatever reader somebody uses later, from the front or from the back, finds the same files, and none that we have not
counted. It must never seek, nor hold more than a record and a few pieces.
"""

import hashlib
import zlib
from collections.abc import Callable, Generator

from ipx.core.errors import Invalid
from ipx.vault import zip_records as records
from ipx.vault.entry_names import check_names, same_place
from ipx.vault.inflating import Budget, Inflater, NotUnderstood, Sink
from ipx.vault.zip_records import Entry

Follow = Callable[[bytes], Sink]  # an entry's name → who looks at its content
Steps = Generator[None, None, None]
Taking = Generator[None, None, bytes]
CURES = {
    "damaged": "The archive is damaged. Pack it again",
    "encrypted": "The archive has a password, so nobody can look into it. Pack it without: it is sealed here anyway",
    "method": "The archive uses a way of packing that is not read here. Pack it as an ordinary ZIP file (Deflate)",
    "gap": "The archive holds bytes that belong to none of its files. Pack it again",
    "overlap": "The archive's directory names files that lie over each other, as in a bomb. Pack it again",
    "lie": "The archive's directory and its files say different things. Pack it again",
    "tail": "Bytes follow after the archive's end. Pack it again",
}


class _Content:
    """What an entry unfolds to: its length and CRC-32, and whoever looks at it."""

    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self.size = self.crc = 0

    def feed(self, data: bytes) -> None:
        self.size += len(data)
        self.crc = zlib.crc32(data, self.crc)
        self._sink.feed(data)

    def finish(self) -> None:
        self._sink.finish()


class ZipWatch:
    """Feed it the file, then finish. Raises NotUnderstood for what we cannot follow, Invalid for what is hostile."""

    def __init__(self, budget: Budget, follow: Follow) -> None:
        self._budget = budget
        self._follow = follow
        self._buffer = bytearray()
        self._offset = 0
        self._entries: dict[int, bytes] = {}  # offset → digest of what the entry is
        self._names: set[bytes] = set()
        self._steps = self._archive()
        self._has_ended = False
        next(self._steps)

    def feed(self, data: bytes) -> None:
        """Look at the next bytes."""
        if self._has_ended and data:
            raise NotUnderstood("tail")
        self._buffer += data
        try:
            self._steps.send(None)
        except StopIteration:
            self._has_ended = True
            if self._buffer:
                raise NotUnderstood("tail") from None

    def finish(self) -> None:
        """Check that the end was reached."""
        if not self._has_ended:
            raise NotUnderstood("damaged")

    def _take(self, size: int) -> Taking:
        while len(self._buffer) < size:
            yield
        taken = bytes(self._buffer[:size])
        del self._buffer[:size]
        self._offset += size
        return taken

    def _archive(self) -> Steps:
        yield
        while True:
            start, mark = self._offset, (yield from self._take(4))
            if mark != records.LOCAL:
                break
            yield from self._local(start)
        if mark not in (records.CENTRAL, records.END, records.END64):
            raise NotUnderstood("gap")
        seen: set[int] = set()
        directory = self._offset - 4
        while mark == records.CENTRAL:
            yield from self._central(seen)
            mark = yield from self._take(4)
        if len(seen) != len(self._entries):
            raise NotUnderstood("lie")
        yield from self._end(mark, directory)

    def _local(self, start: int) -> Steps:
        self._budget.enter()
        head = records.LOCAL + (yield from self._take(records.LOCAL_SIZE - 4))
        name_size, extra_size = records.lengths(head)
        name = yield from self._take(name_size)
        check_names(name, is_special=False)
        entry = records.local_entry(head, name, (yield from self._take(extra_size)), offset=start)
        if entry.flags & records.ENCRYPTED or entry.flags & records.MASKED:
            raise NotUnderstood("encrypted")
        if entry.flags & records.PATCHED:
            raise NotUnderstood("method")
        content = _Content(self._follow(entry.name))
        if entry.method == records.DEFLATED:
            packed = yield from self._inflate(content)
        elif entry.method == records.STORED and (name.endswith(b"/") or not entry.flags & records.LATER):
            packed = yield from self._copy(content, entry.packed)
        else:
            raise NotUnderstood("method")
        content.finish()
        found = Entry(start, name, entry.flags, entry.method, content.crc, packed, content.size)
        if entry.flags & records.LATER:
            yield from self._descriptor(found)
        elif entry.facts != found.facts:
            raise NotUnderstood("lie" if entry.crc == found.crc else "damaged")
        self._keep(found)

    def _keep(self, found: Entry) -> None:
        place = _digest(same_place(found.name))
        if place in self._names:
            raise NotUnderstood("lie")
        self._names.add(place)
        self._entries[found.offset] = _digest(repr(found.facts).encode())

    def _inflate(self, content: _Content) -> Generator[None, None, int]:
        inflater, before = Inflater(self._budget, content), self._offset
        while not inflater.has_ended:
            if not self._buffer:
                yield
            data = bytes(self._buffer)
            rest = inflater.feed(data)
            self._buffer[:] = rest
            self._offset += len(data) - len(rest)
        return self._offset - before

    def _copy(self, content: _Content, size: int) -> Generator[None, None, int]:
        left = size
        while left:
            if not self._buffer:
                yield
            piece = yield from self._take(min(left, len(self._buffer)))
            self._budget.spend(len(piece))
            content.feed(piece)
            left -= len(piece)
        return size

    def _descriptor(self, found: Entry) -> Steps:
        while len(self._buffer) < 24:  # what follows, directory or entry, is longer than the difference
            yield
        for said in records.descriptors(found.crc, found.packed, found.size):
            if self._buffer.startswith(said):
                yield from self._take(len(said))
                return
        raise NotUnderstood("lie")

    def _central(self, seen: set[int]) -> Steps:
        head = records.CENTRAL + (yield from self._take(records.CENTRAL_SIZE - 4))
        name_size, extra_size, comment_size = records.lengths(head)
        name = yield from self._take(name_size)
        entry = records.central_entry(head, name, (yield from self._take(extra_size)))
        yield from self._take(comment_size)
        found = self._entries.get(entry.offset)
        if found is None or entry.offset in seen:
            raise Invalid(CURES["overlap"] + ".", field="file")
        if _digest(repr(entry.facts).encode()) != found:
            raise NotUnderstood("lie")
        check_names(entry.name, is_special=entry.is_special)
        seen.add(entry.offset)

    def _end(self, mark: bytes, directory: int) -> Steps:
        size = self._offset - 4 - directory
        if mark == records.END64:
            left = int.from_bytes((yield from self._take(8)), "little")
            if left > 1 << 16:
                raise NotUnderstood("damaged")
            yield from self._take(left)
            yield from self._take(records.LOCATOR64_SIZE)
            mark = yield from self._take(4)
        if mark != records.END:
            raise NotUnderstood("gap")
        record = yield from self._take(records.END_SIZE - 4)
        said = int.from_bytes(record[8:12], "little"), int.from_bytes(record[12:16], "little")
        if any(value not in (real, records.FULL) for value, real in zip(said, (size, directory), strict=True)):
            raise NotUnderstood("lie")
        yield from self._take(int.from_bytes(record[16:18], "little"))


def _digest(data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=16).digest()
