"""How the certificate looks on paper. It must never state anything that is not in the bundle or in the facts given."""

import io
import itertools
import re
from collections.abc import Sequence
from functools import partial
from typing import Any
from xml.sax.saxutils import escape

import segno
from reportlab.graphics.shapes import Drawing, Rect
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.platypus import PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ipx.evidence.bundle import Bundle
from ipx.evidence.certificate import ATTACHMENT, CertificateFacts, facts_of
from ipx.evidence.package import VERIFIER
from ipx.evidence.verification import moment
from ipx.web.pdf_fonts import BOLD, FAR, PLAIN, register_fonts

GREEK = "Symbol"  # every reader has it; FAR is for all that Vera lacks besides
INNER_WIDTH = 170 * mm - 12  # the frame keeps 6 points on each side
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=8.5, leading=12.5, spaceAfter=4)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7, leading=9, spaceAfter=0, wordWrap="CJK")
GREY = colors.HexColor("#555555")
LABEL = ParagraphStyle("label", parent=SMALL, textColor=GREY)
LEGAL = ParagraphStyle("legal", parent=BODY, fontSize=9, leading=14, spaceAfter=7)
HEADING = ParagraphStyle("heading", parent=BODY, fontName=BOLD, fontSize=9.5, spaceBefore=6, spaceAfter=3)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=16, leading=20, spaceAfter=6)

RULES = "Federal Rules of Evidence 902(13) and 902(14), 28 U.S.C. § 1746"
PROVES = (
    "Whoever made the commitment below had the document, or its SHA-256, not later than the time of the block. The "
    "document itself was not published, and nothing about it can be learned from the chain."
)
PROVES_NOT = (
    "It does not prove who invented or wrote it (inventorship), who owns it (ownership), that it is new (novelty), or "
    "that nobody had it earlier (priority). It is no filing at a patent office and replaces none."
)
CHECK = (
    "Keep the document unchanged: one changed byte gives another SHA-256. This PDF carries the evidence bundle as "
    "the attachment <i>{attachment}</i>. Check both on the page that the code opens (your browser hashes the "
    "document, it is not uploaded), or without us, with the attached program: <font name='{bold}'>python3 {program} "
    "CERTIFICATE --file DOCUMENT --rpc NODE</font>, where NODE is any node of the chain. The format is public. Only "
    "a check against the chain makes it genuine: a forger can print a page like this one. Show it only to people "
    "who may know that you have this document: it names the document's SHA-256 and the salt."
)
MEANINGS = (
    "<b>SHA-256</b>: the fingerprint of a file; nobody can make another file with the same one. <b>Commitment</b>: "
    "a number made of the fingerprint, a random salt and the owner's account; it tells nothing of the document, and "
    "nobody else can claim it. <b>Root</b>: the one number that stands for all commitments of a batch. "
    "<b>Block</b>: a page of the public chain with a time on it; the root is written there for everybody to see."
)
PENDING = (
    "The block is not final yet and could still vanish from the chain. If it does, the same root is anchored again; "
    "take a new certificate then."
)


SIMULATED = (
    "<b>A demonstration.</b> This exchange ran with a simulated chain: all of it works as it will, but it proves "
    "nothing to anybody."
)


def draw_page(bundle: Bundle, facts: CertificateFacts, declaration: Sequence[str]) -> bytes:
    """Return the pages as a PDF, without attachments; the declaration, if any, on a page of its own."""
    register_fonts()
    sink = io.BytesIO()
    document = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=16 * mm,
        bottomMargin=14 * mm,
        title=f"Certificate of evidence: {facts.title}",
        author="IPX",
        subject=bundle.value.hex(),
        invariant=1,
        lang="en",
    )
    foot = partial(_draw_foot, bundle)
    document.build(_story(bundle, facts, declaration), onFirstPage=foot, onLaterPages=foot)
    return sink.getvalue()


