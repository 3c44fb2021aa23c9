"""What papers share: styles, numbered pages, moments and texts as they are printed."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from ipx.web.pdf_fonts import BOLD, PLAIN

MARGIN, LABEL_WIDTH = 18 * mm, 27 * mm
WIDTH = A4[0] - 2 * MARGIN
INK, QUIET, RULE = colors.HexColor("#1c1c1a"), colors.HexColor("#666660"), colors.HexColor("#d8d6d0")
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=8, leading=11, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=6.5, leading=9, textColor=QUIET)
# Hashes have no blank to break at.
HASH = ParagraphStyle("hash", parent=SMALL, wordWrap="CJK")
LABEL = ParagraphStyle("label", parent=SMALL, fontName=BOLD)
STRONG = ParagraphStyle("strong", parent=BODY, fontName=BOLD)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=15, leading=19, spaceAfter=2 * mm)


def printed(story: list[Any], *, title: str, audit_head: str, foot: str) -> bytes:
    """Return the parts of a paper as a PDF with numbered pages; fonts are registered before the parts are made."""
    sink = io.BytesIO()
    document = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=16 * mm,
        bottomMargin=18 * mm,
        title=title,
        author="IPX",
        subject=f"audit head {audit_head}",
        lang="en",
    )
    document.build(story, canvasmaker=numbered_canvas(foot))
    return sink.getvalue()


def facts_table(facts: Sequence[tuple[str, str, ParagraphStyle]]) -> Table:
    """Return labels with their values; values are paragraph markup."""
    rows = [[Paragraph(label, LABEL), Paragraph(value, style)] for label, value, style in facts]
    table = Table(rows, colWidths=(LABEL_WIDTH, WIDTH - LABEL_WIDTH), hAlign="LEFT")
    table.setStyle(TableStyle([("LEFTPADDING", (0, 0), (-1, -1), 0), ("TOPPADDING", (0, 0), (-1, -1), 1.5)]))
    return table


def lines_table(
    head: Sequence[str], rows: Sequence[list[Any]], widths: Sequence[float], *, splits_rows: bool = False
) -> Table:
    """Return a ruled table whose head is repeated on each page; ``splits_rows``: a row may be taller than a page."""
    labels = [Paragraph(label, LABEL) for label in head]
    table = Table([labels, *rows], colWidths=widths, repeatRows=1, splitInRow=int(splits_rows), hAlign="LEFT")
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


def numbered_canvas(foot: str) -> type[Canvas]:
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
                _draw_foot(self, foot, len(self._pages))
                super().showPage()
            super().save()

    return NumberedCanvas


def in_utc(moment: datetime) -> str:
    """Return a moment as it is printed; the paper says that it is UTC."""
    return moment.astimezone(UTC).strftime("%d %b %Y, %H:%M:%S").lstrip("0")


def _draw_foot(canvas: Canvas, foot: str, pages: int) -> None:
    canvas.setFont(PLAIN, 6.5)
    canvas.setFillColor(QUIET)
    canvas.setStrokeColor(RULE)
    canvas.line(MARGIN, 14 * mm, A4[0] - MARGIN, 14 * mm)
    canvas.drawString(MARGIN, 10 * mm, foot)
    canvas.drawRightString(A4[0] - MARGIN, 10 * mm, f"Page {canvas.getPageNumber()} of {pages}")
