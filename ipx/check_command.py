"""``ipx check``: the operator's one look at whether database, chain, index and document stores agree."""

import json
import os
from typing import TYPE_CHECKING, Annotated

import typer

from ipx.settings import read_settings

if TYPE_CHECKING:
    from ipx.consistency import Part
    from ipx.wiring import Exchange


def check(
    *,
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend index and stores. Differences from the chain are only named.")
    ] = False,
    rpc: Annotated[str | None, typer.Option(help="Address of a node of the chain; else the exchange's own.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Hold database, chain, index and document stores against each other. The exchange may run meanwhile.

    Exit code: 0 all four agree (now); 1 something differs, or could not be checked.
    """
    from ipx.consistency import check_consistency
    from ipx.migrate import refuse_without_schema
    from ipx.wiring import build_exchange

    exchange = build_exchange(read_settings(os.environ))
    refuse_without_schema(exchange.database)
    exchange.durable.connect()
    try:
        parts = check_consistency(exchange, chain=lambda: chain_part(exchange, rpc), repair=repair)
    finally:
        exchange.durable.stop()
        exchange.database.dispose()
    typer.echo(json.dumps([_record(part) for part in parts], indent=2) if as_json else "\n".join(_lines(parts)))
    raise typer.Exit(0 if all(part.holds for part in parts) else 1)


def chain_part(exchange: "Exchange", rpc: str | None) -> "Part":
    """Compare our tables with the chain, as ``ipx audit check`` does. Raises Unavailable, Tampered."""
    from ipx.audit_commands import check_tables
    from ipx.consistency import Part
    from ipx.history.rebuild.reader import RegistryReader
    from ipx.outside import chain_address

    report = check_tables(exchange, RegistryReader(rpc or chain_address(exchange.settings)))
    compared = ", ".join(f"{count} {area}" for area, count in report.compared.items())
    differences = [" ".join((one.area, one.subject, one.field, one.words)) for one in report.differences]
    return Part("chain", f"compared up to block {report.height}: {compared}", differences)


def _record(part: "Part") -> dict[str, object]:
    return {
        "part": part.name,
        "holds": part.holds,
        "counted": part.counted,
        "repaired": part.repaired,
        "differences": list(part.differences),
    }


def _lines(parts: "list[Part]") -> list[str]:
    lines = []
    for part in parts:
        mended = f"; {part.repaired} repaired" if part.repaired else ""
        lines.append(f"{'ok     ' if part.holds else 'DIFFERS'}  {part.name:9} {part.counted}{mended}")
        lines += [f"         {'':9} {difference}" for difference in part.differences]
    return lines
