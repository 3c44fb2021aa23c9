"""Puts a backup into an empty exchange: everything is checked before the first write, and a marker lies in the data
folder until the last. It must never write over data, nor leave a half that something would start on.

After a kill the same command goes on: files are written again, rows are there all or not at all.
"""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ipx.backup.checking import Checked, check
from ipx.backup.fencing import Fenced, fence
from ipx.backup.files import CHAIN, DOCUMENT, folder_of
from ipx.backup.format import BackupReader, FileSection, TableSection
from ipx.backup.making import FORMAT, KEY_OWNER, NAME
from ipx.backup.tables import Tables, filling
from ipx.core.durable_files import sync_folder
from ipx.core.errors import Conflict, Invalid, NotFound, Tampered, Unavailable
from ipx.core.ports import DocumentStore, KeyVault
from ipx.db.restoring import MARKER
from ipx.db.session import Database
from ipx.migrate import bring_to, bring_up_to_date, database_errors
from ipx.outside import choose, key_vault
from ipx.settings import Settings
from ipx.vault import sealing
from ipx.vault.erasure_register import FILE_NAME, Entry, ErasureRegister

LOCK = "run.lock"  # that of `ipx run`: neither runs beside the other


@dataclass(frozen=True)
class Restored:
    """A backup whose files and rows are in place: its header, and what was fenced (None: by a run before this one).

    ``erasures``: the entries of every erasure register that was found.
    """

    header: dict[str, Any]
    fenced: Fenced | None
    erasures: Sequence[Entry]


class Restorer:
    """Restores one backup."""

    def __init__(self, settings: Settings, folder: Path, *, identity: str, registers: Sequence[Path] = ()) -> None:
        """``registers``: copies of the erasure register besides those of the settings and beside the backup."""
        self._settings = settings
        self._registers = [settings.erasure_register, folder / FILE_NAME, *registers]
        self._given = registers
        self._file = folder / NAME
        self._identity = identity

    @contextlib.contextmanager
    def under_way(self) -> Iterator[Restored]:
        """Put files and rows in place; what is done inside still belongs to the restore, which ends with it.

        Raises NotFound without a backup, Tampered when it is damaged or the identity or root key is another's, Conflict
        when there is data already, Invalid when a newer version made it, Unavailable when disk or database fail.
        """
        checked, erasures = self._check(), self._erasures()
        data = self._settings.data_dir
        with _disk_errors(data), _only_one(data):
            self._begin(checked.header)
            self._place_files()
            outside = choose(self._settings)  # after the keys: in embedded mode it would make new ones
            _check_root_key(outside.keys, checked.header)
            self._place_documents(outside.store)
            fenced = self._fill(checked.header)
            yield Restored(checked.header, fenced, erasures)
            (data / MARKER).unlink()
            sync_folder(data)

    # ── before the first write ───────────────────────────────────────────────────────────────────

    def _check(self) -> Checked:
        if not self._file.is_file():
            raise NotFound(f"There is no backup in {self._file.parent}: no file {NAME}.")
        with self._file.open("rb") as source:
            checked = check(self._decrypted(source))
        if checked.header.get("format") != FORMAT:
            raise Invalid("The backup has a format that this version does not know.")
        if self._settings.chain_url is None and not checked.header["embedded_chain"]:
            raise Invalid("The backup's chain is elsewhere: set IPX_CHAIN_URL.")
        if self._settings.root_key is not None:
            _check_root_key(key_vault(self._settings), checked.header)
        return checked

    def _erasures(self) -> list[Entry]:
        """Return what all registers together have. Raises NotFound, Tampered, Unavailable."""
        for file in self._given:
            if not file.is_file():
                raise NotFound(f"There is no erasure register {file}.")
        found = [entry for file in self._registers for entry in ErasureRegister(file).entries()]
        return list({entry.key: entry for entry in found}.values())

    def _begin(self, header: dict[str, Any]) -> None:
        """Write the marker into an empty folder, or find that of the same restore."""
        data = self._settings.data_dir
        marker = data / MARKER
        if marker.exists():
            if json.loads(marker.read_text()).get("backup") != header["id"]:
                raise Conflict(f"Another backup was half restored into {data}. Empty the folder and the database.")
            return
        allowed = {LOCK, _temporary(marker).name, self._settings.erasure_register.name}
        if {entry.name for entry in data.iterdir()} - allowed:
            raise Conflict(f"{data} is not empty. A backup is restored into an empty data folder only.")
        self._refuse_rows()
        _write(marker, [json.dumps({"backup": header["id"]}).encode()])

    def _refuse_rows(self) -> None:
        if self._settings.database_url.startswith("sqlite"):
            path = Path(self._settings.database_url.removeprefix("sqlite:///"))
            if path.exists():
                raise Conflict(f"{path} exists. A backup is restored into an empty database only.")
            return
        database = Database(self._settings.database_url)
        try:
            with database_errors(), database.engine.connect() as connection:
                if not Tables(connection).is_empty():
                    raise Conflict("The database is not empty. A backup is restored into an empty one only.")
        finally:
            database.dispose()

    # ── files ────────────────────────────────────────────────────────────────────────────────────

    def _place_files(self) -> None:
        for section in self._sections():
            if not isinstance(section, FileSection) or section.kind == DOCUMENT:
                continue
            if section.kind != CHAIN or self._settings.chain_url is None:
                _place(folder_of(self._settings, section.kind), section)

    def _place_documents(self, store: DocumentStore) -> None:
        for section in self._sections():
            if isinstance(section, FileSection) and section.kind == DOCUMENT and not store.has(section.name):
                _store(store, section)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────

    def _fill(self, header: dict[str, Any]) -> Fenced | None:
        database = Database(self._settings.database_url)
        try:
            with database_errors():
                with database.engine.connect() as connection:
                    is_filled = not Tables(connection).is_empty()
                fenced = None if is_filled else self._fill_empty(database, header["schema"])
            bring_up_to_date(database)
        finally:
            database.dispose()
        return fenced

    def _fill_empty(self, database: Database, schema: str) -> Fenced:
        bring_to(database, schema)
        with filling(database) as (tables, connection):
            if tables.schema() != schema:
                raise Conflict("The database has tables of another version already. Give an empty database.")
            for section in self._sections():
                if isinstance(section, TableSection):
                    tables.load(section)
            return fence(connection)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _sections(self) -> Iterator[TableSection | FileSection]:
        with self._file.open("rb") as source:
            yield from BackupReader(self._decrypted(source)).sections()

    def _decrypted(self, source: Any) -> Iterator[bytes]:
        try:
            yield from sealing.decrypted(source, identity=self._identity)
        except Tampered as error:
            raise Tampered("The backup does not open: it is damaged, or this is not its identity.") from error


