"""The command ``ipx import agreements``: a table with our columns, or another one by a mapping."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.csv_mapping import read_mapping
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.import_commands.tables import take_in_table
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.licences.agreement_rows import AgreementRow


def agreements(
    *,
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8 with a header; docs/spec/grant-algebra.md names its columns.")
    ],
    mapping: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="How other columns become these (docs/spec/csv-mapping.md)."),
    ] = None,
    email: Annotated[
        str | None, typer.Option(help="With a mapping: the person in whose name they are declared.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and judge every row; change nothing.")] = False,
    errors: Annotated[
        Path | None, typer.Option(help="With a mapping: write the refused rows to this file, as CSV.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="With a mapping: print each row as one line of JSON.")
    ] = False,
) -> None:
    """Take in agreements made elsewhere, one a row, as declared by the owners of the technologies.

    The same row twice is one agreement. Exit code: 0 all rows taken; 1 some refused, named on stderr; 2 unreadable.
    """
    if mapping is not None:
        told = read_mapping(mapping.read_bytes())
        take_in_table(file, told, email=email, dry_run=dry_run, errors=errors, as_json=as_json)
    from ipx.licences.agreement_rows import rows_of

    refused = taken = known = 0
    with _intake(dry_run=dry_run) as take:
        for row in rows_of(_text(file)):
            try:
                is_new = take(row)
            except (Invalid, Conflict, NotFound) as error:
                refused += 1
                column = f", {error.field}" if isinstance(error, Invalid) and error.field else ""
                typer.echo(f"{file}, line {row.line}{column}: {error.message}", err=True)
            else:
                taken, known = taken + is_new, known + (not is_new)
    words = "would be declared" if dry_run else "declared"
    typer.echo(f"{taken} {words}, {known} known before, {refused} refused.", err=True)
    raise typer.Exit(1 if refused else 0)


def _text(path: Path) -> str:
    """Return the text of a file. Raises Invalid naming the file."""
    try:
        return path.read_text("utf-8-sig")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Invalid(f"{path} is not UTF-8; save it as CSV in UTF-8.") from error


class _Undo(Exception):
    """Takes a transaction back."""


@contextmanager
def _intake(*, dry_run: bool) -> Iterator["Callable[[AgreementRow], bool]"]:
    """Yield what takes one row in and tells whether it was new; a dry run is rolled back at its end."""
    from ipx.audit.service import THE_EXCHANGE
    from ipx.licences.service import LicenceService
    from ipx.migrate import bring_up_to_date
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    if exchange.settings.embedded:  # as `ipx run` does; elsewhere `ipx migrate` is the operator's
        bring_up_to_date(exchange.database)
    licences = exchange.services[LicenceService]
    assert isinstance(licences, LicenceService)
    with suppress(_Undo), exchange.database.write() as session:

        def take(row: "AgreementRow") -> bool:
            draft, technology_id = row.draft(), row.technology_id()
            return licences.declarations.take_in(session, technology_id=technology_id, draft=draft, by=THE_EXCHANGE)[1]

        yield take
        if dry_run:
            raise _Undo
