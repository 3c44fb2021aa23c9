"""``ipx audit rebuild`` (from the contracts' logs alone: no table of ours is opened) and ``ipx audit check``."""

import json
import math
import os
import secrets
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.adapters.evm.deployment import Deployment, read_deployment
from ipx.core.errors import Invalid
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED
from ipx.history.rebuild.openings import matched, read_openings
from ipx.history.rebuild.output import as_json, sentences
from ipx.history.rebuild.reader import Registries, RegistryReader
from ipx.history.rebuild.rebuilding import Rebuilt, rebuild, registries_at
from ipx.history.rules import ExportForm
from ipx.outside import deployments_folder
from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.history.check.records import CheckReport
    from ipx.history.service import HistoryService
    from ipx.wiring import Exchange


def audit_rebuild(
    *,
    rpc: Annotated[str, typer.Option(help="Address of any node of the chain (JSON-RPC).")],
    contract: Annotated[
        list[str] | None,
        typer.Option(help="Address of a LicenceRegistry; repeat it for each generation. Else the known deployment."),
    ] = None,
    from_block: Annotated[
        int | None, typer.Option(help="Begin here; else where the oldest was deployed, or 0.")
    ] = None,
    openings: Annotated[Path | None, typer.Option(help="Folder with openings that you hold (ipx/opening/v1).")] = None,
    as_of: Annotated[
        str | None, typer.Option(help="The date in question: 2026-11-28, or with a time; else now.")
    ] = None,
    known_at: Annotated[str | None, typer.Option(help="Only what was on the chain by then counts; else now.")] = None,
    as_json_text: Annotated[bool, typer.Option("--json", help="Print JSON (docs/spec/rebuild.md).")] = False,
) -> None:
    """Rebuild titles and licences from the contracts' logs alone, for any date, as known at any later date.

    Exit code: 0 the logs are whole; 1 they contradict each other or the contracts; 2 unreadable.
    """
    reader = RegistryReader(rpc)
    registries = _registries(reader, contract, from_block)
    rebuilt = rebuild(reader, registries)
    latest = _latest(rebuilt)
    record = rebuilt.record(as_of=moment(as_of, latest), known_at=moment(known_at, latest))
    held, unread = read_openings(openings) if openings else ([], {})
    fitting, others = matched(held, record)
    unused = {**unread, **{opening.file: "It opens nothing that is on the chain." for opening in others}}
    content = as_json(
        record,
        rebuilt.tip,
        chain_id=rebuilt.chain_id,
        contradictions=rebuilt.contradictions,
        openings=fitting,
        unused=unused,
    )
    typer.echo(json.dumps(content, indent=2, ensure_ascii=False) if as_json_text else "\n".join(sentences(content)))
    raise typer.Exit(EXIT_HOLDS if content["holds"] else EXIT_REFUSED)


