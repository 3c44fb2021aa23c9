"""Files on this machine: read piece by piece, and written so that a power cut leaves the old state or the new one."""

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ipx.core.durable_files import sync_folder

PIECE = 1 << 20
PRIVATE = 0o600


def sha256_of(path: Path, report: Callable[[int], None]) -> bytes:
    """Return the SHA-256 of a file of any size; ``report`` hears how many more bytes are done. Raises OSError."""
    digest = hashlib.sha256()
    with path.open("rb") as source:
        while piece := source.read(PIECE):
            digest.update(piece)
            report(len(piece))
    return digest.digest()


def write_new(path: Path, data: bytes) -> None:
    """Write a file that only its owner may read, on the disk when this returns. Raises FileExistsError, OSError.

    It is whole or not there, and never takes the place of another.
    """
    part = sweep(path)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
    with os.fdopen(handle, "wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    try:
        _name(part, path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def sweep(path: Path) -> Path:
    """Remove what a killed writing of this file left; return the name that is used meanwhile."""
    part = path.with_name(f".{path.name}.part")
    part.unlink(missing_ok=True)
    return part


def remove(path: Path) -> None:
    """Remove a file; harmless when it is gone."""
    path.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _name(part: Path, path: Path) -> None:
    try:
        os.link(part, path)
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links, such as exFAT
        if path.exists():
            raise FileExistsError(str(path)) from None
        os.rename(part, path)  # noqa: PTH104 - the tests of crashes watch these calls of the system


def _sync_folder(folder: Path) -> None:
    """Put the folder's entry on the disk too; some systems cannot, and lose nothing by it."""
    with suppress(OSError):
        sync_folder(folder)
