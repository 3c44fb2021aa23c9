"""The look into a file after it was stored and before it is recorded: what is judged is what readers will get.

It reads the stored file back, as a reader would, so a file that was sealed wrongly is found as well. It must never
write any of it anywhere.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace

from ipx.core.errors import Unavailable
from ipx.core.inspection_ports import VirusScanner, Workshop
from ipx.core.port_records import Inspected, Scanned, ScanResult
from ipx.vault.clear_pieces import Pieces
from ipx.vault.findings import Finding, outcome_of

Opening = Callable[[], AbstractContextManager[Pieces]]


class Inspector:
    """Workshop and virus scanner; without a scanner only the workshop looks."""

    def __init__(self, *, workshop: Workshop, scanner: VirusScanner | None = None) -> None:
        self._workshop = workshop
        self._scanner = scanner

    @property
    def has_scanner(self) -> bool:
        """Tell whether the settings name a virus scanner."""
        return self._scanner is not None

    def examine(self, opening: Opening, *, media_type: str, size: int, unpacked: int, is_sealed: bool) -> Finding:
        """Return what follows for a file of ``size`` bytes, which unfolds to ``unpacked`` bytes.

        Raises Invalid for what nobody shall be handed, Unavailable when too many files wait.
        """
        with opening() as pieces:
            inspected: Inspected = self._workshop.inspect(pieces, media_type=media_type, size=size)
        scanned = self._scan(opening, size=size, unpacked=unpacked)
        return replace(outcome_of(inspected, scanned, is_sealed=is_sealed), unpacked=unpacked)

    def _scan(self, opening: Opening, *, size: int, unpacked: int) -> Scanned | None:
        if self._scanner is None:
            return None
        try:
            with opening() as pieces:
                return self._scanner.scan(pieces, size=size, unpacked=unpacked)
        except Unavailable:
            return Scanned(ScanResult.AWAY, signature=None, scanner=None)
