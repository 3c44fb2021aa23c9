"""Names of an archive's entries, which some unpacker will turn into paths. Pure."""

import re
import unicodedata

from ipx.core.errors import Invalid

_DRIVE = re.compile(r"[A-Za-z]:")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)
LONGEST = 1000


def check_names(raw: bytes, *, is_special: bool) -> None:
    """Check one entry. Raises Invalid for what leaves the folder it is unpacked to, or is no file or folder."""
    if is_special:
        raise Invalid(
            "The archive holds a link, a device or a pipe. Pack it again with plain files and folders.", field="file"
        )
    if not raw or len(raw) > LONGEST or any(byte < 0x20 for byte in raw):
        raise _outside("has no name, too long a one, or control characters in it")
    name = raw.decode("utf-8", "replace").replace("\\", "/")
    parts = name.rstrip("/").split("/")
    if name.startswith("/") or _DRIVE.match(name) or ".." in parts:
        raise _outside("would be unpacked outside the folder that somebody chooses")
    if any(_DEVICE.fullmatch(part.strip()) for part in parts):
        raise _outside("is called like a device of Windows")


def same_place(raw: bytes) -> bytes:
    """Return the same bytes for names that unpackers put in the same place."""
    composed = unicodedata.normalize("NFC", raw.decode("utf-8", "surrogateescape")).replace("\\", "/")
    return composed.rstrip("/").encode("utf-8", "surrogateescape")


def _outside(what: str) -> Invalid:
    return Invalid(f"A file in the archive {what}. Rename it and pack again.", field="file")
