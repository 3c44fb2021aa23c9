"""What a reader holds beside the chain: a folder of openings (``ipx/core/opening.py``). See docs/spec/rebuild.md.

An opening is believed only where it gives a token that is on the chain.
"""

from collections.abc import Iterable
from pathlib import Path

from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered
from ipx.core.opening import Opening, read_opening
from ipx.history.rebuild.records import Record

LARGEST = 1 << 20


def read_openings(folder: Path) -> tuple[list[Opening], dict[str, str]]:
    """Read every .json of a folder; return the openings, and for each file that is none why not. Raises Invalid."""
    if not folder.is_dir():
        raise Invalid(f"{folder} is no folder: name the one that holds the openings.")
    found, unread = [], {}
    for file in sorted(folder.glob("*.json")):
        if file.stat().st_size > LARGEST:
            unread[file.name] = "It is larger than an opening can be."
            continue
        try:
            found.append(read_opening(file.read_bytes(), file=file.name))
        except (Tampered, Invalid) as error:
            unread[file.name] = error.message
        except OSError as error:
            unread[file.name] = f"It cannot be read: {error.strerror}."
    return found, unread


def matched(openings: Iterable[Opening], record: Record) -> tuple[dict[str, Opening], list[Opening]]:
    """Return the openings by the token that they open, and those that open none of the record."""
    tokens = {"title": {token for _, token in record.titles}, "grant": {token for _, token in record.licences}}
    fitting, others = {}, []
    for opening in openings:
        if opening.token in tokens[opening.kind]:
            fitting[opening.token] = opening
        else:
            others.append(opening)
    return fitting, others


def terms_of(opening: Opening) -> Json:
    """Return the terms of an opened agreement; the whole value where it holds none."""
    return opening.value.get("terms", dict(opening.value))
