"""FROZEN. The erasure register: a file that is only ever added to, outside the database and its backups.

docs/spec/erasure-register.md is the specification. A restore replays it, so that an old backup brings nothing back that
was to be forgotten. It holds ids and moments; it must never hold a name, a reason or anything of a document.
"""

import contextlib
import fcntl
import hashlib
import logging
import os
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO

from ipx.audit.rules import microseconds
from ipx.core import canonical
from ipx.core.canonical import Json
from ipx.core.durable_files import replace_durably, sync_folder
from ipx.core.errors import Tampered, Unavailable

log = logging.getLogger("ipx.vault")

FORMAT = "ipx/erasure-register/v1"
FILE_NAME = "erasure-register.jsonl"
FIRST = "0" * 64
DOCUMENT, READER, HOLD, LIFTED = "document", "reader", "hold", "hold-lifted"
BACKUP, DESTROYED = "backup", "backup-destroyed"
_COPYING = threading.Lock()
_PLACE = ("format", "sequence", "previous", "kind", "id", "at")


@dataclass(frozen=True)
class Entry:
    """One act that every restore must know of. ``fields`` are the kind's own."""

    kind: str
    id: str
    at: datetime
    fields: Mapping[str, Json] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str]:
        """What makes it the same entry in another copy of the register."""
        return self.kind, self.id

    def text(self, name: str) -> str:
        """Return a field. Raises Tampered when it is not there or no text."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise Tampered(f"The erasure register has an entry {self.kind} {self.id} without its {name}.")
        return value


class ErasureRegister:
    """The register in one file; several processes may add to it at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def entries(self) -> list[Entry]:
        """Return all entries, oldest first; none when there is no file. Raises Tampered, Unavailable."""
        with self._errors():
            if not self.file.exists():
                return []
            lines, _ = _whole(self.file.read_bytes())
        return list(_entries(lines))

    def add(self, entries: Iterable[Entry]) -> int:
        """Add those that are not there yet, on the disk when this returns; return how many. Raises as ``entries``.

        A line that a power cut has torn is cut off: its writer never returned.
        """
        with self._errors():
            self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.file, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(handle, "r+b") as sink:
                fcntl.flock(sink, fcntl.LOCK_EX)
                return self._add(sink, entries)

    def copy_beside(self, place: Path) -> None:
        """Bring the copy beside a backup up to date, if there is one in reach: whoever restores it then has it at hand.

        A folder that cannot be written is told in the log alone: the register itself has everything, and an erasure
        must not wait for a disk that is on a shelf.
        """
        copy = place / FILE_NAME
        try:
            with _COPYING:
                own = self.file.read_bytes()
                if copy.exists() and copy.stat().st_size < len(own):
                    replace_durably(copy, own)
        except OSError as error:
            log.warning("the erasure register beside the backup in %s is old: %s", place, error.strerror)

    def _add(self, sink: IO[bytes], entries: Iterable[Entry]) -> int:
        lines, length = _whole(sink.read())
        known = {entry.key for entry in _entries(lines)}
        new = [entry for entry in entries if entry.key not in known]
        if not new:
            return 0
        sink.truncate(length)
        previous = _hash(lines[-1]) if lines else FIRST
        for number, entry in enumerate(new, len(lines) + 1):
            line = _line(entry, number, previous)
            previous = _hash(line)
            sink.write(line + b"\n")
        sink.flush()
        os.fsync(sink.fileno())
        sync_folder(self.file.parent)
        return len(new)

    @contextlib.contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise Unavailable(f"The erasure register {self.file} cannot be used: {error.strerror}.") from error


def _line(entry: Entry, sequence: int, previous: str) -> bytes:
    place: dict[str, Json] = {"format": FORMAT, "sequence": sequence, "previous": previous}
    return canonical.encode({**entry.fields, **place, "kind": entry.kind, "id": entry.id, "at": microseconds(entry.at)})


def _whole(content: bytes) -> tuple[Sequence[bytes], int]:
    """Return the lines that have their end, and the length of all of them in bytes."""
    length = content.rfind(b"\n") + 1
    return content[:length].split(b"\n")[:-1], length


def _entries(lines: Sequence[bytes]) -> Iterator[Entry]:
    previous = FIRST
    for number, line in enumerate(lines, 1):
        said = canonical.decode(line)
        if not isinstance(said, dict) or not {*_PLACE} <= {*said}:
            raise Tampered(f"Line {number} of the erasure register is not one.")
        if (said["format"], said["sequence"], said["previous"]) != (FORMAT, number, previous):
            raise Tampered(f"Line {number} of the erasure register does not follow from the one before.")
        own = {name: value for name, value in said.items() if name not in _PLACE}
        yield Entry(str(said["kind"]), str(said["id"]), moment_of(said["at"]), own)
        previous = _hash(line)


def moment_of(value: Json) -> datetime:
    """Return a moment that was written as microseconds since 1970. Raises Tampered."""
    if not isinstance(value, int) or isinstance(value, bool):
        raise Tampered("The erasure register has an entry without its moment.")
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=value)


def _hash(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