def _draw_foot(bundle: Bundle, canvas: Any, document: Any) -> None:
    canvas.setFont(PLAIN, 6.5)
    canvas.setFillColor(GREY)
    canvas.drawString(20 * mm + 6, 9 * mm, f"Commitment {bundle.value.hex()}")
    canvas.drawRightString(190 * mm - 6, 9 * mm, f"Page {document.page}")


def _story(bundle: Bundle, facts: CertificateFacts, declaration: Sequence[str]) -> list[Any]:
    when = moment(bundle.anchor.block_time)
    lead = f"{facts.document}, deposited by {facts.organisation}, existed on {when}."
    story: list[Any] = [
        _head(facts),
        Paragraph(_text(lead), BODY),
        *([Paragraph(SIMULATED, BODY)] if facts.is_simulated else []),
        *([] if facts.is_final else [Paragraph(PENDING, BODY)]),
        Paragraph("What this proves", HEADING),
        Paragraph(PROVES, BODY),
        Paragraph("What this does not prove", HEADING),
        Paragraph(PROVES_NOT, BODY),
        Paragraph("How to check it", HEADING),
        Paragraph(CHECK.format(attachment=ATTACHMENT, bold=BOLD, program=VERIFIER), BODY),
        Paragraph("The evidence", HEADING),
        _table(bundle),
        Spacer(0, 3 * mm),
        Paragraph(MEANINGS, SMALL),
    ]
    if declaration:
        note, *paragraphs, signature = declaration
        story += [PageBreak(), Paragraph("Draft of a declaration", TITLE), Paragraph(_text(RULES), LEGAL)]
        story += [Paragraph(_text(note), ParagraphStyle("note", parent=LEGAL, textColor=GREY))]
        story += [Paragraph(_text(paragraph), LEGAL) for paragraph in paragraphs]
        story += [Spacer(0, 14 * mm), Paragraph(_text(signature), LEGAL)]
    return story


def _head(facts: CertificateFacts) -> Table:
    left = [
        Paragraph("Certificate of evidence", TITLE),
        Paragraph(_text(facts.title), ParagraphStyle("name", parent=BODY, fontName=BOLD, fontSize=11, leading=14)),
        Paragraph(f"Check it at {_text(facts.verify_url)}", SMALL),
    ]
    table = Table([[left, _code(facts.verify_url)]], colWidths=[INNER_WIDTH - 30 * mm, 30 * mm], hAlign="LEFT")
    table.setStyle(TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)]))
    return table


def _table(bundle: Bundle) -> Table:
    rows = [[Paragraph(label, LABEL), Paragraph(_text(value), SMALL)] for label, value in facts_of(bundle)]
    table = Table(rows, colWidths=[42 * mm, INNER_WIDTH - 42 * mm], hAlign="LEFT")
    table.setStyle(
        TableStyle(
            [
                ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#cccccc")),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table


def _code(url: str) -> Drawing:
    """Return the QR code of an address, 28 mm wide with its quiet zone."""
    rows = [list(row) for row in segno.make(url, error="m", micro=False).matrix_iter(border=2)]
    side = 28 * mm / len(rows)
    drawing = Drawing(28 * mm, 28 * mm)
    for y, row in enumerate(rows):
        for x, dark in enumerate(row):
            if dark:
                below = (len(rows) - 1 - y) * side
                drawing.add(Rect(x * side, below, side, side, fillColor=colors.black, strokeColor=None))  # type: ignore[arg-type]
    return drawing


def _text(text: str) -> str:
    """Return text as paragraph markup; characters that the embedded font lacks are set in other fonts."""
    plain = " ".join(re.findall(r"[^\x00-\x1f]+", text))
    runs = itertools.groupby(plain, key=_font_for)
    return "".join(
        f'<font name="{font}">{escape("".join(run))}</font>' if font else escape("".join(run)) for font, run in runs
    )


def _font_for(character: str) -> str | None:
    font: Any = pdfmetrics.getFont(PLAIN)
    if character.isspace() or ord(character) in font.face.charToGlyph:
        return None
    return GREEK if "\u0370" <= character <= "\u03ff" else FAR
