"""The command ``ipx import csv``: a portfolio for somebody's organisation, or legal events, by a mapping.

Rows go to stdout, one a line; refused ones also to a table that can be mended and handed in again.
"""

import json
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.csv_mapping import ColumnMapping, read_mapping
from ipx.core.csv_table import Table
from ipx.core.errors import Invalid
from ipx.core.table_outcomes import RowChange, RowOutcome, errors_as_csv
from ipx.import_commands.opening import opened
from ipx.settings import read_settings

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from ipx.accounts.records import Actor
    from ipx.wiring import Exchange

PORTFOLIO, LEGAL_EVENTS, AGREEMENTS = "portfolio", "legal-events", "agreements"
Act = Callable[["Session", Table], list[RowOutcome]]
PersonsAct = Callable[["Session", "Actor", Table], Iterable[RowOutcome]]


def csv(
    *,
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="The table.")],
    mapping: Annotated[Path, typer.Option(exists=True, dir_okay=False, help="How its columns become fields (JSON).")],
    email: Annotated[
        str | None, typer.Option(help="For a portfolio or agreements: in whose name they are taken in.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    errors: Annotated[Path | None, typer.Option(help="Write the refused rows to this file, as CSV.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each row as one line of JSON.")] = False,
) -> None:
    """Take in a table, row by row: what is new is added, what differs is changed, the rest stays as it is.

    Exit code: 0 every row was taken; 1 some were refused, named on stderr; 2 the table or the mapping cannot be used.
    """
    told = read_mapping(mapping.read_bytes())
    take_in_table(file, told, email=email, dry_run=dry_run, errors=errors, as_json=as_json)


def take_in_table(
    file: Path, told: ColumnMapping, *, email: str | None, dry_run: bool, errors: Path | None, as_json: bool
) -> None:
    """Take a table in by a mapping, say what each row did, and exit as ``csv`` says."""
    with opened(read_settings(os.environ)) as exchange, file.open("rb") as stream:
        act = _act(exchange, told, email=email, is_preview=dry_run)
        with _session(exchange, is_preview=dry_run) as session:
            outcomes = act(session, Table(stream, delimiter=told.delimiter, encoding=told.encoding))
    for outcome in outcomes:
        _say(outcome, as_json=as_json)
    if errors is not None:
        errors.write_bytes(errors_as_csv(outcomes))
    _sum_up(outcomes, dry_run=dry_run)
    raise typer.Exit(1 if any(outcome.change is RowChange.REFUSED for outcome in outcomes) else 0)


def _act(exchange: "Exchange", mapping: ColumnMapping, *, email: str | None, is_preview: bool) -> Act:
    if mapping.into == PORTFOLIO:
        return _portfolio(exchange, mapping, email=email, is_preview=is_preview)
    if mapping.into == LEGAL_EVENTS:
        return _legal_events(exchange, mapping, is_preview=is_preview)
    if mapping.into == AGREEMENTS:
        return _agreements(exchange, mapping, email=email, is_preview=is_preview)
    known = f"“{PORTFOLIO}”, “{AGREEMENTS}” or “{LEGAL_EVENTS}”"
    raise Invalid(f"“into” of the mapping is {known}.", field="mapping")


def _portfolio(exchange: "Exchange", mapping: ColumnMapping, *, email: str | None, is_preview: bool) -> Act:
    from ipx.technologies.portfolio import Portfolios

    portfolios = exchange.services[Portfolios]
    assert isinstance(portfolios, Portfolios)
    todo = portfolios.preview if is_preview else portfolios.take_in
    return _in_the_name_of(
        exchange, email, lambda session, actor, table: todo(session, actor=actor, table=table, mapping=mapping)
    )


def _agreements(exchange: "Exchange", mapping: ColumnMapping, *, email: str | None, is_preview: bool) -> Act:
    from ipx.licences.agreement_tables import AgreementTables
    from ipx.licences.service import LicenceService
    from ipx.technologies.service import TechnologyService

    licences, technologies = exchange.services[LicenceService], exchange.services[TechnologyService]
    assert isinstance(licences, LicenceService)
    assert isinstance(technologies, TechnologyService)
    tables = AgreementTables(declarations=licences.declarations, technologies=technologies)
    todo = tables.preview if is_preview else tables.take_in
    return _in_the_name_of(
        exchange, email, lambda session, actor, table: todo(session, actor=actor, table=table, mapping=mapping)
    )


def _in_the_name_of(exchange: "Exchange", email: str | None, act: "PersonsAct") -> Act:
    """Return an act of the person with this address. Raises Invalid when nobody is named, or cannot act."""
    from ipx.accounts.service import AccountService

    if email is None:
        raise Invalid("This table belongs to an organisation: name a person of it with --email.")
    accounts = exchange.services[AccountService]
    assert isinstance(accounts, AccountService)

    def acting(session: "Session", table: Table) -> list[RowOutcome]:
        actor = accounts.actor(session, accounts.person_by_email(session, email))
        if actor is None:
            raise Invalid("This person cannot act: the address is not confirmed, or the person has left.")
        return list(act(session, actor, table))

    return acting


def _legal_events(exchange: "Exchange", mapping: ColumnMapping, *, is_preview: bool) -> Act:
    from ipx.audit.service import THE_EXCHANGE
    from ipx.bibliography.event_tables import EventTables
    from ipx.bibliography.service import BibliographyService

    bibliography = exchange.services[BibliographyService]
    assert isinstance(bibliography, BibliographyService)
    tables = EventTables(bibliography.events)

    def act(session: "Session", table: Table) -> list[RowOutcome]:
        found = tables.take_in(session, table, mapping, by=THE_EXCHANGE, is_preview=is_preview)
        return [
            RowOutcome(
                each.line,
                RowChange.REFUSED if each.message else RowChange.ADDED if each.is_new else RowChange.UNCHANGED,
                right=each.document,
                field=each.field,
                message=each.message,
            )
            for each in found
        ]

    return act


@contextmanager
def _session(exchange: "Exchange", *, is_preview: bool) -> Iterator["Session"]:
    with exchange.database.read() if is_preview else exchange.database.write() as session:
        yield session


def _say(outcome: RowOutcome, *, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps({**outcome.__dict__, "fields": list(outcome.fields)}, ensure_ascii=False))
    elif outcome.change is not RowChange.REFUSED:
        what = f": {', '.join(outcome.fields)}" if outcome.fields else ""
        names = " – ".join(name for name in (outcome.technology, outcome.right, outcome.holder) if name)
        typer.echo(f"line {outcome.line}  {names}  ({outcome.change}{what})")
    if outcome.change is RowChange.REFUSED:
        place = f", {outcome.field}" if outcome.field else ""
        typer.echo(f"Line {outcome.line}{place}: {outcome.message}", err=True)


def _sum_up(outcomes: list[RowOutcome], *, dry_run: bool) -> None:
    counts = {change: sum(outcome.change is change for outcome in outcomes) for change in RowChange}
    told = ", ".join(f"{count} {change}" for change, count in counts.items())
    typer.echo(f"{'Nothing was changed; would be: ' if dry_run else ''}{told}.", err=True)
