"""The parts of ``ipx audit verify`` and ``ipx log verify`` that need no settings and no database of ours."""

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import typer

from ipx.core.canonical import Json, decode
from ipx.core.errors import Tampered, Unavailable
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED, EXIT_UNREADABLE
from ipx.evidence.log_chain import ChainAnchor, Difference, ListedBatch, check_heads, compare
from ipx.evidence.log_reader import LogReader
from ipx.evidence.log_verification import Finding, verify_proof
from ipx.evidence.node import TIMEOUT_SECONDS
from ipx.evidence.transparency import FORMAT as LISTING
from ipx.evidence.verification import ChainReader

_MARKS = {True: "holds      ", False: "FAILS      ", None: "not checked"}


def verify_file(file: Path, chain: ChainReader | None, *, as_json: bool) -> int:
    """Check a proof about our logs, alone or in a history's export; print it and return the exit code."""
    try:
        content = decode(file.read_bytes())
    except (OSError, Tampered) as error:
        typer.echo(f"Unreadable: {error}", err=True)
        return EXIT_UNREADABLE
    proof = content.get("audit_proof", content) if isinstance(content, dict) else content
    if proof is None:
        typer.echo("Unreadable: this history was exported before a head of the log was in a block.", err=True)
        return EXIT_UNREADABLE
    return _told(verify_proof(proof, chain=chain), as_json=as_json)


def read_listing(where: str) -> tuple[int, list[ListedBatch]]:
    """Read ``transparency.json`` from a file or an address; return its chain id and its batches.

    Raises Tampered for another form, Unavailable when it cannot be had.
    """
    content = decode(_bytes_of(where))
    try:
        assert isinstance(content, dict)
        if content["format"] != LISTING:
            raise Tampered(f"It is of the format {content['format']}, not {LISTING}.")
        return int(content["chain_id"]), [_listed(batch) for batch in content["batches"]]
    except (AssertionError, KeyError, TypeError, ValueError) as error:
        raise Tampered(f"This is no list of batches of the form {LISTING}.") from error


def verify_log(
    reader: LogReader,
    *,
    contracts: list[str],
    sender: str | None,
    first: int,
    listing: Callable[[], list[ListedBatch]] | None,
    as_json: bool,
) -> int:
    """Verify every batch from the chain's logs alone, then compare with a list if there is one; return the exit code.

    The list is read after the chain, since a batch is in our table before it is on the chain. Raises Unavailable.
    """
    height, contracts = reader.height(), [contract.lower() for contract in contracts]
    for contract in contracts:
        if not reader.has_code(contract):
            raise Unavailable(f"There is no contract at {contract} on the chain of this node.")
    anchors = list(reader.anchors(contracts, sender=sender, first=first, last=height))
    found, listed = check_heads(anchors), None
    if listing is not None:
        listed = [batch for batch in listing() if batch.contract in contracts]
        senders = {sender.lower()} if sender else {batch.sender for batch in listed}
        own = [anchor for anchor in anchors if anchor.sender in senders]
        found += compare(own, [batch for batch in listed if batch.sender in senders], height=height)
    report = _report(anchors, found, listed, height)
    typer.echo(json.dumps(report, indent=2) if as_json else "\n".join(_sentences(report)))
    return EXIT_REFUSED if found else EXIT_HOLDS


def _report(
    anchors: list[ChainAnchor], found: list[Difference], listed: list[ListedBatch] | None, height: int
) -> dict[str, Any]:
    logs: dict[tuple[str, str], dict[str, Any]] = {}
    for anchor in anchors:
        start = {"contract": anchor.contract, "sender": anchor.sender, "batches": 0, "leaves": 0}
        log = logs.setdefault((anchor.contract, anchor.sender), {**start, "first_block": anchor.block_number})
        log.update(batches=log["batches"] + 1, leaves=log["leaves"] + anchor.size)
        log.update(last_block=anchor.block_number, head=anchor.head.hex())
    return {
        "holds": not found,
        "height": height,
        "logs": list(logs.values()),
        "compared_with": None if listed is None else len(listed),
        "differences": [dict(difference.__dict__) for difference in found],
    }


def _sentences(report: dict[str, Any]) -> list[str]:
    said = [
        f"{log['sender']} at {log['contract']}: {log['batches']} batches with {log['leaves']} leaves, from block "
        f"{log['first_block']} to {log['last_block']}; the newest head is {log['head']}."
        for log in report["logs"]
    ] or [f"There is no batch up to block {report['height']}."]
    said += [f"FAILS ({found['kind']} {found['subject']}): {found['words']}" for found in report["differences"]]
    if report["holds"]:
        said.append("Every head follows from the one before, from the first on: no gap, no fork.")
        compared = report["compared_with"]
        said += [] if compared is None else [f"The list of {compared} batches says the same as the chain."]
    return said


def _listed(batch: Any) -> ListedBatch:
    head, root = (bytes.fromhex(batch[name]) if batch[name] is not None else None for name in ("head", "root"))
    names = ("number", "contract", "sender", "size", "transaction", "block_number", "block_hash")
    is_anchored, is_final = batch["state"] in ("included", "final"), batch["state"] == "final"
    return ListedBatch(
        **{name: batch[name] for name in names}, head=head, root=root, is_anchored=is_anchored, is_final=is_final
    )


def _bytes_of(where: str) -> bytes:
    try:
        if urlsplit(where).scheme not in ("http", "https"):
            return Path(where).read_bytes()
        with urllib.request.urlopen(where, timeout=TIMEOUT_SECONDS) as answer:  # noqa: S310 - the scheme is checked
            return bytes(answer.read())
    except (OSError, ValueError) as error:
        raise Unavailable(f"The list of batches cannot be had: {error}") from error


def _told(findings: list[Finding], *, as_json: bool) -> int:
    holds = all(finding.ok is not False for finding in findings)
    if as_json:
        record: dict[str, Json] = {"holds": holds, "findings": [dict(finding.__dict__) for finding in findings]}
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(f"{_MARKS[finding.ok]}  {finding.words}" for finding in findings))
    return EXIT_HOLDS if holds else EXIT_REFUSED
