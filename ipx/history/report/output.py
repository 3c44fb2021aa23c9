"""A report as a file: canonical JSON, CSV, and PDF with a place for the reviewer's hand. All hold the same lines."""

from datetime import UTC, datetime
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer

from ipx.core.canonical import Json, encode
from ipx.core.csv_table import written
from ipx.history.exports import MEDIA_TYPES
from ipx.history.report.records import AuditReport, Line
from ipx.history.rules import PLATFORM_RECORD_ONLY, ExportForm
from ipx.web.paper_parts import BODY, HASH, SMALL, STRONG, TITLE, facts_table, in_utc, lines_table, printed
from ipx.web.pdf_fonts import marked, register_fonts

FORMAT = "ipx/audit-report/v1"
NOTE = (
    "Ownership and grants are rebuilt from the contracts' logs; a line that says “platform record only” rests on the "
    "exchange's own audit log. A record here transfers nothing by itself and is no recordation at a patent office. "
    "Agreements made elsewhere are as their owner declared them; encumbrances by law are not in this report."
)
COLUMNS = ("number", "in_sample", "section", "technology", "subject", "what", "since", "until", "proof", "block")
WIDTHS = (10 * mm, 40 * mm, 60 * mm, 27 * mm, 33 * mm)
SIGN_OFF = ("Reviewer", "Lines checked", "Exceptions accepted, and why", "Date", "Signature")


def as_file(report: AuditReport, form: ExportForm) -> bytes:
    """Return the report in one form."""
    return {ExportForm.JSON: as_json, ExportForm.CSV: as_csv, ExportForm.PDF: as_pdf}[form](report)


def media_type(form: ExportForm) -> str:
    """Return the media type of a form."""
    return MEDIA_TYPES[form]


def as_json(report: AuditReport) -> bytes:
    """Return canonical JSON."""
    return encode(
        {
            "format": FORMAT,
            "note": NOTE,
            "subject": report.subject,
            "from": _iso(report.begin),
            "as_of": _iso(report.as_of),
            "made_at": _iso(report.made_at),
            "chain": {"id": report.chain_id, "height": report.height},
            "audit_head": report.audit_head,
            "lines": [_record(number, line) for number, line in report.numbered()],
            "exceptions": list(report.exceptions),
            "sample": {"seed": report.seed, "lines": list(report.sample)},
            "sign_off": dict.fromkeys(("reviewer", "date", "findings")),
        }
    )


def as_csv(report: AuditReport) -> bytes:
    """Return RFC 4180 in UTF-8 with its mark; exceptions stand after the lines, in rows of their own."""
    rows = []
    for number, line in report.numbered():
        chosen = "yes" if number in report.sample else ""
        cells = [str(number), chosen, str(line.section), line.technology_id, line.subject, line.what]
        cells += [_iso(line.since) or "", _iso(line.until) or "", line.proof, str(line.block or "")]
        rows.append(cells)
    rows += [["", "", "exception", "", "", words, "", "", "", ""] for words in report.exceptions]
    return written(COLUMNS, rows)


def as_pdf(report: AuditReport) -> bytes:
    """Return the report on paper with numbered pages."""
    register_fonts()
    chosen = ", ".join(str(number) for number in report.sample) or "none"
    facts = [
        ("About", marked(report.subject), BODY),
        ("As of", in_utc(report.as_of) + (f", changes from {in_utc(report.begin)}" if report.begin else ""), BODY),
        ("Made", f"{in_utc(report.made_at)}, {len(report.lines)} lines", BODY),
        ("Chain", f"{report.chain_id}, read up to block {report.height}", BODY),
        ("Sample", f"seed {report.seed}: lines {chosen}" if report.seed is not None else "none drawn", BODY),
        ("Audit head", report.audit_head, HASH),
    ]
    rows = [_row(number, line, is_chosen=number in report.sample) for number, line in report.numbered()]
    head = ("No.", "Subject", "What (UTC)", "Since, until", "Proof")
    story: list[Any] = [Paragraph("Audit report", TITLE), facts_table(facts), Spacer(0, 3 * mm)]
    story += [Paragraph(marked(NOTE), SMALL), Spacer(0, 4 * mm), lines_table(head, rows, WIDTHS, splits_rows=True)]
    story += [Spacer(0, 5 * mm), Paragraph("Exceptions", STRONG)]
    story += [Paragraph(marked(f"• {words}"), BODY) for words in report.exceptions] or [Paragraph("None.", BODY)]
    story += [Spacer(0, 6 * mm), Paragraph("Reviewer's sign-off", STRONG), Spacer(0, 2 * mm)]
    story.append(facts_table([(label, "_" * 60, BODY) for label in SIGN_OFF]))
    foot = f"IPX · made {in_utc(report.made_at)} UTC · audit head {report.audit_head[:16]}…"
    return printed(story, title=f"Audit report: {report.subject}", audit_head=report.audit_head, foot=foot)


def _record(number: int, line: Line) -> dict[str, Json]:
    return {
        "number": number,
        "section": str(line.section),
        "technology": line.technology_id,
        "subject": line.subject,
        "what": line.what,
        "since": _iso(line.since),
        "until": _iso(line.until),
        "proof": line.proof,
        "block": line.block,
        "transaction": line.transaction,
    }


def _row(number: int, line: Line, *, is_chosen: bool) -> list[Any]:
    mark = f"{number} ✓" if is_chosen else str(number)
    when = " – ".join(in_utc(moment) for moment in (line.since, line.until) if moment)
    proof = [Paragraph(f"block {line.block}" if line.block is not None else PLATFORM_RECORD_ONLY, BODY)]
    if line.transaction:
        proof.append(Paragraph(line.transaction, HASH))
    what = [Paragraph(marked(line.what), BODY)]
    subject = [Paragraph(str(line.section), STRONG), Paragraph(marked(line.subject), BODY)]
    return [Paragraph(marked(mark), BODY), subject, what, Paragraph(when, SMALL), proof]


def _iso(moment: datetime | None) -> str | None:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment else None
