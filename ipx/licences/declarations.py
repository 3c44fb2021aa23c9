"""Agreements made elsewhere: the owner of a technology declares them, ends them, and states that they are all.

What is declared is the owner's word: this room compares with it and says so, and never calls it proven.
"""

import hashlib
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService, By
from ipx.core.canonical import Json, encode
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import Clock, Entropy
from ipx.licences.models import DeclaredRow, StatementRow
from ipx.licences.policy import check_may_decide
from ipx.licences.records import DeclaredAgreement, DeclaredDraft, Statement
from ipx.licences.terms_v2.terms import read_terms
from ipx.technologies.records import PublicTechnology
from ipx.technologies.service import TechnologyService

LONGEST_NAME = 200


class Declarations:
    """What owners say about grants that this exchange did not make."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy, technologies: TechnologyService) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._technologies = technologies

    def declare(self, session: Session, *, actor: Actor, technology_id: str, draft: DeclaredDraft) -> DeclaredAgreement:
        """Add an agreement to one of the actor's technologies. The same one declared twice is one."""
        check_may_decide(actor)
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        return self._add(session, technology_id, draft, by=actor.by)

    def take_in(self, session: Session, *, technology_id: str, draft: DeclaredDraft, by: By) -> tuple[str, bool]:
        """Add an agreement of an import by the operator; return its id, and whether it is new."""
        is_new = not self.is_known(session, technology_id=technology_id, draft=draft)
        return self._add(session, technology_id, draft, by=by).id, is_new

    def end(self, session: Session, *, actor: Actor, technology_id: str, declared_id: str) -> DeclaredAgreement:
        """Note that an agreement is over; from now on it stands in nobody's way. It stays to be seen."""
        check_may_decide(actor)
        self._technologies.technology(session, actor=actor, technology_id=technology_id)
        row = session.get(DeclaredRow, declared_id, with_for_update=True)
        if row is None or row.technology_id != technology_id:
            raise NotFound("There is no such agreement of this technology.")
        if row.ended_at is None:
            row.ended_at, row.ended_by = self._clock.now(), actor.person_id
            self._note(session, "licence:declared:ended", actor.by, technology_id, {"agreement": row.id})
        return _record(row)

    def state(self, session: Session, *, actor: Actor, technology_id: str) -> Statement:
        """State for the owner that all agreements made elsewhere are declared, today."""
        check_may_decide(actor)
        technology = self._technologies.technology(session, actor=actor, technology_id=technology_id)
        entries = len(self.entries_on(session, technology_id=technology.id))
        row = StatementRow(
            id=self._entropy.new_id(),
            technology_id=technology.id,
            owner_name=actor.organisation_name,
            person_id=actor.person_id,
            entries=entries,
            stated_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._note(session, "licence:declared:complete", actor.by, technology_id, {"statement": row.id, "n": entries})
        return Statement(row.owner_name, row.entries, row.stated_at)

    def entries_on(self, session: Session, *, technology_id: str) -> list[DeclaredAgreement]:
        """Return what was declared, ended ones too, oldest first; the caller has checked who asks."""
        query = select(DeclaredRow).where(DeclaredRow.technology_id == technology_id)
        return [_record(row) for row in session.scalars(query.order_by(DeclaredRow.declared_at, DeclaredRow.id))]

    def latest_statement(self, session: Session, *, technology_id: str) -> Statement | None:
        """Return the latest statement that the list is whole; None if nobody made one."""
        query = select(StatementRow).where(StatementRow.technology_id == technology_id)
        row = session.scalar(query.order_by(StatementRow.stated_at.desc()).limit(1))
        return Statement(row.owner_name, row.entries, row.stated_at) if row else None

    def is_known(self, session: Session, *, technology_id: str, draft: DeclaredDraft) -> bool:
        """Tell whether the same agreement is declared already. Raises Invalid, Conflict as ``declare`` would."""
        owner = self._technologies.public_view(session, technology_id=technology_id)
        return self._found(session, owner, draft) is not None

    def _add(self, session: Session, technology_id: str, draft: DeclaredDraft, *, by: By) -> DeclaredAgreement:
        owner = self._technologies.public_view(session, technology_id=technology_id)
        row = self._found(session, owner, draft)
        if row is None:
            row = DeclaredRow(
                id=self._entropy.new_id(),
                technology_id=technology_id,
                owner_id=owner.organisation_id,
                owner_name=owner.organisation_name,
                holder=_name(draft),
                terms=draft.terms.to_json(),
                rights=sorted(draft.rights),
                is_own_use=draft.is_own_use,
                key=_key(technology_id, draft),
                declared_by=by.person_id,
                declared_at=self._clock.now(),
            )
            session.add(row)
            session.flush()
            details = {"agreement": row.id, "terms_sha256": draft.terms.sha256().hex()}
            self._note(session, "licence:declared:added", by, technology_id, details)
        return _record(row)

    def _found(self, session: Session, owner: PublicTechnology, draft: DeclaredDraft) -> DeclaredRow | None:
        """Return the row of the same agreement, if there is one. Raises Invalid, Conflict when it has ended."""
        if len(_name(draft)) > LONGEST_NAME:
            raise Invalid(f"Use {LONGEST_NAME} characters at most for the name.", field="holder")
        if set(draft.rights) - {right.id for right in owner.rights}:
            raise Invalid("One of these rights is not a right of this technology.", field="rights")
        row = session.scalar(select(DeclaredRow).where(DeclaredRow.key == _key(owner.id, draft)))
        if row is not None and row.ended_at is not None:
            raise Conflict("The same agreement was declared and has ended; change what differs, such as its dates.")
        return row

    def _note(self, session: Session, action: str, by: By, technology_id: str, details: Mapping[str, Json]) -> None:
        self._audit.record(
            session, action=action, by=by, subject_kind="technology", subject_id=technology_id, details=details
        )


def _name(draft: DeclaredDraft) -> str:
    return " ".join(draft.holder.split())


def _key(technology_id: str, draft: DeclaredDraft) -> str:
    value: Json = {
        "technology": technology_id,
        "holder": _name(draft),
        "terms": draft.terms.to_json(),
        "rights": sorted(draft.rights),
        "own_use": draft.is_own_use,
    }
    return hashlib.sha256(encode(value)).hexdigest()


def _record(row: DeclaredRow) -> DeclaredAgreement:
    return DeclaredAgreement(
        id=row.id,
        technology_id=row.technology_id,
        holder=row.holder,
        terms=read_terms(row.terms),
        rights=tuple(row.rights),
        is_own_use=row.is_own_use,
        declared_at=row.declared_at,
        ended_at=row.ended_at,
    )
