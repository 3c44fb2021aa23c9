"""Writes lines of text onto each page of a PDF, in the child: faint across the page, and small at its foot."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from ipx.adapters.sandbox.pdf import MOST_PAGES, opened
from ipx.adapters.sandbox.unfit import Unfit

NAME, FAR = "IpxMark", "STSong-Light"  # FAR is not embedded: for names that the other font lacks
DEEPEST = 100  # of a tree of pages
SMALLEST, LARGEST = 36.0, 14_400.0  # points; ISO 32000-2, annex C
_VERA = TTFont(NAME, str(Path(rl_config.__file__).parent / "fonts" / "Vera.ttf"))
pdfmetrics.registerFont(_VERA)
pdfmetrics.registerFont(UnicodeCIDFont(FAR))
_GLYPHS = _VERA.face.charToGlyph

Size = tuple[float, float]


def mark(content: bytes, job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the PDF with the job's ``lines`` on each page. Raises Unfit."""
    out = BytesIO()
    with opened(content) as pdf:
        if not 0 < len(pdf.pages) <= MOST_PAGES:
            raise Unfit("damaged" if len(pdf.pages) < 1 else "limit")
        marks: dict[Size, pikepdf.Object] = {}
        for page in pdf.pages:
            _mark_page(pdf, page, job["lines"], marks)
        pages = len(pdf.pages)
        pdf.save(out)
    made = out.getvalue()
    return {"pages": pages, "bytes": len(made)}, made


def _mark_page(pdf: pikepdf.Pdf, page: pikepdf.Page, lines: Sequence[str], marks: dict[Size, pikepdf.Object]) -> None:
    left, bottom, size, turned = _visible(page)
    if size not in marks:
        with pikepdf.open(BytesIO(_overlay(lines, size))) as made:
            marks[size] = pdf.copy_foreign(made.pages[0].as_form_xobject())
    # The page's own resources may be its parent's, or many pages': ours go into a copy of its own.
    page.obj.Resources = _copied(_own_or_inherited(page, "/Resources", pikepdf.Dictionary()), pdf)
    name = page.add_resource(marks[size], pikepdf.Name.XObject)
    page.contents_add(b"q\n", prepend=True)
    page.contents_add(f"\nQ\nq {turned} {left:.3f} {bottom:.3f} cm {name} Do Q\n".encode())


def _visible(page: pikepdf.Page) -> tuple[float, float, Size, str]:
    """Return where the corner of a mark goes, its size as the page is seen, and how it is turned (7.7.3.3)."""
    box = [float(edge) for edge in page.cropbox]
    left, right = sorted((box[0], box[2]))
    bottom, top = sorted((box[1], box[3]))
    width, height = right - left, top - bottom
    if not (min(width, height) >= SMALLEST and max(width, height) <= LARGEST):
        raise Unfit("damaged")
    turn = int(_own_or_inherited(page, "/Rotate", 0)) % 360
    if turn == 90:
        return right, bottom, (height, width), "0 1 -1 0"
    if turn == 180:
        return right, top, (width, height), "-1 0 0 -1"
    if turn == 270:
        return left, top, (height, width), "0 -1 1 0"
    return left, bottom, (width, height), "1 0 0 1"


def _own_or_inherited(page: pikepdf.Page, key: str, default: Any) -> Any:
    """Return an attribute of the page or of the nearest parent that has it (7.7.3.4)."""
    node: Any = page.obj
    for _ in range(DEEPEST):
        if key in node:
            return node[key]
        node = node.get("/Parent")
        if not isinstance(node, pikepdf.Dictionary):
            break
    return default


def _copied(resources: pikepdf.Object, pdf: pikepdf.Pdf) -> pikepdf.Object:
    copy = pikepdf.Dictionary(dict(resources.items()))
    if isinstance(copy.get("/XObject"), pikepdf.Dictionary):
        copy.XObject = pikepdf.Dictionary(dict(copy.XObject.items()))
    return pdf.make_indirect(copy)


def _overlay(lines: Sequence[str], size: Size) -> bytes:
    """Return a page of this size that holds the mark alone."""
    width, height = size
    out = BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1)
    canvas.saveState()
    canvas.translate(width / 2, height / 2)
    canvas.rotate(55 if height > width else 30)
    canvas.setFillGray(0.35, alpha=0.16)
    length = (width**2 + height**2) ** 0.5 * 0.8
    for row, line in enumerate(lines):
        _draw(canvas, line, length=length, most=48, y=-row * length / 16)
    canvas.restoreState()
    canvas.setFillGray(0.2, alpha=0.75)
    canvas.translate(width / 2, 0)
    _draw(canvas, "  ·  ".join(lines), length=width * 0.94, most=8, y=max(4.0, min(10.0, height / 40)))
    canvas.save()
    return out.getvalue()


def _draw(canvas: Canvas, line: str, *, length: float, most: float, y: float) -> None:
    """Draw a line around the middle, as large as fits into ``length`` points."""
    font = NAME if all(ord(letter) in _GLYPHS for letter in line) else FAR
    wide = pdfmetrics.stringWidth(line, font, 1.0) or 1.0
    size = min(most, length / wide)
    canvas.setFont(font, size)
    canvas.drawCentredString(0, y, line)
