"""The moments of the relay at which a process can be killed, by name: around commits, told by the tables that they
change, and around calls that change the chain. What is wrapped is SQLAlchemy and HTTP, never our own code."""

from __future__ import annotations

import os
from collections.abc import Callable
from signal import SIGKILL
from typing import Any

import requests
from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.default import DefaultDialect

ACTS = (b"eth_sendRawTransaction", b"anvil_mine", b"anvil_dumpState")
NOISE = ("leases",)


class Moments:
    """Ends this process by SIGKILL at the moment called ``name``, or, without a name, at the n-th of all.

    A name that ends with *again* means the second time.
    """

    def __init__(self, name: str, number: int, die: Callable[[str], None]) -> None:
        self._name = name.removesuffix(" again")
        self._number = (2 if name.endswith(" again") else 1) if name else number
        self._die = die
        self._count = 0

    def install(self) -> None:
        """Wrap everything for the rest of this process's life."""
        event.listen(Engine, "after_cursor_execute", _note)
        commit = DefaultDialect.do_commit
        told: dict[int, list[str]] = _WROTE

        def committed(dialect: DefaultDialect, connection: Any) -> None:
            wrote = told.pop(id(connection.driver_connection), [])
            for name in wrote:
                self._pass(f"before commit of {name}")
            commit(dialect, connection)
            for name in wrote:
                self._pass(f"after commit of {name}")

        DefaultDialect.do_commit = committed  # type: ignore[method-assign]
        send = requests.Session.send

        def sent(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
            act = next((act.decode() for act in ACTS if act in body), None)
            if act is not None:
                self._pass(f"before {act}")
            answer = send(session, request, **options)
            if act is not None:
                self._pass(f"after {act}")
            return answer

        setattr(requests.Session, "send", sent)  # noqa: B010 - its declared type knows every option

    def _pass(self, name: str) -> None:
        if self._name and name != self._name:
            return
        self._count += 1
        if self._count == self._number:
            self._die(name)
            os.kill(os.getpid(), SIGKILL)


_WROTE: dict[int, list[str]] = {}


def _note(
    connection: Connection, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool
) -> None:
    words = statement.split()
    if words[0] not in ("INSERT", "UPDATE") or any(noise in statement for noise in NOISE):
        return
    table = words[2] if words[0] == "INSERT" else words[1]
    name = f"{words[0].lower()} {table}"
    wrote = _WROTE.setdefault(id(connection.connection.driver_connection), [])
    if name not in wrote:
        wrote.append(name)
