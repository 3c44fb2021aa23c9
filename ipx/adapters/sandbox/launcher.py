"""Our side of the sandbox: starts a child for each job, hands it the file, and kills it at a limit.

It must never parse a byte of the file itself, nor write any of it anywhere but into the pipe.
"""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, BinaryIO

from ipx.adapters.sandbox import seccomp
from ipx.core.errors import Conflict, Unavailable
from ipx.core.port_records import Inspected, Unfitness

LARGEST = 64 << 20  # bytes of a file that a child takes
SECONDS = 30.0  # of real time from the end of the file to the answer
AT_ONCE = 2
PATIENCE = 60.0  # seconds that a job waits for its turn
UNMARKABLE = "The pages of this PDF cannot be marked with the reader's name ({})."
UNDRAWABLE = "This page cannot be shown as a picture ({})."
_KINDS = {"application/pdf": "inspect-pdf", "image/png": "inspect-image", "image/jpeg": "inspect-image"}
_KINDS["image/webp"] = "inspect-image"


class _Stopped(Exception):
    """The child was killed, by us or by a limit of its own, before it answered."""


class Child:
    """One child and its pipes. Whoever made it must call ``close``, which kills it."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-m", "ipx.adapters.sandbox.child"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
            env={},
            start_new_session=True,
        )

    def ask(self, job: Mapping[str, Any], pieces: Iterable[bytes], *, seconds: float) -> dict[str, Any]:
        """Hand the file over and return the answer. Raises _Stopped, and what ``pieces`` raises."""
        try:
            self._hand_over(json.dumps(job).encode(), pieces)
        except BrokenPipeError as error:
            raise self._end() from error
        watch = threading.Timer(seconds, self._process.kill)
        watch.start()
        try:
            answer: dict[str, Any] = json.loads(self._exactly(int.from_bytes(self._exactly(4), "big")))
        finally:
            watch.cancel()
        return answer

    def read(self, size: int) -> bytes:
        """Return up to ``size`` bytes of what the job made, ``b""`` at the end."""
        return self._out.read(size)

    def close(self) -> None:
        """Kill it and wait until it is gone. Harmless when it is."""
        self._process.kill()
        self._process.wait()
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        self._out.close()

    @property
    def _in(self) -> BinaryIO:
        assert self._process.stdin is not None
        return self._process.stdin  # type: ignore[return-value]

    @property
    def _out(self) -> BinaryIO:
        assert self._process.stdout is not None
        return self._process.stdout  # type: ignore[return-value]

    def _hand_over(self, head: bytes, pieces: Iterable[bytes]) -> None:
        self._in.write(len(head).to_bytes(4, "big") + head)
        self._in.flush()  # it starts while the file is still on its way
        for piece in pieces:
            self._in.write(piece)
        self._in.close()

    def _exactly(self, size: int) -> bytes:
        found = self._out.read(size)
        if len(found) != size:
            raise self._end()
        return found

    def _end(self) -> Exception:
        """Tell why it ended: a child that was not killed could not work at all."""
        with contextlib.suppress(BrokenPipeError):
            self._in.close()
        try:
            was_killed = self._process.wait(timeout=1.0) < 0
        except subprocess.TimeoutExpired:
            was_killed = True
        return _Stopped() if was_killed else Unavailable("The sandbox for files of others does not work here.")


class Made:
    """What a job made, to be read once; its child lives until it is closed."""

    def __init__(self, child: Child, *, size: int, close: Callable[[], None]) -> None:
        self._child = child
        self._left = size
        self.close = close

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, ``b""`` at the end. Raises Unavailable when the child died before it."""
        wanted = self._left if size < 0 else min(size, self._left)
        if not wanted:
            return b""
        piece = self._child.read(wanted)
        if not piece:
            raise Unavailable("The copy broke off on our side. Try again.")
        self._left -= len(piece)
        return piece


class Sandbox:
    """A workshop whose every job runs in a child process of its own."""

    def __init__(self, *, seconds: float = SECONDS, at_once: int = AT_ONCE) -> None:
        self._seconds = seconds
        self._turns = threading.BoundedSemaphore(at_once)

    def inspect(self, pieces: Iterable[bytes], *, media_type: str, size: int) -> Inspected:
        """Look into a file. Raises what ``pieces`` raises, Unavailable when too many wait."""
        if media_type not in _KINDS:
            return Inspected(unfit=None, pages=None)
        if size > LARGEST:
            return Inspected(unfit=Unfitness.TOO_LARGE, pages=None)
        with self._answered({"name": _KINDS[media_type], "media_type": media_type}, pieces) as (_child, answer):
            unfit = Unfitness(answer["unfit"]) if "unfit" in answer else None
            return Inspected(unfit=unfit, pages=answer.get("pages"))

    def mark(self, pieces: Iterable[bytes], *, lines: Sequence[str], size: int) -> "Made":
        """Write lines onto each page of a PDF. Raises Conflict, Unavailable, and what ``pieces`` raises."""
        return self._made({"name": "mark-pdf", "lines": list(lines)}, pieces, size=size, refusal=UNMARKABLE)

    def draw(self, pieces: Iterable[bytes], *, media_type: str, page: int, lines: Sequence[str], size: int) -> "Made":
        """Draw a page as a JPEG. Raises Conflict, Unavailable, and what ``pieces`` raises."""
        job = {"name": "draw", "media_type": media_type, "page": page, "lines": list(lines)}
        return self._made(job, pieces, size=size, refusal=UNDRAWABLE)

    def _made(self, job: Mapping[str, Any], pieces: Iterable[bytes], *, size: int, refusal: str) -> "Made":
        """Return what the job makes of the file; its child lives until that is closed."""
        if size > LARGEST:
            raise Conflict(refusal.format(Unfitness.TOO_LARGE))
        held = contextlib.ExitStack()
        with contextlib.ExitStack() as on_error:
            on_error.callback(held.close)
            child, answer = held.enter_context(self._answered(job, pieces))
            if "unfit" in answer:
                raise Conflict(refusal.format(Unfitness(answer["unfit"])))
            on_error.pop_all()
        return Made(child, size=int(answer["bytes"]), close=held.close)

    def check(self) -> str:
        """Let a child try what it must not be able to do. Raises Unavailable."""
        with self._answered({"name": "probe"}, ()) as (_child, answer):
            refused = answer.get("refused", {})
        open_doors = [name for name, was_refused in refused.items() if not was_refused]
        if not refused or (open_doors and seccomp.is_supported()):
            raise Unavailable(f"The sandbox for files of others does not hold: {', '.join(open_doors) or 'no answer'}.")
        if open_doors:
            return f"limits of time and memory only; this system does not close: {', '.join(open_doors)}"
        return "children without " + ", ".join(refused)

    @contextlib.contextmanager
    def _answered(self, job: Mapping[str, Any], pieces: Iterable[bytes]) -> Iterator[tuple[Child, dict[str, Any]]]:
        """Give a child that has done its job; it is killed at the end."""
        if not self._turns.acquire(timeout=PATIENCE):
            raise Unavailable("Too many files are being looked into at the moment. Try again in a minute.")
        try:
            child = Child()
        except BaseException:
            self._turns.release()
            raise
        try:
            try:
                answer = child.ask(job, pieces, seconds=self._seconds)
            except _Stopped:
                answer = {"unfit": str(Unfitness.LIMIT)}
            finally:
                self._turns.release()  # what follows goes at the pace of whoever reads
            yield child, answer
        finally:
            child.close()
