"""Parts of office files that do more than hold text: macros, entities, templates and objects from elsewhere. Pure."""

import re

from ipx.core.errors import Invalid

# ECMA-376 part 2 and ODF 1.3: no part of either needs a document type, so there is no honest reason for one.
DECLARATIONS = tuple(
    word.encode(code) for word in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
)
MARKS = (b"<!", b"<\0!")
RELATIONSHIP = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
FETCHED = (b"/attachedtemplate", b"/oleobject", b"/frame", b"/subdocument")
LONGEST_RELATIONS = 8 << 20
_PROGRAMS = re.compile(rb"(.*/)?(vbaproject\.bin|vbadata\.xml)|basic/.*|scripts/.*", re.IGNORECASE | re.DOTALL)


def is_program(name: bytes) -> bool:
    """Tell whether a part of this name holds macros (OOXML: vbaProject; ODF: Basic and Scripts)."""
    return _PROGRAMS.fullmatch(name) is not None and not name.endswith(b"/")


def is_watched(name: bytes) -> bool:
    """Tell whether the part is markup."""
    return name.lower().endswith((b".xml", b".rels", b".rdf", b".vml"))


class MarkupWatch:
    """Looks at one part. Raises Invalid."""

    def __init__(self, name: bytes) -> None:
        self._longest = max(map(len, DECLARATIONS))
        self._tail = b""
        self._relations = bytearray() if name.lower().endswith(b".rels") else None

    def feed(self, data: bytes) -> None:
        """Look at the next bytes; a word may lie across two pieces."""
        seen = self._tail + data
        if any(mark in seen for mark in MARKS) and any(word in seen.upper() for word in DECLARATIONS):
            raise Invalid(
                "A part of the file declares a document type, by which readers can be made to fetch or to unfold "
                "things. Save it again in this format.",
                field="file",
            )
        self._tail = seen[-(self._longest - 1) :]
        if self._relations is not None:
            self._relations += data
            if len(self._relations) > LONGEST_RELATIONS:
                raise Invalid("The list of the file's parts is too long. Save it again in this format.", field="file")

    def finish(self) -> None:
        """Look at the links between parts, once all are here."""
        for link in RELATIONSHIP.findall(bytes(self._relations or b"")):
            lowered = link.lower()
            if b"external" in lowered and any(kind in lowered for kind in FETCHED):
                raise Invalid(
                    "The file loads a template or an object from elsewhere when it is opened. Embed it, or take it "
                    "out, and save the file again.",
                    field="file",
                )
