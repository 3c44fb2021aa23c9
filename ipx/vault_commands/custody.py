"""``ipx vault audit`` and ``ipx vault move``: the operator looks after the stored files."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.settings import FOLDER, KUBO, read_settings

if TYPE_CHECKING:
    from ipx.vault.custody import Custody
    from ipx.vault.custody_rules import AuditView
    from ipx.vault.moving import Moved
    from ipx.wiring import Exchange

app = typer.Typer()
EXIT_TROUBLE = 1


@app.command(epilog="Example: ipx vault audit --repair")
def audit(
    *, repair: Annotated[bool, typer.Option("--repair", help="Mend what another store has whole.")] = False
) -> None:
    """Read every stored file to its end in every configured store, and say which are missing or damaged.

    Exit code: 0 all are whole (now); 1 some are not, or a store did not answer. Interrupted, it goes on where it was.
    """
    with _custody() as (exchange, custody):
        view = custody.audit(repairs=repair, tell=_tell_audit)
        with exchange.database.read() as session:
            troubled = custody.overview(session).troubled
    typer.echo(
        f"{view.files} files, {view.bytes / 2**20:.1f} MiB read and verified in {', '.join(troubled)}: "
        f"{view.found} missing or damaged, {view.repaired} of them repaired."
    )
    for store, cids in troubled.items():
        for cid in cids:
            typer.echo(f"{store}: {cid} is missing or damaged", err=True)
    if view.unasked:
        typer.echo(f"{view.unasked} looks were left out, as a store did not answer: see ipx doctor", err=True)
    raise typer.Exit(EXIT_TROUBLE if view.unasked or any(troubled.values()) else 0)


@app.command(epilog="Example: IPX_KUBO_API=http://127.0.0.1:5001 ipx vault move --to kubo")
def move(*, to: Annotated[str, typer.Option(metavar="kubo|folder", help="Where all files are to be.")]) -> None:
    """Move every stored file into Kubo, or into the folder of blocks; the exchange may run meanwhile.

    Each file is read to its end in its new place before it leaves the old one. Interrupted, the same command goes on.
    Exit code 1: some files are whole in no store; they are named, and stay where they are.
    """
    if to not in (FOLDER, KUBO):
        raise typer.BadParameter("it must be kubo or folder", param_hint="--to")
    with _custody() as (exchange, custody):
        moved = custody.move(to=to, tell=_tell_move)
        primary = exchange.outside.store.primary
    typer.echo(f"{moved.files - len(moved.lost)} files are in {to}; {moved.copied} were copied and read back.")
    for cid in moved.lost:
        typer.echo(f"whole in no store: {cid}", err=True)
    if primary != to:
        typer.echo(f"New files still go to {primary}: set IPX_STORES={to} for every process, and start them again.")
    raise typer.Exit(EXIT_TROUBLE if moved.lost else 0)


def _tell_audit(view: "AuditView") -> None:
    _progress(view.files, view.total, f"{view.found} missing or damaged")


def _tell_move(moved: "Moved") -> None:
    if moved.files % 10 == 0 or moved.files == moved.total:
        _progress(moved.files, moved.total, f"{moved.bytes / 2**20:.1f} MiB copied")


def _progress(done: int, total: int, note: str) -> None:
    line = f"{done} of {total} files, {note}"
    if sys.stderr.isatty():
        typer.echo(f"\r{line}" + ("\n" if done >= total else ""), nl=False, err=True)
    else:
        typer.echo(line, err=True)


@contextmanager
def _custody() -> "Iterator[tuple[Exchange, Custody]]":
    from ipx.vault.custody import Custody  # slow, and no other command's business
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    exchange.durable.connect()
    custody = exchange.services[Custody]
    assert isinstance(custody, Custody)
    try:
        yield exchange, custody
    finally:
        exchange.durable.stop()
        exchange.database.dispose()
