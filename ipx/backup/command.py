"""The commands `ipx backup` and `ipx restore`."""

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Invalid, Unavailable
from ipx.settings import Settings, read_settings

if TYPE_CHECKING:
    from ipx.backup.making import BackupMaker

EXIT_LACKING = 3


def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for this backup.")],
    *,
    recipient: Annotated[
        str | None, typer.Option(metavar="age1…", help="Your own age key; without it one is made for this backup.")
    ] = None,
    identity_file: Annotated[
        Path | None, typer.Option(help="Write the backup's identity here (mode 0600), not to the terminal.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Make an encrypted backup while the exchange runs, and read it back. Its identity is shown once and kept nowhere.

    In it: database, sealed documents, and in embedded mode keys, deployments and the chain. Not in it: keys that come
    from the environment (IPX_ROOT_KEY, IPX_CHAIN_KEY …), the search index, mail that was delivered.
    """
    from ipx.vault import sealing

    settings = read_settings(os.environ)
    given = sealing.check_recipient(recipient) if recipient else None
    identity = sealing.new_identity()
    if identity_file is not None and given is None:
        _write_identity(identity_file, identity)
    made = _maker(settings).make(folder, identity=identity, recipient=given)
    shown = None if given or identity_file else identity
    if as_json:
        typer.echo(json.dumps({**made.record(), "identity": shown}))
        return
    contents = made.contents
    typer.echo(f"{made.file}: {contents.rows} rows, {contents.documents} documents, {contents.files} files; read back.")
    for cid in made.missing:
        typer.echo(f"MISSING or damaged in the store, and so not in the backup: {cid}", err=True)
    if shown:
        typer.echo(f"Its identity, which alone opens it; keep it elsewhere, it is shown only now:\n{shown}")


def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a backup.")],
    *,
    identity: Annotated[
        Path | None, typer.Option(metavar="FILE", help="File with the age identity; without it you are asked.")
    ] = None,
    erasures: Annotated[
        list[Path] | None,
        typer.Option(metavar="FILE", help="A newer copy of the erasure register; repeat it for each."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Restore a backup into an empty data folder and database, and bring it in step with the chain.

    What was erased since is erased again: from the erasure register of IPX_ERASURE_REGISTER, which may lie in the data
    folder, the one beside the backup, and those given with --erasures.

    Exits 0 when nothing is lacking, 3 when the exchange can go on but lacks what the report names, 2 when nothing was
    restored or the restore could not end: then the same command goes on with it.
    """
    from ipx.backup.restoring import Restorer
    from ipx.backup.resuming import resume
    from ipx.vault import sealing

    settings = read_settings(os.environ)
    key = read_identity(identity) if identity else typer.prompt("Identity (AGE-SECRET-KEY-1…)", hide_input=True)
    restorer = Restorer(settings, folder, identity=sealing.check_identity(key), registers=erasures or [])
    with restorer.under_way() as restored:
        report = resume(settings, restored)
    typer.echo(json.dumps(report.record()) if as_json else "\n".join(report.lines()))
    raise typer.Exit(EXIT_LACKING if report.lacks else 0)


def _maker(settings: Settings) -> "BackupMaker":
    from ipx.audit.service import AuditService
    from ipx.backup.making import BackupMaker
    from ipx.db.restoring import refuse_half_restored
    from ipx.db.session import Database
    from ipx.outside import choose

    refuse_half_restored(settings.data_dir)
    outside = choose(settings)
    database = Database(settings.database_url)
    database.before_commit(AuditService(outside.clock).seal)
    return BackupMaker(
        settings=settings,
        database=database,
        store=outside.store,
        keys=outside.keys,
        clock=outside.clock,
        entropy=outside.entropy,
    )


def _write_identity(path: Path, identity: str) -> None:
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as sink:
            sink.write(identity + "\n")
            sink.flush()
            os.fsync(sink.fileno())
    except OSError as error:
        raise Unavailable(f"The identity cannot be written to {path}: {error.strerror}.") from error


def read_identity(path: Path) -> str:
    """Return the identity in a file as `age-keygen` or `ipx backup` writes it. Raises Invalid."""
    try:
        lines = path.read_text().splitlines()
    except OSError as error:
        raise Invalid(f"The identity cannot be read from {path}: {error.strerror}.") from error
    found = [line.strip() for line in lines if line.strip().startswith("AGE-SECRET-KEY-1")]
    if len(found) != 1:
        raise Invalid(f"{path} must hold one age identity: a line that begins with AGE-SECRET-KEY-1.")
    return found[0]
