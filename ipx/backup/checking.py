"""Reads a whole backup and checks all of it; changes nothing."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ipx.backup.files import DOCUMENT
from ipx.backup.format import BackupReader, FileSection, TableSection
from ipx.core.errors import Tampered
from ipx.core.unixfs import Importer


@dataclass(frozen=True)
class Contents:
    """How much is in a backup. ``bytes`` are those of documents and files."""

    tables: int
    rows: int
    documents: int
    files: int
    bytes: int


@dataclass(frozen=True)
class Checked:
    """A backup that is whole: its header, what is in it, and the number and names of rows by table."""

    header: dict[str, Any]
    contents: Contents


def check(pieces: Iterable[bytes]) -> Checked:
    """Read it to its end: every hash, every document's CID. Raises Tampered, Invalid (a format of another version)."""
    reader = BackupReader(pieces)
    tables = rows = documents = files = size = 0
    for section in reader.sections():
        if isinstance(section, TableSection):
            tables += 1
            rows += sum(1 for _ in section.rows)
        elif section.kind == DOCUMENT:
            documents += 1
            size += _check_document(section)
        else:
            files += 1
            size += sum(len(piece) for piece in section.pieces)
    return Checked(reader.header, Contents(tables, rows, documents, files, size))


def _check_document(section: FileSection) -> int:
    importer = Importer()
    for piece in section.pieces:
        importer.feed(piece)
    importer.finish()
    if str(importer.root) != section.name:
        raise Tampered(f"The backup has other bytes than its document {section.name} must have.")
    return importer.size
