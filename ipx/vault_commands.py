"""The commands ``ipx vault …``."""

import os
from typing import Annotated

import typer

from ipx.settings import read_settings

app = typer.Typer(help="Sealed documents: what the operator does with them.", no_args_is_help=True)


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
