"""The commands ``ipx licences …``, which compare grants given as files, and ``ipx import agreements``."""

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.licences.agreement_rows import AgreementRow

app = typer.Typer(help="Grants compared with each other, and what is left to grant.", no_args_is_help=True)

Existing = Annotated[Path, typer.Option(help="JSON array of terms, or of {id, terms, …}; docs/spec/grant-algebra.md.")]
At = Annotated[str | None, typer.Option(help="The day of asking, such as 2027-01-31; without it: today.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command(epilog="Example: ipx licences check --existing grants.json --proposed terms.json --json")
def check(
    *,
    existing: Existing,
    proposed: Annotated[Path, typer.Option(help="JSON of the proposed terms, or of {terms, …}.")],
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Compare a proposed grant with those that exist: conflict yes, no or undecided, and what they share.

    Exit code: 0 answered, whatever the answer; 2 unreadable.
    """
    from ipx.licences.algebra.conflicts import conflicts
    from ipx.licences.algebra.files import grant_from, grants_of
    from ipx.licences.algebra.reports import answer_json, fields_of
    from ipx.licences.algebra.words import answer_words, overlap_words, shortfall_words

    day = _day(at)
    grants = grants_of(_read(existing), at=day)
    wanted = grant_from(_read(proposed), id="proposed", at=day)
    answer = conflicts(wanted, grants)
    if as_json:
        typer.echo(json.dumps(answer_json(answer, proposed=wanted), indent=2, ensure_ascii=False))
    else:
        typer.echo(f"{answer.conflict}: {answer_words(answer)}")
        for overlap in answer.overlaps:
            words = overlap_words(overlap, fields=fields_of(wanted, overlap.grant))
            typer.echo(f"  {overlap.grant.id} ({overlap.truth}): {words}")
        for fall in answer.shortfalls:
            typer.echo(f"  {fall.parent} ({fall.truth}): {shortfall_words(fall)}")


@app.command(epilog="Example: ipx licences remaining --existing grants.json --json")
def remaining(
    *,
    existing: Existing,
    right: Annotated[str | None, typer.Option(help="The id of one right; without it: of all.")] = None,
    at: At = None,
    as_json: AsJson = False,
) -> None:
    """Say what can still be granted from a day on, exclusively or not."""
    from ipx.licences.algebra import remaining as algebra
    from ipx.licences.algebra.files import grants_of
    from ipx.licences.algebra.reports import remaining_json
    from ipx.licences.algebra.words import declared_words, piece_words

    day = _day(at)
    found = algebra.remaining(grants_of(_read(existing), at=day), at=day, right=right)
    if as_json:
        typer.echo(json.dumps(remaining_json(found), indent=2, ensure_ascii=False))
        return
    for piece in found.pieces:
        typer.echo(piece_words(piece, at=day))
    typer.echo(declared_words(found.declared))


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


def _day(text: str | None) -> date:
    if text is None:
        return datetime.now(UTC).date()
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text[:40]} is no day; write it like 2027-01-31.") from error


def _read(path: Path) -> object:
    """Return the JSON of a file. Raises Invalid naming the file."""
    try:
        value: object = json.loads(path.read_bytes())
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise Invalid(f"{path} is not JSON: {error}.") from error
    return value


def agreements(
    *,
    file: Annotated[
        Path, typer.Argument(help="CSV in UTF-8 with a header; docs/spec/grant-algebra.md names its columns.")
    ],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and judge every row; change nothing.")] = False,
) -> None:
    """Take in agreements made elsewhere, one a row, as declared by the owners of the technologies.

    The same row twice is one agreement. Exit code: 0 all rows taken; 1 some refused, named on stderr; 2 unreadable.
    """
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
