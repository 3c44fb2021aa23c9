"""The moments at which a process can die between two effects: commits, forced writes, renames, calls to the node.

The n-th of them ends the process by SIGKILL. What is wrapped is what our code stands on (SQLAlchemy's commit, calls of
the operating system, HTTP), never our own code, so that no effect can be forgotten.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from signal import SIGKILL
from typing import Any

import requests
from sqlalchemy.engine.default import DefaultDialect

# Questions have no effect; dying before or after one is dying at the boundary next to it.
ACTS = (b"eth_sendRawTransaction", b"anvil_mine", b"anvil_dumpState", b"anvil_setBalance")


class Boundaries:
    """Counts the boundaries that are passed; ``die`` is called at the ``fatal`` one and must not return."""

    def __init__(self, fatal: int, die: Callable[[str], None]) -> None:
        self.passed = 0
        self._fatal = fatal
        self._die = die

    def install(self) -> None:
        """Wrap everything for the rest of this process's life."""
        for name in ("fsync", "rename", "replace", "link"):
            setattr(os, name, self._around(getattr(os, name), name, after=name != "fsync"))
        self._wrap_commits()
        self._wrap_requests()

    def _wrap_commits(self) -> None:
        commit = DefaultDialect.do_commit
        changes: dict[int, int] = {}

        def committed(dialect: DefaultDialect, connection: Any) -> None:
            now, before = connection.total_changes, changes.get(id(connection))
            changes[id(connection)] = now
            if now == before:  # a question: nothing would be lost, nothing is kept
                commit(dialect, connection)
                return
            self.passes("before commit")
            commit(dialect, connection)
            self.passes("after commit")

        DefaultDialect.do_commit = committed  # type: ignore[method-assign]

    def _wrap_requests(self) -> None:
        send = requests.Session.send

        def sent(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            body = request.body if isinstance(request.body, bytes) else (request.body or "").encode()
            act = next((act.decode() for act in ACTS if act in body), None)
            if act is None and request.method == "GET":
                return send(session, request, **options)
            if act is None and b"jsonrpc" in body:
                return send(session, request, **options)
            self.passes(f"before {act or request.url}")
            answer = send(session, request, **options)
            self.passes(f"after {act or request.url}")
            return answer

        setattr(requests.Session, "send", sent)  # noqa: B010 - its declared type knows every option

    def passes(self, name: str) -> None:
        self.passed += 1
        if self.passed == self._fatal:
            self._die(name)
            os.kill(os.getpid(), SIGKILL)

    def _around(self, act: Callable[..., Any], name: str, *, after: bool = True) -> Callable[..., Any]:
        def wrapped(*args: Any, **options: Any) -> Any:
            self.passes(f"before {name}")
            result = act(*args, **options)
            if after:
                self.passes(f"after {name}")
            return result

        return wrapped
