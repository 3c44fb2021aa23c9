"""The ports for files of strangers: who looks into them. The rules of ``core/ports.py`` hold here as well."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from ipx.core.port_records import Inspected, Scanned
from ipx.core.ports import StoreSource


class Workshop(Protocol):
    """The only place where files of strangers are parsed. Whatever is in one, it harms neither us nor other files.

    Files come as pieces and are written nowhere. A method raises what the pieces raise, and Unavailable when too many
    files wait.
    """

    def inspect(self, pieces: Iterable[bytes], *, media_type: str, size: int) -> Inspected:
        """Look into a PDF or a picture of ``size`` bytes; other types are not looked into, which finds nothing."""

    def mark(self, pieces: Iterable[bytes], *, lines: Sequence[str], size: int) -> StoreSource:
        """Return a copy of a PDF of ``size`` bytes with these lines on each page, made after all pieces were taken.

        Whoever asked must close it. Raises Conflict when it cannot be marked.
        """

    def draw(
        self, pieces: Iterable[bytes], *, media_type: str, page: int, lines: Sequence[str], size: int
    ) -> StoreSource:
        """Return a page (from 1 on) of a PDF, or a picture, as a JPEG with these lines across it.

        Whoever asked must close it. Raises Conflict when it cannot be drawn.
        """

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable when it does not keep files in."""


class VirusScanner(Protocol):
    """Looks for what is known to be harmful."""

    def scan(self, pieces: Iterable[bytes], *, size: int, unpacked: int) -> Scanned:
        """Judge a file of ``size`` bytes whose archives unfold to ``unpacked``. Raises what the pieces raise."""

    def check(self) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable."""
