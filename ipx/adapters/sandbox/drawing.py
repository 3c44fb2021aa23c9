"""Draws one page of a PDF, or a picture, as a new JPEG with lines across it, in the child.

What leaves is made of pixels alone: nothing of the file's own bytes, scripts or places of recording.
"""

from collections.abc import Mapping, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pypdfium2
from PIL import Image, ImageDraw, ImageFont, ImageOps
from reportlab import rl_config

from ipx.adapters.sandbox import image
from ipx.adapters.sandbox.unfit import Unfit

LONGEST_SIDE = 1600  # pixels: small print can be read, and a page is a few hundred kilobytes
QUALITY = 82
_FONT = (Path(rl_config.__file__).parent / "fonts" / "Vera.ttf").read_bytes()
_KNOWN = frozenset(range(0x20, 0x7F)) | frozenset(range(0xA0, 0x180))


def draw(content: bytes, job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Return the job's ``page`` (from 1 on) with its ``lines``. Raises Unfit."""
    if job["media_type"] == "application/pdf":
        picture = _page(content, int(job["page"]))
    else:
        picture = _picture(content, job["media_type"])
    out = BytesIO()
    _marked(picture, job["lines"]).save(out, "JPEG", quality=QUALITY)
    made = out.getvalue()
    return {"bytes": len(made)}, made


def _page(content: bytes, number: int) -> Image.Image:
    try:
        pdf = pypdfium2.PdfDocument(content)
        if not 0 < number <= len(pdf):
            raise Unfit("damaged")
        page = pdf[number - 1]
        width, height = page.get_size()
        if width <= 0 or height <= 0:
            raise Unfit("damaged")
        drawn: Image.Image = page.render(scale=LONGEST_SIDE / max(width, height), may_draw_forms=False).to_pil()
    except pypdfium2.PdfiumError as error:
        raise Unfit("damaged") from error
    return drawn.convert("RGB")


def _picture(content: bytes, media_type: str) -> Image.Image:
    with image.opened(content, media_type) as found:
        found.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        found.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
        upright = ImageOps.exif_transpose(found)
        with_ground = Image.new("RGB", upright.size, "white")
        clear = upright.convert("RGBA")
        with_ground.paste(clear, mask=clear.getchannel("A"))
    return with_ground


def _marked(picture: Image.Image, lines: Sequence[str]) -> Image.Image:
    """Write the lines again and again, slanted, so that no part is without them; letters we lack become dots."""
    if not lines:
        return picture
    text = "   ".join("".join(c if ord(c) in _KNOWN else "·" for c in line) for line in lines)
    side = picture.width + picture.height
    layer = Image.new("L", (side, side), 0)
    pen = ImageDraw.Draw(layer)
    font = ImageFont.truetype(BytesIO(_FONT), max(10, max(picture.size) // 70))
    step = max(60, max(picture.size) // 7)
    for row, y in enumerate(range(0, side, step)):
        pen.text((-(row % 3) * step, y), "      ".join([text] * 6), fill=255, font=font)
    turned = layer.rotate(30).crop(_middle(side, picture.size))
    return Image.composite(Image.new("RGB", picture.size, (90, 90, 90)), picture, turned.point(lambda v: v // 4))


def _middle(side: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top = (side - size[0]) // 2, (side - size[1]) // 2
    return left, top, left + size[0], top + size[1]
