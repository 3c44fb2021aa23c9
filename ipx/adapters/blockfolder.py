"""The DocumentStore in a folder: each file is a folder of its blocks, named by CID.

    files/<last two characters of the root>/<root>/<block>…   whole files, and nothing else
    incoming/<random>/<block>…                                files being written, or being removed
    lock                                                      held while a file appears or disappears

A file appears by the rename of its folder, after every byte of it was forced to the disk: so it is there whole or
not at all, and removing it cannot take a block from another file. The price: files that share blocks store them
twice, and sealed files, being encrypted under fresh keys, share none. It must never leave a block in ``files``
that belongs to no whole file.
"""

import contextlib
import fcntl
import os
import uuid
from collections.abc import Iterator
from pathlib import Path

from ipx.adapters.block_making import BlockMaker
from ipx.adapters.block_writing import BlockWriter
from ipx.core.cid import Cid
from ipx.core.durable_files import sync_folder
from ipx.core.errors import NotFound, Unavailable
from ipx.core.ports import StoredFile
from ipx.core.unixfs import PROFILE, FileSource


class BlockFolder:
    """Files below ``folder``; several threads and processes may use it at once (POSIX only: flock, fsync)."""

    def __init__(self, folder: Path) -> None:
        """Open the folder, making it when it is new, and clear what a crash left half written."""
        self._files = folder / "files"
        self._incoming = folder / "incoming"
        self._lock = folder / "lock"
        with _disk_errors():
            for path in (self._files, self._incoming):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._clear_abandoned()
            sync_folder(folder)

    def begin(self, *, replace: bool = False) -> "FolderSink":
        """Start to write a file; one that is here already is always replaced, block by block."""
        with _disk_errors():
            return FolderSink(self, *self._reserve())

    def open(self, cid: str) -> FileSource:
        """Open a file to read; its root and first leaf are verified at once, the rest as it is read."""
        folder = self._folder_of(Cid.parse(cid))

        def fetch(block: Cid) -> bytes:
            with _disk_errors():
                try:
                    return (folder / str(block)).read_bytes()
                except FileNotFoundError as error:
                    raise NotFound(f"The store has no block {block} of the file {cid}.") from error

        return FileSource(Cid.parse(cid), fetch)

    def has(self, cid: str) -> bool:
        """Tell whether the file is here; files are whole or absent."""
        with _disk_errors():
            return (self._folder_of(Cid.parse(cid)) / cid).is_file()

    def delete(self, cid: str) -> None:
        """Remove a file. It is gone at once, by a rename; its blocks are gone when this returns."""
        folder = self._folder_of(Cid.parse(cid))
        trash = self._incoming / uuid.uuid4().hex
        with _disk_errors():
            with self._locked():
                if not folder.is_dir():
                    return
                folder.rename(trash)
                sync_folder(folder.parent)
            _remove(trash)

    def files(self) -> Iterator[str]:
        """Return the CIDs of all files, for the sweep that compares them with the database; no order."""
        with _disk_errors():
            for shard in self._files.iterdir():
                for file in shard.iterdir():
                    yield file.name

    def check(self) -> str:
        """Write and remove a scratch folder, and tell how much room is left."""
        self.begin().abort()
        with _disk_errors():
            disk = os.statvfs(self._files)
        return f"block folder, writable, {disk.f_bavail * disk.f_frsize / 2**30:.1f} GiB free"

    def publish(self, scratch: Path, root: Cid) -> None:
        """Let the finished folder ``scratch`` appear under its root. For FolderSink only."""
        folder = self._folder_of(root)
        with self._locked():
            folder.parent.mkdir(mode=0o700, exist_ok=True)
            if folder.is_dir():
                # The same file is here already: replacing its blocks repairs any that the disk has damaged.
                for block in scratch.iterdir():
                    block.replace(folder / block.name)
                sync_folder(folder)
                scratch.rmdir()
            else:
                scratch.rename(folder)
            sync_folder(folder.parent)
            sync_folder(self._files)

    def _folder_of(self, root: Cid) -> Path:
        return self._files / str(root)[-2:] / str(root)

    def _reserve(self) -> tuple[Path, int]:
        """Make a folder to write into and hold its lock, which tells other processes that it is in use."""
        scratch = self._incoming / uuid.uuid4().hex
        with self._locked():  # or another process could take the folder for abandoned before it is locked
            scratch.mkdir(mode=0o700)
            held = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(held, fcntl.LOCK_EX)
        return scratch, held

    def _clear_abandoned(self) -> None:
        with self._locked():
            for scratch in self._incoming.iterdir():
                with contextlib.suppress(FileNotFoundError):  # its writer may have removed it just now
                    self._clear_unless_held(scratch)

    def _clear_unless_held(self, scratch: Path) -> None:
        held = os.open(scratch, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _remove(scratch)
        except BlockingIOError:
            pass  # a living process writes here
        finally:
            os.close(held)

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        with self._lock.open("ab") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # closing the file lets go of it, and so does the end of the process
            yield


class FolderSink:
    """One file being written into a folder that nobody looks into until it is whole."""

    def __init__(self, store: BlockFolder, scratch: Path, held: int) -> None:
        self._store, self._scratch = store, scratch
        self._held: int | None = held
        self._writer = BlockWriter(scratch)
        self._maker = BlockMaker(self._writer.write)
        self._writable, self._is_ended = True, False

    def write(self, data: bytes) -> int:
        """Take the next bytes; full blocks go to the disk meanwhile, and one that it refused may be told later."""
        self._refuse_if_ended()
        self._interrupt()
        with _disk_errors():
            self._maker.write(data)
        self._writable = True
        return len(data)

    def flush(self) -> None:
        """Do nothing: durability is the business of ``finish``."""

    def root(self) -> str:
        """End the file and return its CID; the blocks are on the disk, in a folder that nobody looks into."""
        if not self._is_ended:
            self._interrupt()
            with _disk_errors():
                self._maker.finish()
                self._writer.finish()
            self._writable = self._is_ended = True
        return str(self._maker.root)

    def finish(self) -> StoredFile:
        """Let the file appear, read its root back and return where it is."""
        self.root()
        self._interrupt()
        with _disk_errors():
            sync_folder(self._scratch)
            self._store.publish(self._scratch, self._maker.root)
        self._let_go()
        stored = StoredFile(str(self._maker.root), PROFILE.name, self._maker.size)
        self._store.open(stored.cid).close()
        return stored

    def abort(self) -> None:
        """Remove what was written so far; nothing when the file is finished."""
        self._writable = False
        self._maker.stop()
        self._writer.stop()
        if self._held is not None:
            with _disk_errors():
                _remove(self._scratch)
            self._let_go()

    def _refuse_if_ended(self) -> None:
        if self._is_ended:
            raise ValueError("This file is ended; begin another.")

    def _interrupt(self) -> None:
        """Close the sink until the step has succeeded: a block that the disk refused must not be forgotten."""
        if not self._writable:
            raise ValueError("This file is finished, given up or failed; begin another.")
        self._writable = False

    def _let_go(self) -> None:
        held, self._held = self._held, None  # first: a number that is closed twice is another file's the second time
        if held is not None:
            os.close(held)


def _remove(folder: Path) -> None:
    """Remove a folder of blocks; another process may be doing the same."""
    with contextlib.suppress(FileNotFoundError):
        for block in list(folder.iterdir()):
            block.unlink(missing_ok=True)
        folder.rmdir()


@contextlib.contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:  # full, read-only, worn out: all may be better later, none is the caller's fault
        raise Unavailable(f"The document folder cannot be used: {error.strerror}.") from error
