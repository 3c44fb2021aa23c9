"""The command ``ipx import uspto-xml``. Records go to stdout, one a line; everything else to stderr."""

import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.bibliography.records import BibliographicRecord
from ipx.import_commands.opening import opened
from ipx.settings import Settings, read_settings

if TYPE_CHECKING:
    from ipx.bibliography.uspto.record import PassedOver
    from ipx.bibliography.uspto.stream import Broken

Act = Callable[[Sequence[BibliographicRecord]], list[str]]
AT_ONCE = 100  # records of one transaction
Files = Annotated[list[Path], typer.Argument(exists=True, dir_okay=False, readable=True, help="Files of the USPTO.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")]


def uspto_xml(
    *,
    files: Files,
    dry_run: DryRun = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print each record as one line of JSON.")] = False,
) -> None:
    """Read grants (XML v4.0 to v4.7) and applications (v4.0 to v4.6) of the USPTO; weekly files too.

    Exit code: 0 all documents were read; 1 some could not be read, named on stderr; 2 the import itself failed.
    """
    count = _Count()
    settings = read_settings(os.environ)
    with _preview(settings) if dry_run else _intake(settings) as outcomes_of:
        for records in _batches(files, count):
            for record, outcome in zip(records, outcomes_of(records), strict=True):
                count.outcome(outcome)
                typer.echo(_line(record, outcome, as_json=as_json))
    typer.echo(count.sentence(dry_run=dry_run), err=True)
    raise typer.Exit(1 if count.broken else 0)


class _Count:
    """How many documents went which way; says at once what could not be read."""

    def __init__(self) -> None:
        self.broken = self.passed_over = 0
        self._outcomes: dict[str, int] = {}

    def outcome(self, outcome: str) -> None:
        """Count a record."""
        self._outcomes[outcome] = self._outcomes.get(outcome, 0) + 1

    def pass_over(self, path: Path, found: "PassedOver") -> None:
        """Count a document that is no patent document."""
        self.passed_over += 1
        typer.echo(f"{path}, document {found.place}: <{found.root}> is no grant and no application.", err=True)

    def break_(self, path: Path, found: "Broken") -> None:
        """Count a document that could not be read."""
        self.broken += 1
        typer.echo(f"{path}, document {found.place} was not read: {found.reason}.", err=True)

    def sentence(self, *, dry_run: bool) -> str:
        """Return the result in one line."""
        counts = ", ".join(f"{count} {outcome}" for outcome, count in sorted(self._outcomes.items())) or "no record"
        rest = f"{self.passed_over} passed over, {self.broken} not read."
        return f"{'Nothing was changed; would be: ' if dry_run else ''}{counts}; {rest}"


@contextmanager
def _intake(settings: Settings) -> Iterator[Act]:
    """Take records into the database, a transaction for each batch."""
    from ipx.audit.service import THE_EXCHANGE
    from ipx.bibliography.service import BibliographyService

    with opened(settings) as exchange:
        service = exchange.services[BibliographyService]
        assert isinstance(service, BibliographyService)

        def take_in(records: Sequence[BibliographicRecord]) -> list[str]:
            with exchange.database.write() as session:
                return [outcome.words for outcome in service.take_in(session, records, by=THE_EXCHANGE)]

        yield take_in


@contextmanager
def _preview(settings: Settings) -> Iterator[Act]:
    """Compare records with the database, where there is one; make none."""
    from sqlalchemy import make_url

    from ipx.bibliography.comparing import Change, compare, has_tables
    from ipx.db.session import Database

    def all_new(records: Sequence[BibliographicRecord]) -> list[str]:
        return [Change.ADDED.value for _ in records]

    url = make_url(settings.database_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").exists():
        yield all_new
        return
    database = Database(settings.database_url)

    def compared(records: Sequence[BibliographicRecord]) -> list[str]:
        with database.read() as session:
            return [outcome.words for outcome in compare(session, records)]

    try:
        with database.read() as session:
            is_ready = has_tables(session)
        yield compared if is_ready else all_new
    finally:
        database.dispose()


def _batches(files: Sequence[Path], count: _Count) -> Iterator[list[BibliographicRecord]]:
    from ipx.bibliography.uspto.record import PassedOver, records
    from ipx.bibliography.uspto.stream import Broken

    batch: list[BibliographicRecord] = []
    for path in files:
        with path.open("rb") as stream:
            for found in records(stream):
                if isinstance(found, Broken):
                    count.break_(path, found)
                elif isinstance(found, PassedOver):
                    count.pass_over(path, found)
                else:
                    batch.append(found)
                if len(batch) == AT_ONCE:
                    yield batch
                    batch = []
    if batch:
        yield batch


def _line(record: BibliographicRecord, outcome: str, *, as_json: bool) -> str:
    if as_json:
        return json.dumps({**record.document(), "import": outcome}, ensure_ascii=False)
    publication = record.publication
    title = record.titles[0].text if record.titles else "no title"
    return f"{publication.office} {publication.number} {publication.kind}  {publication.date}  {title}  ({outcome})"