def _check_root_key(keys: KeyVault, header: dict[str, Any]) -> None:
    """Raise Tampered when the root key is not the one that the backup's secrets are wrapped by."""
    try:
        keys.wrap(KEY_OWNER, bytes.fromhex(header["root_key_check"]), b"", context=KEY_OWNER)
    except (Tampered, Unavailable) as error:
        raise Tampered(
            f"The root key is not that of the backup: set IPX_ROOT_KEY to the one of its time. ({error.message})"
        ) from error


def _place(folder: Path, section: FileSection) -> None:
    if Path(section.name).name != section.name:
        raise Tampered("The backup names a file outside its folder.")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(folder / section.name, section.pieces)


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    """Write a file, readable by its owner only, in one step."""
    temporary = _temporary(path)
    with os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as sink:
        for piece in pieces:
            sink.write(piece)
        sink.flush()
        os.fsync(sink.fileno())
    temporary.replace(path)
    sync_folder(path.parent)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{path.name}.restoring")


def _store(store: DocumentStore, section: FileSection) -> None:
    sink = store.begin()
    try:
        for piece in section.pieces:
            sink.write(piece)
        stored = sink.finish()
    except BaseException:
        sink.abort()
        raise
    if stored.cid != section.name:
        raise Tampered(f"The document {section.name} was stored as {stored.cid}.")


@contextlib.contextmanager
def _only_one(data: Path) -> Iterator[None]:
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (data / LOCK).open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Conflict(f"An exchange or another restore is running on {data}.") from error
        yield


@contextlib.contextmanager
def _disk_errors(data: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Unavailable(f"The data folder {data} cannot be used: {error.strerror or error}.") from error
