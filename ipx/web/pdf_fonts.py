"""The fonts of papers that the exchange makes; the first two are embedded."""

import re
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont

PLAIN, BOLD = "Vera", "VeraBd"
FAR = "STSong-Light"  # not embedded: for scripts that Vera lacks


def register_fonts() -> None:
    """Make the fonts known to reportlab; harmless when they are."""
    if FAR in pdfmetrics.getRegisteredFontNames():
        return
    folder = Path(rl_config.__file__).parent / "fonts"
    pdfmetrics.registerFont(TTFont(PLAIN, str(folder / "Vera.ttf")))
    pdfmetrics.registerFont(TTFont(BOLD, str(folder / "VeraBd.ttf")))
    pdfmetrics.registerFontFamily(PLAIN, normal=PLAIN, bold=BOLD, italic=PLAIN, boldItalic=BOLD)
    pdfmetrics.registerFont(UnicodeCIDFont(FAR))


def marked(text: str) -> str:
    """Return text as paragraph markup; words that the embedded font lacks are set in another one."""
    font: Any = pdfmetrics.getFont(PLAIN)
    known = font.face.charToGlyph
    visible = "".join(max(character, " ") for character in text)
    runs = []
    for run in re.split(r"(\s+)", visible):
        is_known = all(ord(character) in known or character.isspace() for character in run)
        runs.append(escape(run) if is_known else f'<font name="{FAR}">{escape(run)}</font>')
    return "".join(runs)
