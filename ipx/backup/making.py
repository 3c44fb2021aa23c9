"""Makes a backup while the exchange runs: rows of one moment first, then what they name, encrypted as it is written.

It must never put a byte in clear on the disk, nor give a file its name before it was read back and found whole.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ipx.backup.checking import Contents, check
from ipx.backup.files import Documents, cids, own_files
from ipx.backup.format import Section, write
from ipx.backup.noting import BackupNotes
from ipx.backup.tables import Tables, snapshot
from ipx.core.durable_files import sync_folder
from ipx.core.errors import Conflict, Unavailable
from ipx.core.ports import Clock, DocumentStore, Entropy, KeyVault
from ipx.db.session import Database
from ipx.migrate import database_errors
from ipx.settings import Settings
from ipx.vault import sealing

NAME = "backup.age"
FORMAT = "ipx/backup/v1"
KEY_OWNER = "backup"  # stands where an organisation's id stands: no organisation is called so


@dataclass(frozen=True)
class Backup:
    """A backup that was made: where, which, for whom, what is in it. ``missing``: stored files that are not whole."""

    file: Path
    id: str
    taken_at: datetime
    recipient: str
    contents: Contents
    missing: Sequence[str]

    def record(self) -> dict[str, Any]:
        """Return it for a machine."""
        facts = {"file": str(self.file), "id": self.id, "taken_at": self.taken_at.isoformat()}
        return {**facts, "recipient": self.recipient, **asdict(self.contents), "missing": list(self.missing)}


class BackupMaker:
    """Makes backups of one exchange."""

    def __init__(
        self,
        *,
        settings: Settings,
        database: Database,
        store: DocumentStore,
        keys: KeyVault,
        clock: Clock,
        entropy: Entropy,
    ) -> None:
        self._settings = settings
        self._database = database
        self._store = store
        self._keys = keys
        self._clock = clock
        self._entropy = entropy
        self._notes = BackupNotes(settings=settings, database=database, clock=clock)

    def make(self, folder: Path, *, identity: str, recipient: str | None = None) -> Backup:
        """Write ``folder/backup.age``, which ``identity`` opens, and ``recipient``'s identity if there is one.

        Raises Conflict when the folder has a backup or another is being made there, Unavailable when disk or database
        do not let us, Tampered when the backup does not read back.
        """
        with _disk_errors(folder), database_errors():
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            target, partial = folder / NAME, folder / f".{NAME}.partial"
            with _only_one(folder / f".{NAME}.lock"):
                if target.exists():
                    raise Conflict(f"{target} exists. Each backup has a folder of its own.")
                return self._make(target, partial, identity, recipient)

    def _make(self, target: Path, partial: Path, identity: str, recipient: str | None) -> Backup:
        backup_id = self._entropy.new_id()
        with snapshot(self._database) as connection:
            Tables(connection).schema()  # refuses a database without tables
        with self._notes.of(backup_id, target.parent):
            return self._write(backup_id, target, partial, identity, recipient)

    def _write(self, backup_id: str, target: Path, partial: Path, identity: str, recipient: str | None) -> Backup:
        taken_at = self._clock.now()
        documents = Documents(self._store)
        own = sealing.recipient_of(identity)
        try:
            with _created(partial) as sink, snapshot(self._database) as connection:
                header = self._header(backup_id, taken_at, Tables(connection).schema())
                sections = self._sections(connection, documents)
                sealing.encrypt(write(header, sections), sink, recipient=own, others=[recipient] if recipient else [])
                sink.flush()
                os.fsync(sink.fileno())
            with partial.open("rb") as source:
                contents = check(sealing.decrypted(source, identity=identity)).contents
            partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        sync_folder(target.parent)
        return Backup(target, backup_id, taken_at, recipient or own, contents, documents.missing)

    def _header(self, backup_id: str, taken_at: datetime, schema: str) -> dict[str, Any]:
        key = self._keys.create_organisation_key(KEY_OWNER)
        return {
            "format": FORMAT,
            "id": backup_id,
            "taken_at": taken_at.isoformat(),
            "schema": schema,
            "mode": self._settings.mode,
            "embedded_chain": self._settings.chain_url is None,
            "root_key_check": key.hex(),
        }

    def _sections(self, connection: Any, documents: Documents) -> Iterator[Section]:
        tables = Tables(connection)
        for name in tables.names():
            yield tables.dump(name)
        wanted = cids(connection)
        connection.rollback()  # the snapshot has served
        yield from own_files(self._settings)
        yield from documents.sections(wanted)


@contextlib.contextmanager
def _created(partial: Path) -> Iterator[Any]:
    with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
        yield sink


@contextlib.contextmanager
def _only_one(path: Path) -> Iterator[None]:
    with path.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"Another backup is being made in {path.parent}.") from error
        yield


@contextlib.contextmanager
def _disk_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The backup cannot be written to {folder}: {error.strerror or error}.") from error
