"""The commands ``ipx import …``: what offices publish, portfolios hold and agreements grant, read from files."""

import typer

from ipx.import_commands.agreements import agreements
from ipx.import_commands.tables import csv
from ipx.import_commands.uspto import uspto_xml

app = typer.Typer(help="Read records of offices and portfolios from files.", no_args_is_help=True)
app.command("uspto-xml", epilog="Example: ipx import uspto-xml ipg250107.xml --dry-run --json")(uspto_xml)
app.command(epilog="Example: ipx import csv portfolio.csv --mapping mapping.json --email ada@example.org --dry-run")(
    csv
)
app.command(epilog="Example: ipx import agreements agreements.csv --dry-run")(agreements)