def audit_check(
    *,
    rpc: Annotated[str | None, typer.Option(help="Address of a node of the chain; else the exchange's own.")] = None,
    as_json_text: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare our tables with the chain, with what was signed and with the anchored heads; name every difference.

    Exit code: 0 nothing differs; 1 something does; 2 the check could not be made.
    """
    from ipx.outside import chain_address
    from ipx.wiring import build_exchange

    settings = read_settings(os.environ)
    exchange = build_exchange(settings)
    reader = RegistryReader(rpc or chain_address(settings))
    report = check_tables(exchange, reader)
    exchange.database.dispose()
    typer.echo(json.dumps(report.record(), indent=2) if as_json_text else "\n".join(report.sentences()))
    raise typer.Exit(EXIT_HOLDS if report.holds else EXIT_REFUSED)


def check_tables(exchange: "Exchange", reader: RegistryReader) -> "CheckReport":
    """Check an exchange's tables. Raises Unavailable, Tampered, Invalid without a deployment."""
    history = _history(exchange)
    deployment = read_deployment(deployments_folder(exchange.settings), reader.chain_id())
    with exchange.database.read() as session:
        return history.check_tables(
            session,
            reader=reader,
            registries=registries_of(deployment),
            log_contracts=[one.contracts["EvidenceLog"].address.lower() for one in deployment.generations],
        )


def audit_report(
    *,
    technology: Annotated[str | None, typer.Option(help="Id of a technology.")] = None,
    organisation: Annotated[str | None, typer.Option(help="Id of an organisation: its whole portfolio.")] = None,
    as_of: Annotated[str | None, typer.Option(help="The date in question; else now.")] = None,
    begin: Annotated[str | None, typer.Option("--from", help="List what changed from this date on …")] = None,
    end: Annotated[str | None, typer.Option("--to", help="… to this date, and what was so on it.")] = None,
    sample: Annotated[int | None, typer.Option(help="Draw so many lines at random for the reviewer.", min=1)] = None,
    seed: Annotated[int | None, typer.Option(help="Repeat the sample with this seed; else one is drawn.")] = None,
    form: Annotated[ExportForm, typer.Option("--format", help="pdf, csv or json.")] = ExportForm.JSON,
    output: Annotated[Path | None, typer.Option(help="Write here; else to the standard output.")] = None,
    rpc: Annotated[str | None, typer.Option(help="Address of a node of the chain; else the exchange's own.")] = None,
) -> None:
    """Report owners, shares, encumbrances, grants in force and who could open what, each line with its proof.

    For the operator. Exit code: 0; 2 when there is no such technology or organisation, or no node.
    """
    from ipx.history.report.output import as_file
    from ipx.history.report.records import Period
    from ipx.outside import chain_address
    from ipx.wiring import build_exchange

    if (technology is None) == (organisation is None):
        raise Invalid("Name either a technology (--technology) or an organisation (--organisation).")
    if (begin is None) != (end is None) or (as_of and begin):
        raise Invalid("Give a date (--as-of), or a period (--from and --to).")
    settings = read_settings(os.environ)
    exchange, reader = build_exchange(settings), RegistryReader(rpc or chain_address(settings))
    rebuilt = rebuild(reader, registries_of(read_deployment(deployments_folder(settings), reader.chain_id())))
    history = _history(exchange)
    chosen = (sample, secrets.randbits(32) if seed is None else seed) if sample else None
    with exchange.database.read() as session:
        report = history.reports.report(
            session,
            source=rebuilt,
            technology_id=technology,
            organisation_id=organisation,
            period=Period(_day_begin(begin), datetime.fromtimestamp(moment(end or as_of, _latest(rebuilt)), UTC)),
            sample=chosen,
        )
    exchange.database.dispose()
    _hand_over(as_file(report, form), output)


def _latest(rebuilt: Rebuilt) -> int:
    """Return now in whole seconds, not before anything that has happened: a chain's clock may be ahead of ours."""
    return max(math.ceil(time.time()), rebuilt.tip.time)


def _history(exchange: "Exchange") -> "HistoryService":
    from ipx.history.service import HistoryService

    history = exchange.services[HistoryService]
    assert isinstance(history, HistoryService)
    return history


def _hand_over(body: bytes, output: Path | None) -> None:
    if output is None:
        typer.echo(body, nl=False)
        return
    output.write_bytes(body)
    typer.echo(f"Written to {output}.", err=True)


def _day_begin(text: str | None) -> datetime | None:
    """Return the first second of a day, or the moment that a text with a time says."""
    if text is None:
        return None
    last = moment(text, 0)
    return datetime.fromtimestamp(last + 1 - 86_400 if len(text) == len("2026-11-28") else last, UTC)


def moment(text: str | None, otherwise: int) -> int:
    """Return a date or a date with a time as Unix seconds; a date means its last second, UTC. Raises Invalid."""
    if text is None:
        return otherwise
    try:
        if len(text) == len("2026-11-28"):
            day = datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
            return int((day + timedelta(days=1)).timestamp()) - 1
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise Invalid(f"{text} is no date; write 2026-11-28 or 2026-11-28T12:00:00Z.") from error
    return int((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp())


def _registries(reader: RegistryReader, contracts: list[str] | None, first_block: int | None) -> Registries:
    if contracts:
        return registries_at(reader, contracts, first_block=first_block or 0)
    found = registries_of(read_deployment(deployments_folder(read_settings(os.environ)), reader.chain_id()))
    return found if first_block is None else Registries(found.title_registry_of, (), first_block)


def registries_of(deployment: Deployment) -> Registries:
    """Return the registries of all generations. Raises Invalid when nothing is deployed that we know of."""
    generations = deployment.generations
    if not generations:
        words = f"No deployment on chain {deployment.chain_id} is known here: name the LicenceRegistry with --contract."
        raise Invalid(words)
    pairs = {one.contracts["LicenceRegistry"]: one.contracts["TitleRegistry"] for one in generations}
    first = min(titles.block for titles in pairs.values())
    return Registries({one.address.lower(): two.address.lower() for one, two in pairs.items()}, (), first)
