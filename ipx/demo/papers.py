"""Confidential documents of the demonstration as PDF. The same paper always gives the same bytes."""

from io import BytesIO
from typing import Any

from ipx.demo.inventions import Paper, Section

INVENTED = "Written for the demonstration of this exchange; organisations and results are invented."


def paper_pdf(paper: Paper, *, owner: str, technology: str) -> bytes:
    """Return the paper with a cover, its sections and their tables."""
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import getSampleStyleSheet
    from reportlab.lib.units import mm
    from reportlab.platypus import SimpleDocTemplate

    styles = getSampleStyleSheet()
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=A4,
        leftMargin=25 * mm,
        rightMargin=25 * mm,
        topMargin=25 * mm,
        bottomMargin=25 * mm,
        title=paper.title,
        author=owner,
        invariant=1,  # neither date nor random id: a resumed load deposits the same bytes
    )
    story = _cover(paper, owner, technology, styles)
    for number, section in enumerate(paper.sections, start=1):
        story += _section(section, number, styles)
    document.build(story, onFirstPage=_footer(owner), onLaterPages=_footer(owner))
    return out.getvalue()


def _cover(paper: Paper, owner: str, technology: str, styles: Any) -> list[Any]:
    from reportlab.platypus import PageBreak, Paragraph, Spacer

    contents = [
        Paragraph(f"{number}. {section.heading}", styles["Normal"])
        for number, section in enumerate(paper.sections, start=1)
    ]
    return [
        Spacer(1, 160),
        Paragraph("CONFIDENTIAL KNOW-HOW", styles["Heading4"]),
        Paragraph(paper.title, styles["Title"]),
        Paragraph(f"Belongs to: {technology}", styles["Normal"]),
        Paragraph(owner, styles["Normal"]),
        Spacer(1, 40),
        *contents,
        Spacer(1, 40),
        Paragraph(
            "Written for the demonstration of this exchange; organisations and results are invented.", styles["Italic"]
        ),
        PageBreak(),
    ]


def _section(section: Section, number: int, styles: Any) -> list[Any]:
    from reportlab.platypus import Paragraph, Spacer

    parts: list[Any] = [Paragraph(f"{number}. {section.heading}", styles["Heading2"])]
    parts += [Paragraph(paragraph, styles["BodyText"]) for paragraph in section.text]
    if section.table:
        parts += [Spacer(1, 8), _table(section, styles)]
    return [*parts, Spacer(1, 14)]


def _table(section: Section, styles: Any) -> Any:
    from reportlab.lib import colors
    from reportlab.platypus import Paragraph, Table, TableStyle

    rows = [[Paragraph(cell, styles["BodyText"]) for cell in row] for row in section.table]
    grid = ("GRID", (0, 0), (-1, -1), 0.4, colors.grey)
    head = ("BACKGROUND", (0, 0), (-1, 0), colors.whitesmoke)
    return Table(rows, style=TableStyle([grid, head]), repeatRows=1)


def _footer(owner: str) -> Any:
    def draw(canvas: Any, document: Any) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(70, 40, f"{owner} · confidential · page {document.page}")

    return draw
