"""What a hostile file is: its name and type as it is sent, its bytes, and the only outcome that is right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from ipx.vault.rules import DocumentRole

REFUSED, CLEAN, OPAQUE, QUARANTINED = "refused", "clean", "opaque", "quarantined"
TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "odt": "application/vnd.oasis.opendocument.text",
    "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "odp": "application/vnd.oasis.opendocument.presentation",
    "txt": "text/plain",
    "md": "text/markdown",
    "tex": "text/x-tex",
    "csv": "text/csv",
    "json": "application/json",
    "xml": "application/xml",
    "png": "image/png",
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "zip": "application/zip",
}


@dataclass(frozen=True)
class Case:
    """One file. ``says``: a part of the sentence that refuses it, so that it is refused for the right reason."""

    name: str
    ending: str
    make: Callable[[], bytes]
    expected: str
    says: str = ""
    role: DocumentRole = DocumentRole.CONFIDENTIAL

    @property
    def id(self) -> str:
        """Its name in a test report, and as a file."""
        return (
            f"{self.name}.{self.ending}"
            if self.role is DocumentRole.CONFIDENTIAL
            else f"{self.role}-{self.name}.{self.ending}"
        )

    @property
    def media_type(self) -> str:
        """The type that is announced."""
        return TYPES.get(self.ending, "application/octet-stream")
