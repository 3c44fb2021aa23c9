"""Looks into a picture, in the child: whether it is what it says, whole, and small enough to be shown."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from PIL import Image

from ipx.adapters.sandbox.tails import has_archive_at_end
from ipx.adapters.sandbox.unfit import Unfit

FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}
MOST_PIXELS = 64_000_000  # 256 MB once it is decoded
MOST_FRAMES = 100
Image.MAX_IMAGE_PIXELS = MOST_PIXELS
Image.init()  # its readers are modules of their own, which could not be loaded later


def opened(content: bytes, media_type: str) -> Image.Image:
    """Return the picture, not yet decoded. Raises Unfit."""
    try:
        picture = Image.open(BytesIO(content), formats=[FORMATS[media_type]])
    except Image.DecompressionBombError as error:
        raise Unfit("flood") from error
    except (OSError, SyntaxError, ValueError) as error:
        raise Unfit("damaged") from error
    if picture.width * picture.height * min(getattr(picture, "n_frames", 1), MOST_FRAMES + 1) > MOST_PIXELS:
        raise Unfit("flood")
    return picture


def inspect(content: bytes, job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Decode it once. Raises Unfit."""
    if has_archive_at_end(content):
        raise Unfit("two-in-one")
    with opened(content, job["media_type"]) as picture:
        try:
            picture.load()
        except (OSError, SyntaxError, ValueError) as error:
            raise Unfit("damaged") from error
    return {"pages": 1}, b""
