"""A watch for something that must never be written.

It looks into every file below some folders, and into every file that some processes have open, deleted ones too, again
and again until it is told to stop.
"""

from __future__ import annotations

import base64
import gzip
import stat
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

PIECE = 1 << 20


class Secret:
    """A word, and how it looks in the usual disguises."""

    def __init__(self, word: bytes) -> None:
        self.word = word
        inside = [base64.b64encode(bytes(shift) + word)[shift + 4 * (shift > 0) : -4] for shift in range(3)]
        utf16 = word.decode().encode("utf-16-le")
        self.disguises = [word, word[::-1], word.hex().encode(), word.hex().upper().encode(), utf16, *inside]

    def is_in(self, path: Path) -> bool:
        """Tell whether a file holds it; one that vanishes meanwhile does not."""
        with suppress(OSError):
            if not stat.S_ISREG(path.stat().st_mode):
                return False
            with path.open("rb") as source:
                if self._is_in_stream(source.read):
                    return True
            if path.suffix == ".gz":
                with gzip.open(path) as source:
                    return self._is_in_stream(source.read)
        return False

    def _is_in_stream(self, read: Callable[[int], bytes]) -> bool:
        before, overlap = b"", max(map(len, self.disguises))
        while piece := read(PIECE):
            window = before + piece
            if any(disguise in window for disguise in self.disguises):
                return True
            before = window[-overlap:]
        return False


class Watch:
    """``with Watch(…) as watch:`` looks all the time; ``watch.found`` names every place where the secret was."""

    def __init__(self, secret: Secret, *folders: Path, pids: Callable[[], list[int]] = list) -> None:
        self.found: set[str] = set()
        self.rounds = 0
        self._secret = secret
        self._folders = folders
        self._pids = pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()
        self.look()

    def look(self) -> set[str]:
        """Look everywhere once."""
        for path in self._places():
            if self._secret.is_in(path):
                self.found.add(f"{path} → {path.readlink()}" if path.is_symlink() else str(path))
        self.rounds += 1
        return self.found

    def _look_on(self) -> None:
        while not self._stop.is_set():
            self.look()

    def _places(self) -> Iterator[Path]:
        for folder in self._folders:
            yield from (path for path in list(folder.rglob("*")) if not path.is_symlink())
        for pid in self._pids():
            with suppress(OSError):
                yield from list(Path(f"/proc/{pid}/fd").iterdir())
