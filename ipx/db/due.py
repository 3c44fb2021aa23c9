"""One thing that has come due, done in a transaction of its own."""

from collections.abc import Callable

from sqlalchemy.orm import Session

from ipx.db.session import Database


def do_one(database: Database, find: Callable[[Session], str | None], act: Callable[[Session, str], None]) -> bool:
    """Look for something that has come due without locking anything, and do it; tell whether there was something.

    Another process may do it first, so ``act`` has to find nothing left to do then.
    """
    with database.read() as session:
        found = find(session)
    if found is None:
        return False
    with database.write() as session:
        act(session, found)
    return True
