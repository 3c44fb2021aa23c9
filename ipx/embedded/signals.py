"""Signals that mean: stop. The first becomes one KeyboardInterrupt; while we stop, further ones are not heard."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType, TracebackType
from typing import Any, Self


class StopSignals:
    """Ctrl-C, SIGTERM, and the end of the terminal (SIGHUP), which nohup has made us ignore.

    Nothing that is being started may be cut off before it is written down: ``held`` delays the interrupt until then.
    """

    def __init__(self) -> None:
        self._before: dict[signal.Signals, Any] = {}
        self._is_held = False
        self._is_pending = False

    def __enter__(self) -> Self:
        for kind in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            if kind is not signal.SIGHUP or signal.getsignal(kind) is not signal.SIG_IGN:
                self._before[kind] = signal.signal(kind, self._heard)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def ignore(self) -> None:
        """Hear nothing from now on: what was started is being stopped."""
        for kind in self._before:
            signal.signal(kind, signal.SIG_IGN)

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let a signal wait until the end of the block."""
        self._is_held = True
        try:
            yield
        finally:
            self._is_held = False
        if self._is_pending:
            raise KeyboardInterrupt

    def _heard(self, number: int, frame: FrameType | None) -> None:
        self.ignore()
        self._is_pending = True
        if not self._is_held:
            raise KeyboardInterrupt
