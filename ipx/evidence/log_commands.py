"""The parts of ``ipx audit verify`` and ``ipx log verify`` that need no settings and no database of ours."""

import json
from pathlib import Path

import typer

from ipx.core.canonical import Json, decode
from ipx.core.errors import Tampered
from ipx.evidence.cli import EXIT_HOLDS, EXIT_REFUSED, EXIT_UNREADABLE
from ipx.evidence.log_verification import Finding, verify_proof
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


def _told(findings: list[Finding], *, as_json: bool) -> int:
    holds = all(finding.ok is not False for finding in findings)
    if as_json:
        record: dict[str, Json] = {"holds": holds, "findings": [dict(finding.__dict__) for finding in findings]}
        typer.echo(json.dumps(record, indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(f"{_MARKS[finding.ok]}  {finding.words}" for finding in findings))
    return EXIT_HOLDS if holds else EXIT_REFUSED
