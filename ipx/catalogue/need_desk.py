"""The part of the catalogue's door that posts, changes and withdraws needs. Decides nothing about their matches."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.catalogue.events import NeedChanged
from ipx.catalogue.models import NeedRow
from ipx.catalogue.need_rules import NeedDraft, Visibility, check_may_become, shown_since
from ipx.catalogue.policy import check_may_post_need
from ipx.catalogue.records import Need
from ipx.catalogue.rows import own_need_of
from ipx.catalogue.rules import State
from ipx.catalogue.shelves import Shelves
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.db.events import Events


class NeedDesk(Shelves):
    """Needs of organisations here."""

    _audit: AuditService
    _events: Events
    _clock: Clock
    _entropy: Entropy

    def post_need(self, session: Session, *, actor: Actor, draft: NeedDraft) -> Need:
        """Post a need of the actor's organisation; NeedChanged follows. Raises Forbidden, Invalid."""
        check_may_post_need(actor)
        now = self._clock.now()
        row = NeedRow(
            id=self._entropy.new_id(),
            version=1,
            state=str(State.PUBLISHED),
            organisation_id=actor.organisation_id,
            owner_name=actor.organisation_name,
            opens=now.date(),
            published_at=shown_since(draft.visibility, now),
            **_columns(draft.checked(today=now.date())),
        )
        session.add(row)
        return self._need_changed(session, actor, row, "need:text:posted")

    def change_need(self, session: Session, *, actor: Actor, need_id: str, version: int, draft: NeedDraft) -> Need:
        """Replace what a need says; NeedChanged follows. ``version`` is the one that was read.

        Raises Forbidden, NotFound, Invalid, Conflict (withdrawn, changed meanwhile, or a name would be taken back).
        """
        check_may_post_need(actor)
        row = self._own_need_row(session, actor, need_id)
        if row.state != State.PUBLISHED:
            raise Conflict("This need is withdrawn. Post it anew.")
        if row.version != version:
            raise Conflict("A colleague has changed this need meanwhile. Open it again and look.")
        before, now = Visibility(row.visibility), self._clock.now()
        check_may_become(before, draft.visibility)
        for name, value in _columns(draft.checked(today=now.date())).items():
            setattr(row, name, value)
        if before is Visibility.PRIVATE and draft.visibility is not before:
            row.opens, row.published_at = now.date(), shown_since(draft.visibility, now)
        row.version += 1
        return self._need_changed(session, actor, row, "need:text:changed")

    def withdraw_need(self, session: Session, *, actor: Actor, need_id: str) -> Need:
        """Take a need back; NeedChanged follows. Repeatable. Raises Forbidden, NotFound."""
        check_may_post_need(actor)
        row = self._own_need_row(session, actor, need_id)
        if row.state != State.PUBLISHED:
            return own_need_of(row)
        row.state, row.version = str(State.WITHDRAWN), row.version + 1
        return self._need_changed(session, actor, row, "need:text:withdrawn")

    def own_need(self, session: Session, *, actor: Actor, need_id: str) -> Need:
        """Return a need of the actor's organisation, in any state. Raises NotFound for those of others."""
        return own_need_of(self._own_need_row(session, actor, need_id, lock=False))

    def needs_of(self, session: Session, *, organisation_id: str) -> list[Need]:
        """Return an organisation's needs in any state, the newest first; the caller has checked who asks."""
        query = select(NeedRow).where(NeedRow.organisation_id == organisation_id)
        return [own_need_of(row) for row in session.scalars(query.order_by(NeedRow.published_at.desc(), NeedRow.id))]

    def find_whole_need(self, session: Session, *, need_id: str) -> Need | None:
        """Return a need in any state with its organisation, for rooms that compare; they say to nobody whose it is."""
        row = session.get(NeedRow, need_id)
        return own_need_of(row) if row else None

    def private_needs(self, session: Session) -> list[str]:
        """Return the ids of private needs that are not withdrawn: no index finds them."""
        query = select(NeedRow.id).where(NeedRow.visibility == Visibility.PRIVATE, NeedRow.state == State.PUBLISHED)
        return list(session.scalars(query.order_by(NeedRow.id)))

    def _own_need_row(self, session: Session, actor: Actor, need_id: str, *, lock: bool = True) -> NeedRow:
        row = session.get(NeedRow, need_id, with_for_update=lock or None)
        if row is None or row.organisation_id is None or row.organisation_id != actor.organisation_id:
            raise NotFound("There is no such need.")
        return row

    def _need_changed(self, session: Session, actor: Actor, row: NeedRow, action: str) -> Need:
        session.flush()
        details: Mapping[str, Json] = {"version": row.version, "visibility": row.visibility}
        self._audit.record(session, action=action, by=actor.by, subject_kind="need", subject_id=row.id, details=details)
        self._events.publish(session, NeedChanged(row.id, row.version))
        return own_need_of(row)


def _columns(draft: NeedDraft) -> dict[str, Any]:
    return {
        **draft.__dict__,
        "visibility": str(draft.visibility),
        "keywords": list(draft.keywords),
        "classes": list(draft.classes),
        "territory": list(draft.territory),
    }
