"""The command ``ipx stamp``. It needs no settings and no database, and must never send a file or its hash anywhere."""

import json
from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

from ipx.core import canonical
from ipx.core.errors import ExchangeError, Refused, Tampered, Unavailable
from ipx.stamping.client import Api
from ipx.stamping.jobs import Job, finish, prepare

EXIT_REFUSED, EXIT_UNAVAILABLE = 1, 2


class Wait(StrEnum):
    """How far a stamp must be for its evidence to be written."""

    INCLUDED = "included"
    FINAL = "final"


ENOUGH = {Wait.INCLUDED: ("included", "final"), Wait.FINAL: ("final",)}


def stamp(
    *,
    files: Annotated[list[Path], typer.Argument(help="Files of any size; they never leave this machine.")],
    url: Annotated[str, typer.Option(help="Address of the exchange.")],
    token: Annotated[str, typer.Option(envvar="IPX_TOKEN", help="Token of your account.", show_default=False)],
    wait: Annotated[Wait, typer.Option(help="How far a stamp must be for its evidence to be written.")] = Wait.FINAL,
    patience: Annotated[int, typer.Option(min=1, help="Seconds to wait for the exchange and its chain.")] = 3600,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Prove since when files exist, without showing them to anybody.

    Only commitments are sent: salted hashes that say nothing about a file. The evidence is written beside each file as
    FILE.ipx-evidence.json; until then FILE.ipx-stamp.json holds its salt. Killed at any moment, run it again.

    Exit code: 0 all have their evidence; 1 refused; 2 the exchange does not answer, or not in time.

    Example: ipx stamp report.pdf data.csv --url https://exchange.example --token ipx_…
    """
    try:
        api = Api(url, token.strip(), patience=patience)
        jobs = _prepared(list({file.resolve(): file for file in files}.values()), api.url, api.account())
        states = _stamped(api, [job for job in jobs if not job.is_done], wait)
    except ExchangeError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(EXIT_UNAVAILABLE if isinstance(error, Unavailable) else EXIT_REFUSED) from error
    except OSError as error:
        typer.echo(f"{error.filename}: {error.strerror}", err=True)
        raise typer.Exit(EXIT_REFUSED) from error
    typer.echo(_as_json(jobs, states) if as_json else _as_text(jobs, states))


def _prepared(files: Sequence[Path], exchange: str, owner: str) -> list[Job]:
    """Prepare all files; nothing is sent unless every one can be stamped."""
    jobs, problems = [], []
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        for file in files:
            task = progress.add_task(file.name, total=file.stat().st_size if file.is_file() else None)
            try:
                jobs.append(prepare(file, exchange=exchange, owner=owner, report=partial(progress.advance, task)))
            except (Refused, Tampered) as error:
                problems.append(error.message)
            progress.remove_task(task)
    if problems:
        raise Refused("\n".join([*problems, "Nothing was sent."]))
    return jobs


def _stamped(api: Api, jobs: Sequence[Job], wait: Wait) -> dict[str, str]:
    """Give the commitments, and write evidence as it comes; return the states by commitment."""
    if not jobs:
        return {}
    ids = api.give([job.stamp.commitment.hex() for job in jobs])
    waiting = {ids[job.stamp.commitment.hex()]: job for job in jobs}
    reached: dict[str, str] = {}

    def look() -> bool:
        states = api.states(list(waiting))
        ready = [stamp_id for stamp_id, state in states.items() if state in ENOUGH[wait]]
        for stamp_id, bundle in api.bundles(ready).items() if ready else ():
            job = waiting.pop(stamp_id)
            finish(job, canonical.encode(bundle))
            reached[job.stamp.commitment.hex()] = states[stamp_id]
        return not waiting

    with Console(stderr=True).status(f"Waiting until {len(jobs)} stamp(s) are {wait}"):
        api.wait_until(look)
    return reached


def _as_text(jobs: Sequence[Job], states: dict[str, str]) -> str:
    lines = [f"{job.file}: {_state(job, states)}, evidence in {job.evidence}" for job in jobs]
    return "\n".join(lines)


def _as_json(jobs: Sequence[Job], states: dict[str, str]) -> str:
    return json.dumps(
        [
            {
                "file": str(job.file),
                "evidence": str(job.evidence),
                "commitment": job.stamp.commitment.hex(),
                "state": _state(job, states),
            }
            for job in jobs
        ],
        indent=2,
        ensure_ascii=False,
    )


def _state(job: Job, states: dict[str, str]) -> str:
    return "stamped before" if job.is_done else states[job.stamp.commitment.hex()]
