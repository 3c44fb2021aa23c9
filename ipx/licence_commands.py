"""The commands ``ipx licences …``, which compare grants given as files."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated

import typer

from ipx.core.errors import Invalid

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
