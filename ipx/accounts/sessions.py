"""Signed-in browsers' sessions as rows, for the web toolkit's session interface. Holds no request."""

from datetime import datetime, timedelta

from sqlalchemy import delete, update

from ipx.accounts.models import SessionRow
from ipx.accounts.rules import SESSION_DAYS
from ipx.accounts.service import hash_token
from ipx.core.ports import Clock
from ipx.db.session import Database


class BrowserSessions:
    """Implements ``web.sessions.SessionStore``; each call is its own short transaction."""

    def __init__(self, *, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def load(self, token: str) -> str | None:
        """Return the session's data unless it has ended."""
        with self._database.read() as session:
            row = session.get(SessionRow, hash_token(token))
            return row.data if row is not None and row.expires_at > self._clock.now() else None

    def open(self, token: str, data: str, *, person_id: str) -> datetime:
        """Begin a session under a name that never was used; return when it ends."""
        now = self._clock.now()
        ends = now + timedelta(days=SESSION_DAYS)
        with self._database.write() as session:
            session.add(
                SessionRow(
                    token_hash=hash_token(token), person_id=person_id, data=data, created_at=now, expires_at=ends
                )
            )
        return ends

    def keep(self, token: str, data: str) -> None:
        """Store what changed; a session that has been ended meanwhile stays ended."""
        with self._database.write() as session:
            mine = SessionRow.token_hash == hash_token(token)
            session.execute(update(SessionRow).where(mine).values(data=data))

    def end(self, token: str) -> None:
        """End one session now. Harmless when it is gone."""
        with self._database.write() as session:
            mine = SessionRow.token_hash == hash_token(token)
            session.execute(update(SessionRow).where(mine).values(expires_at=self._clock.now()))

    def forget_ended(self) -> None:
        """Delete the rows of sessions that are over."""
        with self._database.write() as session:
            session.execute(delete(SessionRow).where(SessionRow.expires_at <= self._clock.now()))
