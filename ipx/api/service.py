"""Writes that happen once: the answer to a request with an idempotency key is kept beside what the request did.

draft-ietf-httpapi-idempotency-key-header-07. It must never keep an error: the request may be sent again, corrected.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ipx.api.models import AnswerRow
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock

KEPT = timedelta(hours=24)
LONGEST_KEY = 255


@dataclass(frozen=True)
class Answer:
    """Status and JSON text of an answer; ``is_repeated`` when it was given before."""

    status: int
    body: str
    is_repeated: bool = False


class AnswerService:
    """Answers by the key of their request."""

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock

    def once(
        self, session: Session, *, organisation_id: str, key: str, fingerprint: str, act: Callable[[], Answer]
    ) -> Answer:
        """Do ``act`` unless a request of the organisation with this key was answered before; then repeat that answer.

        ``fingerprint`` stands for the whole request. Keys are remembered for 24 hours. Raises Invalid for a key of
        another form, or that was used for another request; whatever ``act`` raises.
        """
        if not (1 <= len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
            raise Invalid(f"An idempotency key has 1 to {LONGEST_KEY} printable characters.", field="Idempotency-Key")
        kept = self._kept(session, organisation_id, key)
        if kept is None:
            row = self._reserve(session, organisation_id, key, fingerprint)
            if row is not None:
                answer = act()
                row.status, row.body = answer.status, answer.body
                return answer
            kept = self._kept(session, organisation_id, key)
        return _repeated(kept, fingerprint)

    def forget_old(self, session: Session) -> None:
        """Delete the answers whose time is over."""
        session.execute(delete(AnswerRow).where(AnswerRow.created_at < self._clock.now() - KEPT))

    def _kept(self, session: Session, organisation_id: str, key: str) -> AnswerRow | None:
        return session.get(AnswerRow, (organisation_id, key), populate_existing=True)

    def _reserve(self, session: Session, organisation_id: str, key: str, fingerprint: str) -> AnswerRow | None:
        """Take the key; a request with the same key at this moment waits here until ours ends, and gets None then."""
        row = AnswerRow(organisation_id=organisation_id, key=key, fingerprint=fingerprint, created_at=self._clock.now())
        try:
            with session.begin_nested():
                session.add(row)
        except IntegrityError:
            return None
        return row


def _repeated(kept: AnswerRow | None, fingerprint: str) -> Answer:
    if kept is None or kept.status is None or kept.body is None:
        raise Conflict("A request with this idempotency key is under way. Send it again in a moment.")
    if kept.fingerprint != fingerprint:
        raise Invalid("This idempotency key was used for another request.", field="Idempotency-Key")
    return Answer(kept.status, kept.body, is_repeated=True)
