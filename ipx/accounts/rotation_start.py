"""The beginning of a rotation of keys (``rotation`` moves it on): the new key is there, and wraps all that is new."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.models import OldKeyRow, OrganisationRow, RotationRow
from ipx.accounts.records import Rotation
from ipx.accounts.root_in_use import root_in_use
from ipx.accounts.wrapped_columns import WrappedColumn
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy, KeyVault
from ipx.core.wrapped_keys import HEAD_BYTES, LAST_GENERATION, generation_of, head_of
from ipx.db.durable import Durable
from ipx.db.session import Database

ROTATE = "accounts.rotate_key"
PAGE = 1000
OF_ROOT = "root"

_ROOT_COLUMNS = (
    WrappedColumn(OrganisationRow.id, OrganisationRow.wrapped_key, lambda _: OrganisationRow.id != "", "", ()),
    WrappedColumn(OldKeyRow.organisation_id, OldKeyRow.wrapped_key, lambda _: OldKeyRow.organisation_id != "", "", ()),
)


class RotationStart:
    """What there is to rotate, and the beginning of it. ``mover`` names this process."""

    def __init__(
        self,
        *,
        database: Database,
        durable: Durable,
        keys: KeyVault,
        audit: AuditService,
        clock: Clock,
        entropy: Entropy,
        mover: str,
        page: int = PAGE,
    ) -> None:
        self._database = database
        self._durable = durable
        self._keys = keys
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._mover = mover
        self._page_size = page
        self.columns: list[WrappedColumn] = []

    def add(self, *columns: WrappedColumn) -> None:
        """Say that an organisation's key wraps these columns too."""
        self.columns += columns

    # ── beginning ────────────────────────────────────────────────────────────────────────────────

    def begin_organisation(self, session: Session, *, organisation_id: str) -> Rotation:
        """Give an organisation a new key and begin to wrap everything by it; one under way is gone on with.

        Raises NotFound.
        """
        # The whole row: whoever wraps something by the old key holds its key share (Keys.wrap), and we wait for him.
        row = session.get(OrganisationRow, organisation_id, with_for_update=True)
        if row is None:
            raise NotFound("There is no such organisation.")
        under_way = self._under_way(session, organisation_id)
        if under_way is not None:
            return rotation_of(under_way)
        generation = generation_of(row.wrapped_key) + 1
        if generation > LAST_GENERATION:
            raise Conflict("This organisation's key cannot be rotated any more.")
        root = root_in_use(session, self._keys).root
        session.add(OldKeyRow(organisation_id=row.id, wrapped_key=row.wrapped_key, replaced_at=self._clock.now()))
        row.wrapped_key = self._keys.create_organisation_key(row.id, generation=generation, root=root)
        return self._begin(session, organisation_id, str(generation))

    def begin_root(self, session: Session) -> Rotation | None:
        """Begin to wrap every organisation's key by the root key that this process has first; None: they all are.

        Raises Conflict while a rotation to another root key is under way.
        """
        target = self._keys.root_key()
        in_use = root_in_use(session, self._keys, alone=True)
        under_way = self._under_way(session, None)
        if under_way is not None:
            if under_way.target != target:
                raise Conflict(f"A rotation to the root key {under_way.target} is under way: end it with that key.")
            return rotation_of(under_way)
        in_use.root = target
        session.flush()
        return self._begin(session, None, target) if self._stale(session, None, target) else None

    def _under_way(self, session: Session, organisation_id: str | None) -> RotationRow | None:
        query = select(RotationRow).where(RotationRow.open_key == (organisation_id or OF_ROOT)).with_for_update()
        found = session.scalar(query)
        if found is not None:
            found.mover, found.moved_at = self._mover, self._clock.now()
        return found

    def _begin(self, session: Session, organisation_id: str | None, target: str) -> Rotation:
        now, columns = self._clock.now(), self._columns_of(organisation_id)
        row = RotationRow(
            id=self._entropy.new_id(),
            open_key=organisation_id or OF_ROOT,
            organisation_id=organisation_id,
            target=target,
            total=sum(column.count(session, organisation_id or "") for column in columns),
            done=0,
            place=0,
            after="",
            mover=self._mover,
            moved_at=now,
            began_at=now,
            ended_at=None,
        )
        session.add(row)
        session.flush()
        self._durable.enqueue(session, ROTATE, row.id, key=row.id)
        self._record(session, row, "rotation_begun", {"values": row.total})
        return rotation_of(row)

    # ── inside ───────────────────────────────────────────────────────────────────────────────────

    def _columns_of(self, organisation_id: str | None) -> Sequence[WrappedColumn]:
        return _ROOT_COLUMNS if organisation_id is None else self.columns

    def _stale(self, session: Session, organisation_id: str | None, target: str) -> int:
        if organisation_id is None:
            where: dict[str, Any] = {"start": HEAD_BYTES, "expected": bytes.fromhex(target)}
        else:
            where = {"start": 0, "expected": head_of(int(target))}
        columns = self._columns_of(organisation_id)
        return sum(column.count_stale(session, organisation_id or "", **where) for column in columns)

    def _record(self, session: Session, row: RotationRow, verb: str, details: dict[str, Json]) -> None:
        owner = row.organisation_id
        self._audit.record(
            session,
            action=f"{'account:key' if owner else 'exchange:root_key'}:{verb}",
            by=THE_EXCHANGE,
            subject_kind="organisation" if owner else "rotation",
            subject_id=owner or row.id,
            details={"rotation": row.id, "to": row.target, **details},
        )


def rotation_of(row: RotationRow) -> Rotation:
    """Return a row as the room hands it out."""
    return Rotation(
        id=row.id,
        organisation_id=row.organisation_id,
        target=row.target,
        total=row.total,
        done=row.done,
        began_at=row.began_at,
        ended_at=row.ended_at,
    )
