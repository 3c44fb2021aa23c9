"""The commands ``ipx verify`` and ``ipx evidence fuzz``.

They need no settings and no database, and must never send the file anywhere.
"""

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.evidence.certificate import facts_of, verify_document
from ipx.evidence.node import NodeReader
from ipx.evidence.time_stamps import read_roots
from ipx.evidence.verification import HOLDS, LEVELS, UNREADABLE, Verdict

if TYPE_CHECKING:
    from ipx.evidence.fuzz import Findings

EXIT_HOLDS, EXIT_REFUSED, EXIT_UNREADABLE = 0, 1, 2
_MARKS = {True: "holds      ", False: "FAILS      ", None: "not checked"}


def verify(
    bundle: Annotated[Path, typer.Argument(help="The bundle (.ipx-evidence.json) or the certificate (.pdf).")],
    file: Annotated[Path | None, typer.Option(help="The document that it is about.")] = None,
    require: Annotated[str | None, typer.Option(help="Fail below this level: content, header or chain.")] = None,
    rpc: Annotated[str | None, typer.Option(help="Address of any node of the chain (JSON-RPC).")] = None,
    tsa_roots: Annotated[
        Path | None,
        typer.Option(help="PEM file with the roots of time-stamp authorities that you trust, for the second clock."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the verdict as JSON.")] = False,
) -> None:
    """Check an evidence bundle, or a PDF certificate with the bundle inside.

    The verdict names its level: content (this content is under this root), header (the root is in this block header),
    chain (the block is on the chain; only this is called genuine).

    Exit code: 0 everything that could be checked holds; 1 refused, or the level required is not reached; 2 unreadable.

    Example: ipx verify invention.ipx-evidence.json --file invention.pdf --rpc http://127.0.0.1:8545 --require chain
    """
    if require is not None and require not in LEVELS:
        raise typer.BadParameter(f"choose one of {', '.join(LEVELS)}", param_hint="--require")
    try:
        data = bundle.read_bytes()
        digest = _sha256(file) if file else None
        chain = NodeReader(rpc) if rpc else None
        roots = read_roots(tsa_roots) if tsa_roots else []
    except (OSError, Unavailable, Invalid) as error:
        typer.echo(f"Unreadable: {error}", err=True)
        raise typer.Exit(EXIT_UNREADABLE) from error
    verdict = verify_document(data, file_sha256=digest, chain=chain, tsa_roots=roots)
    typer.echo(_as_json(verdict, require) if as_json else _as_text(verdict, require))
    raise typer.Exit(exit_code(verdict, require))


evidence = typer.Typer(help="Try the evidence, and those who check it.", no_args_is_help=True)


@evidence.callback()
def _group() -> None:
    """Try the evidence, and those who check it."""


@evidence.command("fuzz", epilog="Example: ipx evidence fuzz deposit.ipx-evidence.json -n 100000")
def fuzz_bundle(
    *,
    bundle: Annotated[Path, typer.Argument(help="A genuine bundle, or a certificate: the bundle in it is taken.")],
    count: Annotated[
        int, typer.Option("-n", min=0, help="Random mutations, after the sweep over every byte.")
    ] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed makes the same mutations.")] = 1,
    file: Annotated[Path | None, typer.Option(help="The document that it is about.")] = None,
    rpc: Annotated[str | None, typer.Option(help="Any node of the chain: then nothing at all may hold.")] = None,
    every_value: Annotated[bool, typer.Option("--every-value", help="Sweep over all 255 values of a byte.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the findings as JSON.")] = False,
) -> None:
    """Spoil a bundle in every byte and in N random ways; both verifiers must refuse each, at the same step.

    A mutation whose digest is computed again, as a forger would, can hold below the level chain: with --rpc it must be
    refused, without it is counted as one that needs a chain.

    Exit code: 0 everything was refused; 1 something was accepted or the verifiers disagree; 2 the bundle itself is not
    accepted or cannot be read.
    """
    from ipx.evidence import fuzz

    try:
        genuine = fuzz.bundle_in(bundle.read_bytes())
        judges = fuzz.verifiers(file_sha256=_sha256(file) if file else None, rpc=rpc)
        fuzz.check_genuine(genuine, judges, needs_chain=rpc is not None)
    except (OSError, Unavailable, Tampered) as error:
        typer.echo(f"Unreadable: {error}", err=True)
        raise typer.Exit(EXIT_UNREADABLE) from error
    mutations = fuzz.mutations_of(genuine, count=count, seed=seed, every_value=every_value)
    findings = fuzz.fuzz(mutations, judges, has_chain=rpc is not None)
    typer.echo(json.dumps(findings.record(), indent=2) if as_json else findings_as_text(findings))
    raise typer.Exit(EXIT_HOLDS if findings.is_good else EXIT_REFUSED)


def findings_as_text(findings: "Findings") -> str:
    """Return the findings as a table."""
    lines = [f"{kind:<38}{number:>9}" for kind, number in sorted(findings.by_kind.items())]
    lines += ["", *(f"refused at {step:<27}{number:>9}" for step, number in findings.by_step.most_common())]
    lines += [f"{'needs a chain to be refused (--rpc)':<38}{findings.needs_chain:>9}", ""]
    lines += [f"ACCEPTED  {words}" for words in findings.accepted]
    lines += [f"DISAGREED {words}" for words in findings.disagreed]
    rate = f"{findings.tried} mutations in {findings.seconds:.1f} s, {findings.per_second:.0f} a second"
    refused = f"{findings.refused} refused by both verifiers"
    return "\n".join([*lines, f"{rate}: {refused}, {len(findings.accepted)} accepted."])


def exit_code(verdict: Verdict, require: str | None) -> int:
    """Return the process's exit code for a verdict."""
    if verdict.outcome == UNREADABLE:
        return EXIT_UNREADABLE
    is_enough = verdict.outcome == HOLDS and (require is None or verdict.reaches(require))
    return EXIT_HOLDS if is_enough else EXIT_REFUSED


def _as_text(verdict: Verdict, require: str | None) -> str:
    lines = [f"{_MARKS[step.ok]}  {step.name:<11} {step.words}\n{'':<26}{step.detail}" for step in verdict.steps]
    if verdict.bundle is not None and verdict.outcome == HOLDS:
        lines += ["", *(f"{label + ':':<26}{value}" for label, value in facts_of(verdict.bundle))]
    lines += ["", verdict.summary]
    if verdict.outcome == HOLDS:
        lines.append("It does not prove who invented it, who owns it, that it is new, or that nobody had it earlier.")
    if require is not None and verdict.outcome == HOLDS and not verdict.reaches(require):
        lines.append(f"Refused: the level “{require}” was required, “{verdict.level}” was reached.")
    return "\n".join(lines).strip()


def _as_json(verdict: Verdict, require: str | None) -> str:
    record = {**verdict.record(), "required": require, "exit_code": exit_code(verdict, require)}
    return json.dumps(record, indent=2, ensure_ascii=False)


def _sha256(file: Path) -> bytes:
    with file.open("rb") as source:
        return hashlib.file_digest(source, "sha256").digest()
