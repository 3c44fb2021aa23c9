"""The writers of one process take turns on SQLite, in the order in which they came.

SQLite lets one writer in and leaves the others to look again after pauses of up to 100 ms, so that one of several
can be out of luck for a second. Other processes still wait that way. Knows the driver, but no table.
"""

import sqlite3
import threading
from collections import deque

PATIENCE_SECONDS = 30.0


class Turns:
    """A queue for one thing that one at a time may have."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, seconds: float) -> None:
        """Wait for one's turn. Raises TimeoutError."""
        with self._guard:
            if not self._is_taken:
                self._is_taken = True
                return
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(seconds):
            return
        with self._guard:
            if mine.is_set():  # the turn came between the end of the patience and here
                return
            self._waiting.remove(mine)
        raise TimeoutError

    def pass_on(self) -> None:
        """End one's turn: whoever has waited longest is next."""
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


class TurnTakingConnection(sqlite3.Connection):
    """A connection whose writing transactions wait in the queue of ``turns``; without one it is a plain connection."""

    turns: Turns | None = None
    _has_turn = False

    def begin_writing(self) -> None:
        """Begin a transaction that writes. Raises OperationalError after 30 seconds, as SQLite itself would."""
        if self.turns is not None:
            try:
                self.turns.take(PATIENCE_SECONDS)
            except TimeoutError as error:
                raise sqlite3.OperationalError("database is locked") from error
            self._has_turn = True
        try:
            self.execute("BEGIN IMMEDIATE")
        except BaseException:
            self._pass_on()
            raise

    def commit(self) -> None:
        """Commit. Where that fails and the transaction goes on, so does the turn."""
        try:
            super().commit()
        finally:
            self._pass_on_when_over()

    def rollback(self) -> None:
        """Roll back."""
        try:
            super().rollback()
        finally:
            self._pass_on_when_over()

    def close(self) -> None:
        """Close; what was not committed is gone."""
        try:
            super().close()
        finally:
            self._pass_on()

    def _pass_on_when_over(self) -> None:
        if not self.in_transaction:
            self._pass_on()

    def _pass_on(self) -> None:
        if self._has_turn and self.turns is not None:
            self._has_turn = False
            self.turns.pass_on()
