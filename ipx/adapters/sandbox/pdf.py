"""Looks into a PDF (ISO 32000-2), in the child: whether it can be read, and does no more than show pages."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

import pikepdf

from ipx.adapters.sandbox.tails import has_archive_at_end
from ipx.adapters.sandbox.unfit import Unfit

ACTS = {"/JavaScript": "script", "/Launch": "launch", "/ImportData": "launch", "/RichMediaExecute": "script"}
MOST_PAGES = 20_000


def opened(content: bytes) -> pikepdf.Pdf:
    """Return the PDF. Raises Unfit."""
    try:
        return pikepdf.open(BytesIO(content), suppress_warnings=True)
    except pikepdf.PasswordError as error:
        raise Unfit("locked") from error
    except (pikepdf.PdfError, pikepdf.DataDecodingError, RecursionError) as error:
        raise Unfit("damaged") from error


def inspect(content: bytes, _job: Mapping[str, Any]) -> tuple[dict[str, Any], bytes]:
    """Tell how many pages there are. Raises Unfit for what no reader should be handed."""
    if has_archive_at_end(content):
        raise Unfit("two-in-one")
    with opened(content) as pdf:
        pages = len(pdf.pages)
        if not 0 < pages <= MOST_PAGES:
            raise Unfit("damaged" if pages < 1 else "limit")
        _look_for_acts(pdf)
    return {"pages": pages}, b""


def _look_for_acts(pdf: pikepdf.Pdf) -> None:
    """Look at every object, since an action may hang on any of them."""
    form = pdf.Root.get("/AcroForm")
    if isinstance(form, pikepdf.Dictionary) and "/XFA" in form:
        raise Unfit("script")
    for found in pdf.objects:
        _look(found)


def _look(start: pikepdf.Object) -> None:
    """Look at one object and the direct ones within it; the indirect ones have their own turn."""
    left = [start]
    while left:
        each = left.pop()
        if isinstance(each, (pikepdf.Dictionary, pikepdf.Stream)):
            if each.get("/JS") is not None:
                raise Unfit("script")
            action = each.get("/S")
            if isinstance(action, pikepdf.Name) and str(action) in ACTS:
                raise Unfit(ACTS[str(action)])
            children = [value for _key, value in each.items()]
        elif isinstance(each, pikepdf.Array):
            children = list(each)
        else:
            continue
        left += [child for child in children if isinstance(child, pikepdf.Object) and not child.is_indirect]
