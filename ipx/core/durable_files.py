"""Files that are whole after a power cut: content forced to the disk first, then the name, then the folder."""

import contextlib
import os
import secrets
from pathlib import Path


def replace_durably(file: Path, content: bytes, *, private: bool = False) -> None:
    """Replace a file's content in one step; it is on the disk when this returns. Raises OSError.

    ``private``: only its owner may read it.
    """
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    mode = 0o600 if private else 0o666
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode), "wb") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())
    temporary.replace(file)
    sync_folder(file.parent)


def create_once(file: Path, content: bytes) -> None:
    """Make a file that only its owner may read, unless there is one: of several processes the first wins.

    It is whole and on the disk when this returns. Raises OSError.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as sink:
        sink.write(content)
        sink.flush()
        os.fsync(sink.fileno())
    with contextlib.suppress(FileExistsError):
        file.hardlink_to(draft)
    draft.unlink()
    sync_folder(file.parent)


def sync_folder(folder: Path) -> None:
    """Force a folder's entries to the disk: without this a rename may be undone by a power cut. Raises OSError."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
