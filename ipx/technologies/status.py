"""What rooms on the right say about a technology on its page: whether it is listed, whether it is licensed.

``wiring`` adds the providers. This room must never ask theirs, so it knows nothing but these lines.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.orm import Session


class Step(StrEnum):
    """The steps of a technology's way, in their order."""

    SEALED = "sealed"
    STAMPED = "stamped"
    TITLE = "title"
    LISTED = "listed"
    LICENSED = "licensed"


@dataclass(frozen=True)
class StatusLine:
    """How far one step is: a sentence, maybe a place to look, and, while it is open, what to do next."""

    step: Step
    is_done: bool
    text: str
    href: str | None = None
    next_label: str | None = None
    next_href: str | None = None


Provider = Callable[[Session, str], Sequence[StatusLine]]


class StatusBoard:
    """The providers; each is called with the session and the technology's id, and only reads."""

    def __init__(self) -> None:
        self._providers: list[Provider] = []

    def add(self, provider: Provider) -> None:
        """Let a room on the right say something about every technology."""
        self._providers.append(provider)

    def lines(self, session: Session, technology_id: str) -> list[StatusLine]:
        """Return what all rooms say about a technology, in the order of the steps."""
        said = [line for provider in self._providers for line in provider(session, technology_id)]
        return sorted(said, key=lambda line: list(Step).index(line.step))
