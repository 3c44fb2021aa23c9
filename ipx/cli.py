"""The `ipx` command. Each command opens what it needs, does one thing, and says what it did."""

import json
import os
import sys
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import ExchangeError, Invalid
from ipx.settings import Settings, read_settings

if TYPE_CHECKING:
    from ipx.evidence.log_chain import ListedBatch

app = typer.Typer(
    help="IPX, the exchange for technology intellectual property.", no_args_is_help=True, pretty_exceptions_enable=False
)

audit = typer.Typer(help="The exchange's own logs, and their heads on the chain.", no_args_is_help=True)
app.add_typer(audit, name="audit")
log = typer.Typer(help="The log of batches on the chain.", no_args_is_help=True)
app.add_typer(log, name="log")


def _settings() -> Settings:
    return read_settings(os.environ)


@app.command(epilog="Example: IPX_PORT=8080 ipx run")
def run() -> None:
    """Start the whole exchange on this machine, with an embedded chain and demo data. Ctrl-C stops it."""
    settings = _settings()  # a wrong one is said at once
    from ipx.embedded import run as run_embedded

    raise typer.Exit(run_embedded(settings))


@app.command(epilog="Example: ipx serve --workers 4")
def serve(
    *,
    workers: Annotated[int, typer.Option(help="Web processes; more than one needs PostgreSQL.")] = 1,
    with_worker: Annotated[
        bool, typer.Option("--with-worker", help="Do the background work in the web process.")
    ] = False,
    as_child: Annotated[bool, typer.Option("--as-child", hidden=True)] = False,
) -> None:
    """Serve the web pages and the API."""
    settings = _settings()
    from ipx.server import serve as serve_web

    serve_web(settings, workers=workers, with_worker=with_worker, as_child=as_child)


@app.command(epilog="Example: ipx worker --name one")
def worker(
    *,
    name: Annotated[
        str, typer.Option(help="A name that stays the same over restarts: unfinished work is resumed by it.")
    ] = "one",
) -> None:
    """Do the background work: durable workflows, the chain relay, the batcher."""
    from ipx.wiring import build_exchange
    from ipx.worker import work

    work(build_exchange(_settings()), name=name)


@app.command(epilog="Example: ipx migrate")
def migrate() -> None:
    """Bring the database to the newest schema."""
    from ipx.db.session import Database
    from ipx.migrate import bring_up_to_date

    bring_up_to_date(Database(_settings().database_url))
    typer.echo("The database is up to date.")


@app.command(epilog="Example: ipx deploy --rectifier 0x… --rectifier 0x… --rectifier 0x… --threshold 2 --delay-days 30")
def deploy(
    *,
    rectifier: Annotated[list[str], typer.Option(help="Address of an independent rectifier; repeat it for each.")],
    threshold: Annotated[int, typer.Option(help="How many rectifiers must agree.")] = 2,
    delay_days: Annotated[
        int, typer.Option(help="Days that a proposed rectification stays public before it counts.")
    ] = 30,
    new_generation: Annotated[
        bool, typer.Option("--new-generation", help="Deploy again; older ones stay readable.")
    ] = False,
) -> None:
    """Deploy the contracts to the chain of IPX_CHAIN_URL and write the deployment down. Repeatable."""
    from ipx.adapters.evm.deploy import Deployer, RectifierPlan
    from ipx.adapters.evm.rpc import Rpc
    from ipx.outside import own_deployments, relayer_key

    settings = _settings()
    deployer = Deployer(Rpc(settings.chain_url or ""), folder=own_deployments(settings), key=relayer_key(settings))
    plan = RectifierPlan(rectifiers=rectifier, threshold=threshold, delay=delay_days * 86_400)
    deployment = deployer.deploy(plan, new_generation=new_generation)
    typer.echo(f"Deployed; written to {own_deployments(settings)}. Generations: {len(deployment.generations)}")


