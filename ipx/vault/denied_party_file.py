"""The denied-party list as a file that the operator replaces: read again as soon as it has changed."""

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from ipx.core.errors import Invalid, Unavailable
from ipx.vault.denied_parties import LONGEST_LIST, DeniedParties, read_denied_parties

EXAMPLE = "denied_parties.csv"


class DeniedPartyFile:
    """Returns the list as the file is now."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._known: tuple[tuple[int, int, int], DeniedParties] | None = None

    def __call__(self) -> DeniedParties:
        """Return the list. Raises Unavailable when it cannot be read: then nothing is shared."""
        try:
            facts = self._path.stat()
            state = (facts.st_mtime_ns, facts.st_size, facts.st_ino)
            if self._known is None or self._known[0] != state:
                self._known = (state, self._read(facts.st_size))
        except (OSError, Invalid) as error:
            why = getattr(error, "message", None) or getattr(error, "strerror", None)
            raise Unavailable(f"The denied-party list cannot be read, so nothing is opened or shared: {why}") from error
        return self._known[1]

    def _read(self, size: int) -> DeniedParties:
        if size > LONGEST_LIST:
            raise Invalid(f"The denied-party list has {size} bytes; at most {LONGEST_LIST} are read.")
        return read_denied_parties(self._path.read_bytes())


def denied_party_list(path: Path | None) -> Callable[[], DeniedParties]:
    """Return the operator's list, or without one the example in the package, whose names are invented."""
    if path is not None:
        return DeniedPartyFile(path)
    example = read_denied_parties((files("ipx.vault") / "data" / EXAMPLE).read_bytes())
    return lambda: example
