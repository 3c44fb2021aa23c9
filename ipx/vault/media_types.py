"""Which types of file are taken, and how a file is caught that is not what it says. Pure.

A file is judged by its name, by the type that the browser announces and by its own bytes; all three have to agree.
It never parses a file: that is work for a sandbox.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ipx.core.errors import Invalid
from ipx.vault.rules import DocumentRole

HEAD = 4096
UNKNOWN = ("", "application/octet-stream", "binary/octet-stream")


@dataclass(frozen=True)
class MediaType:
    """One accepted type. ``marks`` must all, ``banned`` must never occur anywhere in the file."""

    media_type: str
    extensions: Sequence[str]
    begins: Callable[[bytes], bool]
    also_called: Sequence[str] = ()
    marks: Sequence[bytes] = ()
    banned: Sequence[bytes] = ()

    @property
    def is_image(self) -> bool:
        """True for pictures, which a page may show."""
        return self.media_type.startswith("image/")


def _magic(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


def _is_webp(head: bytes) -> bool:
    return head[:4] == b"RIFF" and head[8:12] == b"WEBP"


def _is_pdf(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"%PDF-")


def _is_text(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return not start.startswith((b"<!doctype", b"<html", b"<head", b"<body", b"<svg", b"<script", b"<?", b"#!"))


def _is_json(head: bytes) -> bool:
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in [bytes((c,)) for c in b'{["-0123456789tfn']


def _is_xml(head: bytes) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    return start.startswith(b"<") and not any(word in start for word in _PAGES)


def _open_document(media_type: str) -> Callable[[bytes], bool]:
    """ODF 1.3 part 2, 3.3: the first entry is ``mimetype``, stored as it is."""
    return lambda head: head.startswith(b"PK\x03\x04") and head[30:].startswith(b"mimetype" + media_type.encode())


_PAGES = (b"<html", b"<svg", b"<script", b"<!doctype", b"<!entity", b"w3.org/1999/xhtml", b"w3.org/2000/svg")
_ZIP = _magic(b"PK\x03\x04")
_OFFICE = "application/vnd.openxmlformats-officedocument."
_ODF = "application/vnd.oasis.opendocument."
_NUL, _MACROS = b"\x00", b"vbaProject.bin"
_OPC = b"[Content_Types].xml"

TYPES = (
    MediaType("application/pdf", (".pdf",), _is_pdf, ("application/x-pdf",)),
    MediaType(_OFFICE + "wordprocessingml.document", (".docx",), _ZIP, (), (_OPC, b"word/"), (_MACROS,)),
    MediaType(_OFFICE + "spreadsheetml.sheet", (".xlsx",), _ZIP, (), (_OPC, b"xl/"), (_MACROS,)),
    MediaType(_OFFICE + "presentationml.presentation", (".pptx",), _ZIP, (), (_OPC, b"ppt/"), (_MACROS,)),
    MediaType(_ODF + "text", (".odt",), _open_document(_ODF + "text")),
    MediaType(_ODF + "spreadsheet", (".ods",), _open_document(_ODF + "spreadsheet")),
    MediaType(_ODF + "presentation", (".odp",), _open_document(_ODF + "presentation")),
    MediaType("text/plain", (".txt", ".text"), _is_text, (), (), (_NUL,)),
    MediaType("text/markdown", (".md", ".markdown"), _is_text, ("text/plain", "text/x-markdown"), (), (_NUL,)),
    MediaType("text/x-tex", (".tex", ".bib"), _is_text, ("text/plain", "application/x-tex"), (), (_NUL,)),
    MediaType("text/csv", (".csv",), _is_text, ("text/plain", "application/vnd.ms-excel"), (), (_NUL,)),
    MediaType("application/json", (".json",), _is_json, ("text/plain", "text/json"), (), (_NUL,)),
    MediaType("application/xml", (".xml",), _is_xml, ("text/xml",), (), (_NUL,)),
    MediaType("image/png", (".png",), _magic(b"\x89PNG\r\n\x1a\n")),
    MediaType("image/jpeg", (".jpg", ".jpeg"), _magic(b"\xff\xd8\xff"), ("image/pjpeg",)),
    MediaType("image/webp", (".webp",), _is_webp),
    MediaType("application/zip", (".zip",), _ZIP, ("application/x-zip-compressed", "application/x-zip")),
)
_BY_ENDING = {ending: kind for kind in TYPES for ending in kind.extensions}
_NAMES = {DocumentRole.IMAGE: "PNG, JPEG or WebP"}


def accepted(role: DocumentRole) -> list[MediaType]:
    """Return the types that a document of this role may have."""
    if role is DocumentRole.IMAGE:
        return [kind for kind in TYPES if kind.is_image]
    if role is DocumentRole.PUBLIC:  # an archive or mark-up that strangers download is nobody's friend
        return [kind for kind in TYPES if kind.media_type not in ("application/zip", "application/xml")]
    return list(TYPES)


def endings(role: DocumentRole) -> str:
    """Return the file name endings for a role, as the ``accept`` of an input takes them."""
    return ",".join(ending for kind in accepted(role) for ending in kind.extensions)


def media_type_of(file_name: str, announced: str, role: DocumentRole) -> MediaType:
    """Return the type that name and announcement agree on. Raises Invalid."""
    ending = "." + file_name.rpartition(".")[2].lower()
    kind = _BY_ENDING.get(ending)
    if kind is None or kind not in accepted(role):
        wanted = _NAMES.get(role, "PDF, Office, OpenDocument, text, data and image files, or a ZIP of anything else")
        if role is DocumentRole.PUBLIC:
            wanted = "PDF, Office, OpenDocument, text, CSV, JSON and image files"
        raise Invalid(f"Files with the ending {ending} are not accepted here. Accepted are {wanted}.", field="file")
    said = announced.partition(";")[0].strip().lower()
    if said not in (kind.media_type, *kind.also_called, *UNKNOWN):
        raise Invalid(
            f"The file is called {ending}, but was sent as {said[:100]}. Both must say the same.", field="file"
        )
    return kind


class TypeWatch:
    """Looks at a file as it passes. Raises Invalid as soon as the bytes contradict the type."""

    def __init__(self, kind: MediaType) -> None:
        self._kind = kind
        self._missing = set(kind.marks)
        self._longest = max((len(word) for word in (*kind.marks, *kind.banned)), default=1)
        self._tail = b""

    def check_head(self, head: bytes) -> None:
        """Check the first bytes: up to HEAD of them, all of a shorter file."""
        if not self._kind.begins(head):
            raise self._lie()

    def look(self, piece: bytes) -> None:
        """Look at the next piece; a word may lie across two pieces."""
        if not self._missing and not self._kind.banned:
            return
        seen = self._tail + piece
        self._missing -= {word for word in self._missing if word in seen}
        if any(word in seen for word in self._kind.banned):
            raise self._lie()
        self._tail = seen[-(self._longest - 1) :] if self._longest > 1 else b""

    def finish(self) -> None:
        """Check what can be known at the end only."""
        if self._missing:
            raise self._lie()

    def _lie(self) -> Invalid:
        ending = self._kind.extensions[0]
        if _NUL in self._kind.banned:
            cure = "Save it as UTF-8 text, without scripts or web pages in it"
        elif _MACROS in self._kind.banned:
            cure = "Save it again in this format, without macros"
        else:
            cure = "Save it again in this format"
        return Invalid(f"The content of the file is not what its ending {ending} says. {cure}.", field="file")
