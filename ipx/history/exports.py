"""A history as a file: CSV for a spreadsheet, canonical JSON for a program, PDF for paper.

All three hold the same lines, in the same order. A cell of the CSV must never be a formula.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from ipx.core.canonical import Json, encode
from ipx.core.csv_table import written
from ipx.history.paper import draw_history
from ipx.history.records import Export, TechnologyHistory, TimelineLine
from ipx.history.rules import ExportForm

FORMAT = "ipx/history/v1"
COLUMNS = (
    "number",
    "time_utc",
    "kind",
    "what",
    "who",
    "organisation",
    "proof",
    "transaction",
    "block",
    "chain",
    "audit_line",
    "receipt_line",
    "action",
)
MEDIA_TYPES = {
    ExportForm.CSV: "text/csv; charset=utf-8",
    ExportForm.JSON: "application/json",
    ExportForm.PDF: "application/pdf",
}
NOTE = (
    "A record here transfers nothing by itself and is no recordation at a patent office. A line marked “platform "
    "record only” rests on the exchange's own audit log or receipts."
)


def export(history: TechnologyHistory, form: ExportForm) -> Export:
    """Return the history in one form."""
    body = {ExportForm.CSV: as_csv, ExportForm.JSON: as_json, ExportForm.PDF: draw_history}[form](history)
    day = history.made_at.astimezone(UTC).date().isoformat()
    return Export(f"history-{history.technology_id}-{day}.{form}", MEDIA_TYPES[form], body)


def as_csv(history: TechnologyHistory) -> bytes:
    """Return RFC 4180 in UTF-8, with the mark that spreadsheets need to see that it is UTF-8."""
    lines = enumerate(history.lines, start=1)
    return written(COLUMNS, (_cells(number, line, history.chain_in_words) for number, line in lines))


def as_json(history: TechnologyHistory) -> bytes:
    """Return canonical JSON (docs/spec/canonical-json.md)."""
    lines: Sequence[Json] = [_record(line) for line in history.lines]
    check = history.audit
    audit: Json = {"lines": check.lines, "head": check.head, "broken_at": check.broken_at} if check else None
    return encode(
        {
            "format": FORMAT,
            "technology": {"id": history.technology_id, "title": history.title},
            "organisation": history.organisation,
            "made_at": _iso(history.made_at),
            "note": NOTE,
            "chain": {"id": history.chain_id, "simulated": history.is_simulated},
            "audit": audit,
            "audit_proof": history.audit_proof,
            "lines": lines,
        }
    )


def _record(line: TimelineLine) -> dict[str, Json]:
    return {
        "at": _iso(line.at),
        "kind": str(line.kind),
        "action": line.action,
        "what": line.what,
        "who": line.actor,
        "organisation": line.organisation,
        "proof": line.proof_in_words,
        "proof_kind": str(line.proof_kind),
        "transaction": line.transaction,
        "block": line.block,
        "stamp": line.stamp_state,
        "audit_line": line.audit_sequence,
        "receipt_line": line.receipt_sequence,
    }


def _cells(number: int, line: TimelineLine, chain: str) -> list[str]:
    numbers = (line.block, line.audit_sequence, line.receipt_sequence)
    block, audit_line, receipt_line = ("" if value is None else str(value) for value in numbers)
    return [
        str(number),
        _iso(line.at),
        str(line.kind),
        line.what,
        line.actor,
        line.organisation,
        line.proof_in_words,
        line.transaction or "",
        block,
        chain if line.transaction else "",
        audit_line,
        receipt_line,
        line.action,
    ]


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
