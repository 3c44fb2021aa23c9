"""The commands ``ipx vault …``: what the operator does with sealed documents, their keys and their files."""

import typer

from ipx.vault_commands import custody, keys

app = typer.Typer(help="Sealed documents, their keys and their files.", no_args_is_help=True)
for part in (keys, custody):
    app.add_typer(part.app)
