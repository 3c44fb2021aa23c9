"""``ipx vault erase-readings`` and ``ipx vault canary``: what is forgotten, and what was never to be written."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from ipx.settings import read_settings

app = typer.Typer()


@app.command("erase-readings", epilog="Example: ipx vault erase-readings ada@example.org")
def erase_readings(email: Annotated[str, typer.Argument(help="Address of the person who asks for it.")]) -> None:
    """Erase what a person wrote about readings: purposes and keys, with their salts. Ids and moments stay.

    Receipts of documents under a legal hold are kept. Repeatable: run it again when it was interrupted.
    """
    from ipx.accounts.service import AccountService
    from ipx.db.scrubbing import Scrubber
    from ipx.vault.reader_erasures import ReaderErasures
    from ipx.vault.register_keeping import RegisterKeeper
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    accounts, readers = exchange.services[AccountService], exchange.services[ReaderErasures]
    keeper, scrubber = exchange.services[RegisterKeeper], exchange.services[Scrubber]
    assert isinstance(accounts, AccountService)
    assert isinstance(readers, ReaderErasures)
    assert isinstance(keeper, RegisterKeeper)
    assert isinstance(scrubber, Scrubber)
    with exchange.database.write() as session:
        erased = readers.erase(session, person_id=accounts.person_by_email(session, email))
    keeper.keep()
    scrubber.scrub()
    kept = f" {erased.held} are under a legal hold and were kept." if erased.held else ""
    typer.echo(f"{erased.receipts} receipts were emptied.{kept}")


@app.command(epilog="Example: ipx vault canary var/ 'Marked: 5f1c' --identity backup-key.txt")
def canary(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Everything below it is looked at.")],
    markers: Annotated[list[str], typer.Argument(metavar="MARKER...", help="Words of confidential documents.")],
    *,
    identity: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An age identity, to look into backups that it opens.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Look for words of confidential documents in everything that the exchange wrote: there must be none.

    Also inside archives, packed and encoded parts, SQLite databases with their logs, and search indexes.

    Exit code: 0 nothing found; 1 found, each place on a line; 2 nothing found, but not everything could be looked into.
    """
    from ipx.adapters.tantivy_words import words_of
    from ipx.vault.canary import Canary

    report = Canary(markers, indexes=[words_of], opened=_opener(identity) if identity else None).search(folder)
    if as_json:
        typer.echo(json.dumps(report.record(), indent=1))
    else:
        for found in report.found:
            typer.echo(f"FOUND {found.marker!r} in {found.file}" + f" ({found.inside or 'as it lies'}; {found.looks})")
        for path, why in report.skipped:
            typer.echo(f"NOT LOOKED INTO {path}: {why}", err=True)
        typer.echo(f"{report.files} files, {report.bytes} bytes; {len(report.found)} places found.")
    raise typer.Exit(1 if report.found else 2 if report.skipped else 0)


def _opener(identity: Path) -> Callable[[Path], Iterator[bytes]]:
    from ipx.backup.command import read_identity
    from ipx.vault import sealing

    key = sealing.check_identity(read_identity(identity))

    def opened(path: Path) -> Iterator[bytes]:
        with path.open("rb") as source:
            yield from sealing.decrypted(source, identity=key)

    return opened
