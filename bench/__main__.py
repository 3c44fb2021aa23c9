"""`python -m bench`: starts an exchange in a temporary folder, measures, prints one table, leaves nothing behind."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.deposits import Anchors, Deposits, measure_anchors, measure_deposits
from bench.exchange import RunningExchange
from bench.pages import CONNECTIONS, Rates, measure_page
from bench.people import Desk, arrive, publish

Row = tuple[str, str, str]
DOCUMENTS = 100
WIDTH = 150  # where there is no terminal to say one


def main() -> None:
    """Measure one thing after the other; the table comes at the end."""
    with tempfile.TemporaryDirectory(prefix="ipx-bench-") as name:
        rows = measure(Path(name))
    table = Table(title="IPX, measured on this machine (ratios compare with the same machine a moment before or after)")
    for heading in ("what", "ratio", "figures"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(*row)
    Console(width=None if sys.stdout.isatty() else WIDTH).print(table)


def measure(folder: Path) -> list[Row]:
    """Return the rows of the table."""
    with RunningExchange(folder) as exchange:
        _say("signing up, publishing a listing")
        story = arrive(exchange.url)
        listing = exchange.url + publish(story)
        desk = Desk.of(story)
        rows = []
        for mebibytes, runs in ((1, 15), (100, 3)):
            _say(f"depositing {runs} files of {mebibytes} MiB")
            rows.append(_of_deposits(measure_deposits(desk, folder, mebibytes=mebibytes, runs=runs)))
        _say(f"depositing {DOCUMENTS} small documents")
        database = exchange.data_dir / "ipx.sqlite3"
        rows += _of_anchors(measure_anchors(desk, database, folder, documents=DOCUMENTS))
        _say("loading a listing's page")
        rows.append(_of_page(measure_page(listing)))
        _say("playing the whole story")
        rows.append(_of_smoke(exchange.url))
    return rows


def _of_deposits(found: Deposits) -> Row:
    return (
        f"deposit of {found.mebibytes} MiB over HTTP, confidential (median of {found.runs})",
        f"{found.seconds / found.floor_seconds:.1f} × sha256 + write + fsync",
        f"{_speed(found.mebibytes, found.seconds)} (plainly: {_speed(found.mebibytes, found.floor_seconds)})",
    )


def _of_anchors(found: Anchors) -> list[Row]:
    per_transaction, gas = found.documents / found.transactions, found.gas / found.transactions
    return [
        (
            f"anchoring {found.documents} small deposits",
            f"{per_transaction:.1f} documents a transaction",
            f"transactions: {found.transactions}, of {gas:,.0f} gas each; {gas / per_transaction:,.0f} gas a document",
        ),
        (
            f"{found.documents} deposits of 4 KiB, 8 at once",
            "",
            f"{found.documents / found.seconds:.0f} a second",
        ),
    ]


def _of_page(found: Rates) -> Row:
    return (
        f"listing page, signed out, {CONNECTIONS} connections",
        f"{found.page / found.bare:.2f} of a bare Flask view",
        f"{found.page:.0f} requests/s of {found.page_bytes / 1024:.0f} KiB (bare: {found.bare:.0f} requests/s)",
    )


def _of_smoke(url: str) -> Row:
    began = time.perf_counter()
    command = [str(Path(sys.executable).with_name("ipx")), "smoke", "--url", url]
    played = subprocess.run(command, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - began
    last = (played.stdout.strip() or played.stderr.strip()).splitlines()[-1]
    return "ipx smoke, the whole story", "", f"{seconds:.1f} s: {last}"


def _speed(mebibytes: int, seconds: float) -> str:
    return f"{mebibytes / seconds:.1f} MiB/s, {seconds:.3f} s"


def _say(what: str) -> None:
    print(f"… {what}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
