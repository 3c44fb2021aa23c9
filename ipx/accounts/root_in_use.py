"""Which root key wraps new organisation keys: the database says so, so that processes that were started with different
keys agree."""

from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.accounts.models import RootKeyRow
from ipx.core.ports import KeyVault


def root_in_use(session: Session, keys: KeyVault, *, alone: bool = False) -> RootKeyRow:
    """Return the row, held until this transaction ends: ``alone`` waits for all who wrap by it, and they for us."""
    insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    session.execute(insert(RootKeyRow).values(id=1, root=keys.root_key()).on_conflict_do_nothing())
    lock: Any = True if alone else {"read": True, "key_share": True}
    return session.get_one(RootKeyRow, 1, with_for_update=lock)
