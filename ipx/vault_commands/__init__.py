"""The commands ``ipx vault …``: what the operator does with sealed documents, their keys and their files."""

import typer

from ipx.vault_commands import custody, records
from ipx.vault_commands.keys import rotate

app = typer.Typer(help="Sealed documents, their keys and their files.", no_args_is_help=True)
app.add_typer(custody.app)
app.add_typer(records.app)
app.command(epilog="Example: ipx vault rotate --organisation 5f0c3ab0-2f7e-4b8c-9a55-0d6b1f2e7c11")(rotate)
