"""How a history looks on paper. It must never state anything that is not in the history given."""

import io
from datetime import UTC, datetime
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ipx.history.records import TechnologyHistory, TimelineLine
from ipx.history.rules import PLATFORM_RECORD_ONLY, ProofKind
from ipx.web.pdf_fonts import BOLD, PLAIN, marked, register_fonts

MARGIN, WIDTHS = 18 * mm, (27 * mm, 71 * mm, 36 * mm, 35.5 * mm)
INK, QUIET, RULE = colors.HexColor("#1c1c1a"), colors.HexColor("#666660"), colors.HexColor("#d8d6d0")
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=8, leading=11, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.5, leading=9, textColor=QUIET)
# Hashes have no blank to break at.
HASH = ParagraphStyle("hash", parent=SMALL, wordWrap="CJK")
LABEL = ParagraphStyle("label", parent=SMALL, fontName=BOLD)
STRONG = ParagraphStyle("strong", parent=BODY, fontName=BOLD)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=15, leading=19, spaceAfter=2 * mm)
PROOF_NOTE = (
    "Every line is shown with its proof: the block of a contract's transaction, or the words "
    f"<b>{PLATFORM_RECORD_ONLY}</b>, where the exchange's own hash-chained record alone speaks for it."
)
TITLE_NOTE = "A record here transfers nothing by itself and is no recordation at a patent office."


def draw_history(history: TechnologyHistory) -> bytes:
    """Return the history as a PDF with numbered pages."""
    register_fonts()
    sink = io.BytesIO()
    document = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=f"History: {history.title}",
        author="IPX",
        subject=f"audit head {_audit_head(history)}",
        lang="en",
    )
    story = [*_head(history), Spacer(0, 5 * mm), _table(history)]
    document.build(story, canvasmaker=_canvas_of(history))
    return sink.getvalue()


def _head(history: TechnologyHistory) -> list[Any]:
    facts = [
        ("Technology", marked(history.title), BODY),
        ("Owner", marked(history.organisation), BODY),
        ("Made", f"{_moment(history.made_at)}, {len(history.lines)} lines", BODY),
        ("Chain", history.chain_in_words, BODY),
        ("Audit log", _audit_state(history), BODY),
        ("Audit head", _audit_head(history), HASH),
        ("Id", history.technology_id, HASH),
    ]
    rows = [[Paragraph(label, LABEL), Paragraph(value, style)] for label, value, style in facts]
    table = Table(rows, colWidths=(27 * mm, sum(WIDTHS) - 27 * mm), hAlign="LEFT")
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 1.5)]))
    notes = [Paragraph(note, SMALL) for note in (PROOF_NOTE, TITLE_NOTE)]
    return [Paragraph("History of a technology", TITLE), table, Spacer(0, 3 * mm), *notes]


def _audit_state(history: TechnologyHistory) -> str:
    audit = history.audit
    if audit is None:
        return "not verified"
    if audit.broken_at is None:
        return f"verified whole, {audit.lines} lines"
    return f"BROKEN at line {audit.broken_at} of {audit.lines}: nothing from there on is proven"


def _audit_head(history: TechnologyHistory) -> str:
    return history.audit.head if history.audit else "not verified"


def _table(history: TechnologyHistory) -> Table:
    head = [Paragraph(label, LABEL) for label in ("When (UTC)", "What", "Who", "Proof")]
    table = Table(
        [head, *(_row(line) for line in history.lines)], colWidths=WIDTHS, repeatRows=1, splitInRow=1, hAlign="LEFT"
    )
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LINEBELOW", (0, 0), (-1, 0), 0.7, INK),
                ("LINEBELOW", (0, 1), (-1, -1), 0.25, RULE),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("RIGHTPADDING", (0, 0), (-1, -1), 3 * mm),
                ("TOPPADDING", (0, 0), (-1, -1), 3),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
            ]
        )
    )
    return table


def _row(line: TimelineLine) -> list[Any]:
    what: list[Any] = [Paragraph(marked(line.what), BODY)]
    if line.transaction is not None:
        what.append(Paragraph(f"transaction {line.transaction}", HASH))
    who = [Paragraph(marked(line.actor), BODY)]
    if line.organisation not in line.actor:
        who.append(Paragraph(marked(line.organisation), SMALL))
    source = f"receipt {line.receipt_sequence}" if line.audit_sequence is None else f"audit line {line.audit_sequence}"
    proof_style = BODY if line.proof_kind is ProofKind.PLATFORM else STRONG
    proof = [Paragraph(line.proof_in_words, proof_style), Paragraph(source, SMALL)]
    return [Paragraph(_moment(line.at), BODY), what, who, proof]


def _canvas_of(history: TechnologyHistory) -> type[Canvas]:
    """Return a canvas that writes each page's foot when the number of pages is known."""

    class NumberedCanvas(Canvas):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - reportlab's name
            self._pages.append(dict(self.__dict__))
            self._startPage()  # type: ignore[attr-defined]

        def save(self) -> None:
            for page in self._pages:
                self.__dict__.update(page)
                _foot(self, history, len(self._pages))
                super().showPage()
            super().save()

    return NumberedCanvas


def _foot(canvas: Canvas, history: TechnologyHistory, pages: int) -> None:
    canvas.setFont(PLAIN, 6.5)
    canvas.setFillColor(QUIET)
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
    made = f"IPX · made {_moment(history.made_at)} UTC · audit head {_audit_head(history)[:16]}…"
    canvas.drawString(MARGIN, 10 * mm, made)
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {canvas.getPageNumber()} of {pages}")


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%d %b %Y, %H:%M:%S").lstrip("0")
