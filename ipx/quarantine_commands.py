"""The commands ``ipx quarantine …``: what no scanner has looked through, and its way out."""

import os
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.wiring import Exchange

app = typer.Typer(help="Documents that are given to nobody until they are checked.", no_args_is_help=True)


@app.command("list", epilog="Example: ipx quarantine list")
def list_documents() -> None:
    """List the documents in quarantine: id, since when, why."""
    from ipx.vault.service import VaultService

    exchange = _exchange()
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.read() as session:
        found = vault.inspections.quarantined(session)
    for each in found:
        typer.echo(f"{each.document_id}  {each.looked_at:%Y-%m-%d %H:%M}  {each.reason}")


@app.command(epilog="Example: ipx quarantine rescan")
def rescan() -> None:
    """Look again, with the scanner and the limits of now, at what no scanner has looked through."""
    from ipx.vault.rescans import Rescans

    rescans = _exchange().services[Rescans]
    assert isinstance(rescans, Rescans)
    for document_id, state in rescans.all_waiting().items():
        typer.echo(f"{document_id}  {state}")


@app.command(epilog="Example: ipx quarantine release DOCUMENT-ID")
def release(*, document_id: Annotated[str, typer.Argument(help="From ipx quarantine list.")]) -> None:
    """Let a document out on your own responsibility; the audit log says that the operator did."""
    from ipx.audit.service import THE_EXCHANGE
    from ipx.vault.service import VaultService

    exchange = _exchange()
    vault = exchange.services[VaultService]
    assert isinstance(vault, VaultService)
    with exchange.database.write() as session:
        vault.inspections.release(session, by=THE_EXCHANGE, document_id=document_id)
    typer.echo("The document is out of quarantine.")


def _exchange() -> "Exchange":
    from ipx.wiring import build_exchange

    return build_exchange(read_settings(os.environ))
