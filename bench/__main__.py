"""`python -m bench`: starts an exchange in a temporary folder, measures, prints one table, leaves nothing behind."""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.custody import SIZES, measure_vault, rows_of
from bench.deposits import Anchors, Deposits, measure_anchors, measure_deposits
from bench.evidence import SENDERS, measure_bundle, measure_commitments, measure_tree
from bench.exchange import RunningExchange
from bench.gas import rows_of_gas
from bench.grants import rows_of_grants
from bench.matching import rows_of_matching
from bench.pages import CONNECTIONS, Rates, measure_page
from bench.people import Desk, arrive, publish
from bench.rebuild import measure_rebuild
from bench.rival import measure_rival
from bench.search import rows_of_search
from bench.vault import measure_rewraps, measure_streaming
from ipx.smoke.story import Story

Row = tuple[str, str, str]
DOCUMENTS = 100
LEAVES, RIVALS_LEAVES = 1_000_000, 100_000
STEADY = 1_000
LONGEST = 4096  # MiB
REWRAPS = 100_000
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
    with RunningExchange(folder, IPX_API_REQUESTS="10000000") as exchange:
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
        _say("sending commitments to the API")
        rows += _of_commitments(exchange, story)
        _say("loading a listing's page")
        rows.append(_of_page(measure_page(listing)))
        _say("playing the whole story")
        rows.append(_of_smoke(exchange.url))
    rows += _of_vault(folder)
    _say("comparing grants")
    rows += rows_of_grants()
    _say(f"building a tree of {LEAVES:,} leaves, and all proofs")
    rows += [*_of_evidence(), _of_rival(folder), *rows_of_gas()]
    _say("rebuilding titles and licences from logs")
    rows.append(_of_rebuild())
    rows += [*rows_of_matching(folder / "vectors", _say), *rows_of_search(folder / "search", _say)]
    _say("sealing into a folder and into Kubo, and ipfs add")
    for mebibytes in SIZES:
        rows += rows_of(measure_vault(folder / f"custody-{mebibytes}", mebibytes=mebibytes))
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


def _of_commitments(exchange: RunningExchange, story: Story) -> list[Row]:
    token = exchange.call("token", "create", "--email", f"institute-{story.suffix}@smoke.example").split()[-1]
    rows = []
    for at_once, count in ((1, 200), (10, 200), (100, 200)):
        found = measure_commitments(exchange.url, token, at_once=at_once, requests_to_send=count)
        figures = f"99 % of {SENDERS} senders' requests within {1000 * found.p99:.0f} ms, each synced to the disk"
        rows.append((f"commitments to the API, {at_once} a request", f"{found.per_second:,.0f} a second", figures))
    paced = measure_commitments(exchange.url, token, at_once=100, requests_to_send=200, per_second=STEADY)
    figures = f"99 % within {1000 * paced.p99:.0f} ms of the moment at which the request was due"
    rows.append((f"the same at a steady {STEADY:,} a second, 100 a request", f"{paced.per_second:,.0f}", figures))
    return rows


def _of_evidence() -> list[Row]:
    tree = measure_tree(LEAVES)
    both = tree.root_seconds + tree.proofs_seconds
    rows = [
        (
            f"root and all proofs of {tree.leaves:,} leaves",
            f"{both / tree.floor_seconds:.1f} × the hashing alone",
            f"root {tree.root_seconds:.1f} s, proofs {tree.proofs_seconds:.1f} s: {tree.leaves / both:,.0f} leaves/s",
        ),
    ]
    for leaves in (8, 1_000, 100_000, 1_000_000):
        proven = measure_bundle(leaves)
        figures = f"{proven.size} bytes without header and token; verified in {1000 * proven.seconds:.2f} ms"
        rows.append((f"evidence bundle of a leaf among {leaves:,}", f"{proven.size / 2048:.2f} of 2 KiB", figures))
    return rows


def _of_rival(folder: Path) -> Row:
    """Compare with a tree of as many leaves of ours, since its proofs take longer the more leaves there are."""
    ours, (root, proofs) = measure_tree(RIVALS_LEAVES), measure_rival(folder, RIVALS_LEAVES)
    mine = ours.root_seconds + ours.proofs_seconds
    speeds = f"{RIVALS_LEAVES / (root + proofs):,.0f} leaves/s (ours {RIVALS_LEAVES / mine:,.0f})"
    return (
        f"the same of {RIVALS_LEAVES:,} leaves, by pymerkle",
        f"ours takes 1/{(root + proofs) / mine:.0f} of the time",
        f"root {root:.1f} s, proofs {proofs:.1f} s: {speeds}",
    )


def _of_vault(folder: Path) -> list[Row]:
    _say(f"streaming a document of {LONGEST:,} MiB in and out")
    streamed = measure_streaming(folder / "stream", mebibytes=LONGEST)
    _say(f"wrapping {REWRAPS:,} values by the next key")
    rewrapped = measure_rewraps(folder / "keys", values=REWRAPS)
    return [
        (
            f"a confidential document of {LONGEST:,} MiB, in and out",
            f"{streamed.memory:.0f} MiB above idle (goal: under 64)",
            f"in {_speed(LONGEST, streamed.deposit_seconds)}; out {_speed(LONGEST, streamed.read_seconds)}",
        ),
        (
            f"{REWRAPS:,} values wrapped by an organisation's next key",
            "goal: under 60 s",
            f"{rewrapped.seconds:.1f} s, {rewrapped.memory:.0f} MiB above idle",
        ),
    ]


def _of_rebuild() -> Row:
    found = measure_rebuild()
    seconds = found.read_seconds + found.reduce_seconds
    return (
        f"{found.tokens:,} titles and licences rebuilt from {found.events:,} events",
        "goal: under 60 s",
        f"{seconds:.1f} s: read and decoded in {found.read_seconds:.1f}, reduced in {found.reduce_seconds:.1f}",
    )


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
