"""One XML document, read as a stream into a small tree. Nothing outside the document is ever opened.

Refused: entities that the document declares itself (no expansion, so no billion laughs), references to anything
outside, one tag that is longer than any real one, and parts that are deeper or larger than any real one. The DTD is
not read; names of characters that it would define come from ``entities.py``.
"""

from typing import Any
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from ipx.bibliography.uspto.entities import character

LONGEST_TAG = 1024 * 1024
MOST_KEPT_CHARACTERS = 32 * 1024 * 1024
MOST_KEPT_ELEMENTS = 1_000_000  # a patent that cites 10,000 documents has some 150,000
DEEPEST = 256


class NotReadable(Exception):
    """The document is not well-formed, or it is hostile; the message says which."""


class DocumentReader:
    """Reads one document, of which the named children of the root are kept, with the root's attributes."""

    def __init__(self, kept: frozenset[str]) -> None:
        self.schema: str | None = None
        self._kept = kept
        self._fed = self._depth = self._kept_from = self._characters = self._elements = 0
        self._builder = TreeBuilder()
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        self._parser.StartDoctypeDeclHandler = self._doctype
        self._parser.EntityDeclHandler = self._entity_declared
        self._parser.ExternalEntityRefHandler = self._outside
        self._parser.SkippedEntityHandler = self._skipped
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._text

    def feed(self, piece: bytes) -> None:
        """Read on. Raises NotReadable."""
        self._parse(piece, is_last=False)
        self._fed += len(piece)
        if self._fed - self._parser.CurrentByteIndex > LONGEST_TAG:
            raise NotReadable(f"one tag or comment is longer than {LONGEST_TAG} bytes")

    def close(self) -> Element:
        """Return the root with its kept children. Raises NotReadable."""
        self._parse(b"", is_last=True)
        root = self._builder.close()
        assert isinstance(root, Element)
        return root

    def _parse(self, piece: bytes, *, is_last: bool) -> None:
        try:
            self._parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise NotReadable(f"not well-formed XML: {error}") from error
        except (LookupError, ValueError) as error:  # Python has no decoder for the encoding that is declared
            raise NotReadable(f"its encoding cannot be read: {error}") from error

    def _doctype(self, name: str, system: str | None, public: str | None, has_internal: int) -> None:
        self.schema = (system or "").removesuffix(".dtd") or name

    def _entity_declared(
        self, name: str, is_parameter: int, value: str | None, base: str | None, system: str | None, *more: str | None
    ) -> None:
        notation = more[-1]
        if notation is None:  # with a notation it names a picture's file, which can stand in attributes only
            raise NotReadable(f"it declares an entity of its own ({name[:40]}), which is not read")

    def _outside(self, *_about: str | None) -> int:
        raise NotReadable("it refers to something outside of the document, which is not opened")

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if not is_parameter:
            found = character(name)
            if found is None:
                raise NotReadable(f"it uses a character’s name that is not known (&{name[:40]};)")
            self._text(found)

    def _start(self, name: str, attributes: dict[str, Any]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise NotReadable(f"its elements are nested more than {DEEPEST} deep")
        if not self._kept_from and self._depth == 2 and name in self._kept:
            self._kept_from = self._depth
        if self._depth == 1 or self._kept_from:
            self._elements += 1
            if self._elements > MOST_KEPT_ELEMENTS:
                raise NotReadable(f"its first page has more than {MOST_KEPT_ELEMENTS} elements")
            self._builder.start(name, attributes)

    def _end(self, name: str) -> None:
        if self._depth == 1 or self._kept_from:
            self._builder.end(name)
        if self._kept_from == self._depth:
            self._kept_from = 0
        self._depth -= 1

    def _text(self, text: str) -> None:
        if self._kept_from:
            self._characters += len(text)
            if self._characters > MOST_KEPT_CHARACTERS:
                raise NotReadable(f"its first page has more than {MOST_KEPT_CHARACTERS} characters")
            self._builder.data(text)
