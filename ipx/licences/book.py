"""The book of a technology's grants: what exists, compared with what is proposed; and the decisions of people.

Never decides what the words leave open: a named person does, and what she decided covers what she saw and no more.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import AuditService
from ipx.core.canonical import encode
from ipx.core.errors import Conflict, Invalid
from ipx.core.ports import Clock, Entropy
from ipx.licences.algebra.conflicts import Answer, conflicts
from ipx.licences.algebra.grants import Declared, Grant
from ipx.licences.algebra.reading import grant_of
from ipx.licences.algebra.remaining import Remaining, remaining
from ipx.licences.algebra.truth import Truth
from ipx.licences.conflicts import compare, grants_in_force, refuse, refuse_clash
from ipx.licences.models import BookRow, DecisionRow, DeclaredRow, LicenceRow, StatementRow
from ipx.licences.policy import check_may_decide
from ipx.licences.records import Decision, Reservation
from ipx.licences.reserved import Reservations, grant_reserved
from ipx.licences.rows import licence_of
from ipx.licences.terms_v2.terms import LicenceTerms, read_terms
from ipx.licences.terms_v2.versions import read_any

LONGEST_REASON = 2000


class GrantBook:
    """Grants of a technology, licences of ours and agreements made elsewhere alike."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy
        self._sources: list[Reservations] = []

    def add(self, source: Reservations) -> None:
        """Let options that a room on the right knows of count in every comparison."""
        self._sources.append(source)

    def reserved(self, session: Session, *, technology_ids: Sequence[str]) -> list[Reservation]:
        """Return the options that other rooms know of and that run; the caller has checked who asks."""
        now = self._clock.now()
        return [found for source in self._sources for found in source(session, technology_ids) if now < found.ends]

    def lock(self, session: Session, technology_id: str) -> None:
        """Let nobody else decide about the technology until this transaction ends: two grants at the same moment would
        each see that the other one is not there yet.
        """
        insert: Any = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
        session.execute(insert(BookRow).values(technology_id=technology_id).on_conflict_do_nothing())
        session.get(BookRow, technology_id, with_for_update=True)

    def compare(self, session: Session, *, technology_id: str, terms: LicenceTerms) -> Answer:
        """Return whether terms can be granted beside what exists; the caller has checked who asks."""
        declared = self.declared(session, technology_id)
        return compare(terms, self.grants(session, technology_id), now=self._clock.now(), declared=declared)

    def compare_many(self, session: Session, *, technology_ids: Sequence[str], proposed: Grant) -> dict[str, Answer]:
        """Return for each technology whether a grant can stand there; the caller has checked who asks.

        Three queries for all of them, and three more for each that has a grant.
        """
        touched: set[str] = set()
        for column in (LicenceRow.technology_id, DeclaredRow.technology_id):
            touched.update(session.scalars(select(column).where(column.in_(technology_ids)).distinct()))
        touched.update(one.technology_id for one in self.reserved(session, technology_ids=technology_ids))
        stated = self._stated(session, technology_ids)
        return {
            key: conflicts(proposed, self.grants(session, key) if key in touched else [], declared=stated.get(key))
            for key in technology_ids
        }

    def remaining(self, session: Session, *, technology_id: str) -> Remaining:
        """Return what can still be granted from today on; the caller has checked who asks."""
        at, declared = self._clock.now().date(), self.declared(session, technology_id)
        return remaining(self.grants(session, technology_id), at=at, declared=declared)

    def refuse(self, session: Session, *, technology_id: str, terms: Mapping[str, Any]) -> None:
        """Raise Conflict when a grant excludes these terms, or when that is undecided and nobody has decided it.

        ``terms``: as they are written, of either version; what a person decided is about exactly these.
        """
        self.lock(session, technology_id)
        answer = self.compare(session, technology_id=technology_id, terms=read_any(terms))
        if answer.conflict is Truth.UNDECIDED and self._is_decided(session, technology_id, terms, answer):
            return
        refuse(answer)

    def refuse_clash(self, session: Session, *, technology_id: str, terms: LicenceTerms) -> None:
        """Raise Conflict where a grant surely excludes these terms; what is undecided passes."""
        self.lock(session, technology_id)
        refuse_clash(self.compare(session, technology_id=technology_id, terms=terms))

    def decide(
        self, session: Session, *, actor: Actor, technology_id: str, terms: LicenceTerms, reason: str
    ) -> Decision:
        """Note that the actor has weighed what is undecided and lets these terms be granted.

        The caller has checked that the technology is the actor's. Raises Invalid (reason), Conflict where there is
        nothing to decide: a clear conflict cannot be decided away.
        """
        check_may_decide(actor)
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise Invalid("Write what you weighed, in 2,000 characters or fewer; auditors read it.", field="reason")
        self.lock(session, technology_id)
        answer = self.compare(session, technology_id=technology_id, terms=terms)
        if answer.conflict is not Truth.UNDECIDED:
            raise Conflict("There is nothing to decide here: the terms say by themselves whether both can stand.")
        row = DecisionRow(
            id=self._entropy.new_id(),
            technology_id=technology_id,
            terms_sha256=terms.sha256().hex(),
            causes=list(answer.causes),
            reason=reason.strip(),
            person_id=actor.person_id,
            person_name=actor.name,
            decided_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="licence:conflict:decided",
            by=actor.by,
            subject_kind="technology",
            subject_id=technology_id,
            details={"decision": row.id, "terms_sha256": row.terms_sha256, "causes": row.causes},
        )
        return _decision(row)

    def decisions_on(
        self, session: Session, *, technology_id: str, terms: Mapping[str, Any] | None = None
    ) -> list[Decision]:
        """Return what was decided, oldest first; for certain terms, or for all."""
        query = select(DecisionRow).where(DecisionRow.technology_id == technology_id)
        if terms is not None:
            query = query.where(DecisionRow.terms_sha256 == _hash(terms))
        return [_decision(row) for row in session.scalars(query.order_by(DecisionRow.decided_at, DecisionRow.id))]

    def grants(self, session: Session, technology_id: str) -> list[Grant]:
        """Return what exists: our licences that are alive, what was declared and has not ended, and options."""
        now = self._clock.now()
        ours = session.scalars(select(LicenceRow).where(LicenceRow.technology_id == technology_id))
        elsewhere = session.scalars(
            select(DeclaredRow).where(DeclaredRow.technology_id == technology_id, DeclaredRow.ended_at.is_(None))
        )
        declared = [
            grant_of(
                read_terms(row.terms),
                id=row.id,
                at=now.date(),
                holder=row.holder or None,
                declared=Declared(row.owner_name, row.declared_at.date()),
                rights=row.rights,
                is_own_use=row.is_own_use,
            )
            for row in elsewhere
        ]
        reserved = [grant_reserved(one) for one in self.reserved(session, technology_ids=[technology_id])]
        return [*grants_in_force([licence_of(row) for row in ours], now=now), *declared, *reserved]

    def declared(self, session: Session, technology_id: str) -> Declared | None:
        """Return the owner's latest statement that all agreements made elsewhere are declared."""
        query = select(StatementRow).where(StatementRow.technology_id == technology_id)
        row = session.scalar(query.order_by(StatementRow.stated_at.desc()).limit(1))
        return Declared(row.owner_name, row.stated_at.date()) if row else None

    def _stated(self, session: Session, technology_ids: Sequence[str]) -> dict[str, Declared]:
        query = select(StatementRow).where(StatementRow.technology_id.in_(technology_ids))
        rows = session.scalars(query.order_by(StatementRow.stated_at))
        return {row.technology_id: Declared(row.owner_name, row.stated_at.date()) for row in rows}

    def _is_decided(self, session: Session, technology_id: str, terms: Mapping[str, Any], answer: Answer) -> bool:
        """Tell whether decisions cover every grant that makes it undecided."""
        decisions = self.decisions_on(session, technology_id=technology_id, terms=terms)
        weighed: set[str] = {cause for decision in decisions for cause in decision.causes}
        return set(answer.causes) <= weighed


def _hash(terms: Mapping[str, Any]) -> str:
    return hashlib.sha256(encode(dict(terms))).hexdigest()


def _decision(row: DecisionRow) -> Decision:
    causes: Sequence[str] = tuple(row.causes)
    return Decision(
        id=row.id,
        technology_id=row.technology_id,
        causes=causes,
        reason=row.reason,
        person_name=row.person_name,
        decided_at=row.decided_at,
    )
