"""Events inside a transaction: a room on the left tells rooms on the right, without knowing them.

Listeners run at once, in the publisher's transaction; what they must do outside it they enqueue.
``wiring.py`` alone says who listens.
"""

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from sqlalchemy.orm import Session

Listener = Callable[[Session, Any], None]


class Events:
    """The table of who listens to what."""

    def __init__(self) -> None:
        self._listeners: dict[type, list[Listener]] = defaultdict(list)

    def listen(self, kind: type, listener: Listener) -> None:
        """Call ``listener(session, event)`` for every event of exactly this type."""
        self._listeners[kind].append(listener)

    def publish(self, session: Session, happened: object) -> None:
        """Tell every listener; an error in one rolls the whole transaction back."""
        for listener in self._listeners[type(happened)]:
            listener(session, happened)
