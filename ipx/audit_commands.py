"""``ipx audit rebuild``: who holds and who may practise, from the contracts' logs alone. No table of ours is opened."""

import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from ipx.core.errors import Invalid
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED
from ipx.history.rebuild.openings import matched, read_openings
from ipx.history.rebuild.output import as_json, sentences
from ipx.history.rebuild.reader import Registries, RegistryReader
from ipx.history.rebuild.rebuilding import rebuild, registries_at
from ipx.settings import read_settings


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
    reader, now = RegistryReader(rpc), int(time.time())
    registries = _registries(reader, contract, from_block)
    rebuilt = rebuild(reader, registries)
    latest = max(now, rebuilt.tip.time)
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
    found = deployed_registries(reader.chain_id())
    return found if first_block is None else Registries(found.title_registry_of, (), first_block)


def deployed_registries(chain_id: int) -> Registries:
    """Return the registries of all generations that we know of. Raises Invalid when there is no deployment."""
    from ipx.adapters.evm.deployment import read_deployment
    from ipx.outside import deployments_folder

    generations = read_deployment(deployments_folder(read_settings(os.environ)), chain_id).generations
    if not generations:
        raise Invalid(f"No deployment on chain {chain_id} is known here: name the LicenceRegistry with --contract.")
    pairs = {
        generation.contracts["LicenceRegistry"].address.lower(): generation.contracts["TitleRegistry"].address.lower()
        for generation in generations
    }
    return Registries(pairs, (), min(generation.contracts["TitleRegistry"].block for generation in generations))
