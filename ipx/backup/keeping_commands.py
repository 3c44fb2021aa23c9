"""The commands ``ipx backups …``: which backups there are, and the end of one."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Conflict, NotFound, Unavailable
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.vault.erasure_records import BackupCopy
    from ipx.wiring import Exchange

app = typer.Typer(help="Which backups there are, and until when each is kept.", no_args_is_help=True)
PIECE = 1 << 20


@app.command("list", epilog="Example: ipx backups list")
def list_backups() -> None:
    """List all backups that were begun: id, begun, destroyed or to be destroyed by, place."""
    with _exchange() as exchange:
        backups, now = _known(exchange), exchange.outside.clock.now()
    for backup in backups:
        state = (
            f"destroyed {backup.destroyed_at:%Y-%m-%d}"
            if backup.destroyed_at
            else f"until {backup.destroy_by:%Y-%m-%d}"
        )
        late = "  OVERDUE" if backup.is_overdue(now) else ""
        typer.echo(
            f"{backup.id}  {backup.begun_at:%Y-%m-%d %H:%M}  {state}  {backup.place or '(before the register)'}{late}"
        )


@app.command(epilog="Example: ipx backups forget /backups/2026-11-28 --identity-file key.txt")
def forget(
    backup: Annotated[str, typer.Argument(help="Its id or its folder, as `ipx backups list` names them.")],
    *,
    identity_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its identity, which is overwritten and removed first.")
    ] = None,
    elsewhere: Annotated[
        bool, typer.Option("--elsewhere", help="The file is not in reach: you have destroyed it, or its identity.")
    ] = False,
) -> None:
    """Destroy a backup: its identity, its file, and say so in the records, on which certificates of erasure rest.

    A backup with --recipient opens with the operator's own key as well: then every copy of its file must go.
    """
    from ipx.backup.making import NAME
    from ipx.vault.backup_copies import BackupCopies
    from ipx.vault.register_keeping import RegisterKeeper

    with _exchange() as exchange:
        found = _find(_known(exchange), backup)
        file = Path(found.place or "/nowhere") / NAME
        if identity_file is not None:
            _overwrite(identity_file)
        if file.exists():
            _remove(file)
        elif not elsewhere and identity_file is None:
            raise Conflict(f"{file} is not in reach. Destroy it where it is, then say so with --elsewhere.")
        copies, keeper = exchange.services[BackupCopies], exchange.services[RegisterKeeper]
        assert isinstance(copies, BackupCopies)
        assert isinstance(keeper, RegisterKeeper)
        with exchange.database.write() as session:
            copies.destroyed(session, backup_id=found.id)
        keeper.keep()
    typer.echo(f"The backup {found.id} of {found.begun_at:%Y-%m-%d} is destroyed.")


def _known(exchange: "Exchange") -> "list[BackupCopy]":
    from ipx.vault.backup_copies import BackupCopies

    copies = exchange.services[BackupCopies]
    assert isinstance(copies, BackupCopies)
    with exchange.database.read() as session:
        return copies.all(session)


def _find(backups: "list[BackupCopy]", wanted: str) -> "BackupCopy":
    place = str(Path(wanted).resolve())
    found = [each for each in backups if wanted == each.id or (place == each.place and each.destroyed_at is None)]
    if not found:
        raise NotFound(f"No backup {wanted} is known; `ipx backups list` names them.")
    return found[-1]


def _overwrite(identity_file: Path) -> None:
    """Overwrite and remove a file of one line. What a disk keeps of blocks it calls free is beyond us."""
    try:
        size = identity_file.stat().st_size
        with identity_file.open("r+b") as sink:
            sink.write(bytes(size))
            sink.flush()
            os.fsync(sink.fileno())
        identity_file.unlink()
    except OSError as error:
        raise Unavailable(f"{identity_file} cannot be destroyed: {error.strerror}.") from error


def _remove(file: Path) -> None:
    from ipx.core.durable_files import sync_folder

    try:
        file.unlink()
        sync_folder(file.parent)
    except OSError as error:
        raise Unavailable(f"{file} cannot be removed: {error.strerror}.") from error


@contextmanager
def _exchange() -> "Iterator[Exchange]":
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    yield exchange
    exchange.database.dispose()