@app.command(epilog="Example: ipx doctor --json")
def doctor(*, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False) -> None:
    """Check every dependency and say what is missing."""
    from ipx.doctor import examine
    from ipx.wiring import build_exchange

    findings = examine(build_exchange(_settings()))
    if as_json:
        typer.echo(json.dumps([finding.__dict__ for finding in findings], indent=2))
    else:
        for finding in findings:
            typer.echo(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.name:10} {finding.line}")
    raise typer.Exit(0 if all(finding.ok for finding in findings) else 1)


@app.command(epilog="Example: ipx reindex")
def reindex() -> None:
    """Rebuild the search index from the database."""
    from ipx.matching.service import SearchService
    from ipx.migrate import refuse_without_schema
    from ipx.wiring import build_exchange

    exchange = build_exchange(_settings())
    refuse_without_schema(exchange.database)
    search = exchange.services[SearchService]
    assert isinstance(search, SearchService)
    with exchange.database.read() as session:
        count = search.rebuild(session)
    typer.echo(f"{count} documents are in the index.")


@audit.command("verify", epilog="Example: ipx audit verify history.json --rpc http://127.0.0.1:8545")
def audit_verify(
    file: Annotated[
        Path | None, typer.Argument(help="A proof, or a history exported as JSON. Without it: this database.")
    ] = None,
    *,
    rpc: Annotated[str | None, typer.Option(help="Address of any node of the chain (JSON-RPC).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check our own logs against their heads on the chain: who edits history and computes every hash anew is found out.

    Exit code: 0 everything that could be checked holds; 1 refused, naming what does not hold; 2 unreadable.
    """
    from ipx.evidence.log_commands import verify_file
    from ipx.evidence.node import NodeReader
    from ipx.history.service import HistoryService
    from ipx.wiring import build_exchange

    chain = NodeReader(rpc) if rpc else None
    if file is not None:
        raise typer.Exit(verify_file(file, chain, as_json=as_json))
    exchange = build_exchange(_settings())
    history = exchange.services[HistoryService]
    assert isinstance(history, HistoryService)
    with exchange.database.read() as session:
        report = history.check_logs(session, chain=chain)
    typer.echo(json.dumps(report.record(), indent=2) if as_json else "\n".join(report.sentences()))
    raise typer.Exit(0 if report.holds else 1)


@log.command("verify", epilog="Example: ipx log verify --rpc http://127.0.0.1:8545 --transparency transparency.json")
def log_verify(
    *,
    rpc: Annotated[str, typer.Option(help="Address of any node of the chain (JSON-RPC).")],
    contract: Annotated[
        str | None, typer.Option(help="Address of EvidenceLog; else the deployment that we know, and our table.")
    ] = None,
    sender: Annotated[str | None, typer.Option(help="Only the batches that this account anchored.")] = None,
    from_block: Annotated[
        int | None, typer.Option(help="Begin here; else where the contract was deployed, or 0.")
    ] = None,
    transparency: Annotated[str | None, typer.Option(help="Compare with this transparency.json (file or URL).")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Verify every batch again from the chain's logs alone: heads chain from the first on, no gap, no fork.

    With --contract no table of ours is used. Exit code: 0 holds; 1 refused, naming what differs; 2 unreadable.
    """
    from ipx.evidence.log_commands import read_listing, verify_log
    from ipx.evidence.log_reader import LogReader

    reader = LogReader(rpc)
    contracts, first = ([contract], 0) if contract else _deployed_logs(reader.chain_id())
    listing = None if contract else _own_batches
    if transparency is not None:
        chain_id, batches = read_listing(transparency)
        if chain_id != reader.chain_id():
            raise Invalid(f"The list is of chain {chain_id}, the node is on chain {reader.chain_id()}.")
        listing = lambda: batches  # noqa: E731
    first = first if from_block is None else from_block
    raise typer.Exit(
        verify_log(reader, contracts=contracts, sender=sender, first=first, listing=listing, as_json=as_json)
    )


def _deployed_logs(chain_id: int) -> tuple[list[str], int]:
    """Return the addresses of all generations of EvidenceLog, and the block of the oldest."""
    from ipx.adapters.evm.deployment import read_deployment
    from ipx.outside import deployments_folder

    generations = read_deployment(deployments_folder(_settings()), chain_id).generations
    logs = [generation.contracts["EvidenceLog"] for generation in generations]
    if not logs:
        raise Invalid(f"No deployment on chain {chain_id} is known here: name the contract with --contract.")
    return [contract.address for contract in logs], min(contract.block for contract in logs)


def _own_batches() -> list["ListedBatch"]:
    from ipx.db.session import Database
    from ipx.evidence.transparency import Transparency

    database = Database(_settings().database_url)
    with database.read() as session:
        found = Transparency().listing(session)
    database.dispose()
    return found


@dataclass(frozen=True)
class _Elsewhere:
    """Commands that have a module of their own: one command with its example, or a group (``example`` None)."""

    module: str
    name: str
    example: str | None = None


# By the first word of a command line, in the order of `ipx --help`.
_ELSEWHERE = {
    "check": _Elsewhere("ipx.check_command", "check", "ipx check --repair"),
    "cid": _Elsewhere("ipx.cid_command", "cid", "ipx cid report.pdf.age"),
    "evidence": _Elsewhere("ipx.evidence.cli", "evidence"),
    "verify": _Elsewhere(
        "ipx.evidence.cli", "verify", "ipx verify deposit.ipx-evidence.json --file report.pdf --require chain"
    ),
    "token": _Elsewhere("ipx.token_commands", "app"),
    "vault": _Elsewhere("ipx.vault_commands", "app"),
    "licences": _Elsewhere("ipx.licence_commands", "app"),
    "match": _Elsewhere("ipx.match_commands", "app"),
    "quarantine": _Elsewhere("ipx.quarantine_commands", "app"),
    "import": _Elsewhere("ipx.import_commands", "app"),
    "stamp": _Elsewhere(
        "ipx.stamping.command", "stamp", "ipx stamp report.pdf --url https://exchange.example --wait final"
    ),
    "backup": _Elsewhere("ipx.backup.command", "backup", "ipx backup /backups/2026-11-28 --recipient age1…"),
    "restore": _Elsewhere("ipx.backup.command", "restore", "ipx restore /backups/2026-11-28 --identity key.txt"),
    "backups": _Elsewhere("ipx.backup.keeping_commands", "app"),
    "smoke": _Elsewhere("ipx.smoke.command", "smoke", "ipx smoke --url http://127.0.0.1:8000"),
}
_OWN = {"run", "serve", "worker", "migrate", "deploy", "doctor", "reindex", "log"}  # of this module: there already


def mount(first: str = "") -> None:
    """Add the commands that have modules of their own: the one of a first word, or all where it is no command's.

    What they stand on takes a second of a core to load, which `ipx run` and its server need not pay.
    """
    if first in _OWN:
        return
    is_known = first in _ELSEWHERE or first == "audit"
    for word in (first,) if is_known else ("audit", *_ELSEWHERE):
        _mount(word)


def _mount(word: str) -> None:
    if word == "audit":  # more commands of a group that is here
        _mount_audit()
        return
    found = _ELSEWHERE[word]
    command = getattr(import_module(found.module), found.name)
    if found.example is None:
        app.add_typer(command, name=word)
    else:
        app.command(epilog=f"Example: {found.example}")(command)


def _mount_audit() -> None:
    from ipx.audit_commands import audit_check, audit_rebuild, audit_report

    audit.command("rebuild", epilog="Example: ipx audit rebuild --rpc http://127.0.0.1:8545 --json")(audit_rebuild)
    audit.command("check", epilog="Example: ipx audit check --json")(audit_check)
    audit.command("report", epilog="Example: ipx audit report --organisation ID --format pdf --output report.pdf")(
        audit_report
    )


def main() -> None:
    """Run the command line; errors that we raise on purpose are one clear line, not a trace."""
    mount(*sys.argv[1:2])
    try:
        app()
    except ExchangeError as error:
        typer.echo(error.message, err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
