"""Rotation of keys: everything that a key wraps is wrapped by the next one, a page at a time, while people go on.

A value is under one key at every moment, and its first bytes say under which (ipx/core/wrapped_keys.py). From the
transaction that begins a rotation on, nothing new is wrapped by the old key; it is destroyed in the one that ends it,
which finds nothing left. So a rotation may be killed anywhere and moved on by anybody. It must never destroy a key
that something is wrapped by.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import LargeBinary, delete, func, select
from sqlalchemy.orm import Session

from ipx.accounts.models import OldKeyRow, OrganisationRow, RotationRow
from ipx.accounts.records import KeysOverview, Rotation
from ipx.accounts.rotation_start import ROTATE, RotationStart, rotation_of
from ipx.accounts.wrapped_columns import Value
from ipx.core.errors import NotFound, Unavailable
from ipx.core.wrapped_keys import HEAD_BYTES, ROOT_ID_BYTES, generation_of, root_of
from ipx.db.durable import Workflow
from ipx.db.scrubbing import Scrubber

ROOT_PAGE = 100  # a root key may be far away, and is asked twice for each organisation
SHOWN = 50
ATTENDED = timedelta(seconds=3)  # so long after its last page a rotation is left to the process that moved it
_WITH_ROOT = HEAD_BYTES + ROOT_ID_BYTES


@dataclass(frozen=True)
class _Page:
    """Where a rotation is and what comes next: the values that are still under another key, and their new form.

    ``last`` is the key of the page's last row; None when it is the column's last page.
    """

    place: int
    after: str
    last: str | None
    replaced: Sequence[tuple[Value, bytes]]


class KeyRotations(RotationStart):
    """Begins rotations and moves them on."""

    def workflows(self) -> dict[str, Workflow]:
        """Return the flows by the names under which they are stored."""
        return {ROTATE: self.rotate_key}

    # ── moving on ────────────────────────────────────────────────────────────────────────────────

    def rotate_key(self, rotation_id: str) -> None:
        """Workflow: move a rotation to its end, unless another process does."""
        while not self._durable.outside(self._advance_unattended, rotation_id):
            pass
        self._durable.outside(self.clear)

    def _advance_unattended(self, rotation_id: str) -> bool:
        with self._database.read() as session:
            row = session.get(RotationRow, rotation_id)
            if row is None:
                raise NotFound("There is no such rotation.")
            attended = row.mover != self._mover and self._clock.now() < row.moved_at + ATTENDED
            if attended and row.ended_at is None:
                raise Unavailable(f"the process {row.mover} is at it")
        return self.advance(rotation_id).ended_at is not None

    def advance(self, rotation_id: str) -> Rotation:
        """Do one page, or end it. Nothing is locked while keys are opened, which may be far away.

        Raises NotFound, Unavailable (the root key is not here, or its service does not answer), Tampered.
        """
        with self._database.read() as session:
            row = session.get(RotationRow, rotation_id)
            if row is None:
                raise NotFound("There is no such rotation.")
            if row.ended_at is not None:
                return rotation_of(row)
            page = self._next_page(session, row)
        with self._database.write() as session:
            row = session.get_one(RotationRow, rotation_id, with_for_update=True)
            if row.ended_at is None and (row.place, row.after) == (page.place, page.after):
                self._apply(session, row, page)
            return rotation_of(row)

    def clear(self) -> None:
        """Clear what was wrapped by old keys, and these, out of the database's files (see ``db.scrubbing``).

        Raises Unavailable while the database is in use.
        """
        tables = {column.value.class_.__tablename__ for column in (*self.columns, *self._columns_of(None))}
        Scrubber(self._database, tables=sorted(tables)).scrub()

    def overview(self, session: Session) -> KeysOverview:
        """Return what the operator's page shows; rotations the newest first."""
        query = select(RotationRow).order_by(RotationRow.began_at.desc(), RotationRow.id).limit(SHOWN)
        root = self._keys.root_key()
        return KeysOverview(
            root_key=root,
            organisation_keys=session.scalar(select(func.count()).select_from(OrganisationRow)) or 0,
            under_other_root_keys=self._stale(session, None, root),
            rotations=[rotation_of(row) for row in session.scalars(query)],
        )

    def check(self, session: Session) -> str:
        """Return one line for ``ipx doctor``. Raises Unavailable when an organisation's key cannot be opened here."""
        head = func.substr(OrganisationRow.wrapped_key, 1, _WITH_ROOT, type_=LargeBinary)
        found = session.scalars(select(head).distinct())
        roots = {root for each in found if (root := root_of(each)) is not None}
        line = self._keys.check(sorted(root.hex() for root in roots))
        stale = self._stale(session, None, self._keys.root_key())
        under_way = session.scalar(select(func.count()).where(RotationRow.open_key.is_not(None)))
        if stale:
            line += f"; {stale} organisation keys are not wrapped by it yet: ipx vault rotate --root"
        return line + (f"; {under_way} rotations are under way" if under_way else "")

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _next_page(self, session: Session, row: RotationRow) -> _Page:
        columns, owner = self._columns_of(row.organisation_id), row.organisation_id
        if row.place == len(columns):
            return _Page(row.place, row.after, None, ())
        limit = self._page_size if owner else min(self._page_size, ROOT_PAGE)
        values = columns[row.place].page(session, owner or "", after=row.after, limit=limit)
        last = values[-1].key if len(values) == limit else None
        if owner is None:
            stale = [value for value in values if root_of(value.wrapped) != bytes.fromhex(row.target)]
            rewrapped = [
                self._keys.rewrap_organisation_key(value.key, value.wrapped, root=row.target) for value in stale
            ]
        else:
            stale = [value for value in values if generation_of(value.wrapped) != int(row.target)]
            rewrapped = self._rewrapped(session, owner, stale)
        return _Page(row.place, row.after, last, list(zip(stale, rewrapped, strict=True)))

    def _rewrapped(self, session: Session, organisation_id: str, stale: Sequence[Value]) -> list[bytes]:
        old_key = session.get_one(OldKeyRow, organisation_id).wrapped_key
        new_key = session.get_one(OrganisationRow, organisation_id).wrapped_key
        values = [(value.wrapped, value.context) for value in stale]
        return self._keys.rewrap(organisation_id, values, old_key=old_key, new_key=new_key)

    def _apply(self, session: Session, row: RotationRow, page: _Page) -> None:
        columns = self._columns_of(row.organisation_id)
        row.mover, row.moved_at = self._mover, self._clock.now()
        if page.place == len(columns):
            self._end(session, row)
            return
        columns[page.place].replace(session, page.replaced)
        row.done += len(page.replaced)
        if page.last is None:
            row.place, row.after = page.place + 1, ""
        else:
            row.after = page.last

    def _end(self, session: Session, row: RotationRow) -> None:
        """End it when nothing is left, else go through all of it again: a value was changed under our hands."""
        if self._stale(session, row.organisation_id, row.target):
            row.place, row.after = 0, ""
            return
        if row.organisation_id is not None:
            session.execute(delete(OldKeyRow).where(OldKeyRow.organisation_id == row.organisation_id))
        row.open_key, row.ended_at = None, self._clock.now()
        self._record(session, row, "rotation_ended", {"values": row.done})
