"""The door to the audit log: lines are collected during a transaction and chained right before it commits.

Taking the chain's lock only at the end keeps writers of different things out of each other's way.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.models import AuditHead, AuditRow
from ipx.audit.rules import FIRST_HASH, AuditLine, first_broken, line_hash
from ipx.core.canonical import Json, encode
from ipx.core.ports import Clock

_PENDING = "ipx_audit_lines"


@dataclass(frozen=True)
class By:
    """Who did it: a person of an organisation, or nobody, which means the exchange itself."""

    person_id: str | None = None
    organisation_id: str | None = None


THE_EXCHANGE = By()


@dataclass(frozen=True)
class ChainCheck:
    """Result of verifying the chain: how many lines, the head, and the first broken line if any."""

    lines: int
    head: str
    broken_at: int | None


class AuditService:
    """Records and reads audit lines."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def record(
        self,
        session: Session,
        *,
        action: str,
        by: By,
        subject_kind: str,
        subject_id: str,
        details: Mapping[str, Json] | None = None,
    ) -> None:
        """Add a line to the present transaction. ``action`` is ``subject:thing:verb``; no personal data in details."""
        if action.count(":") != 2:
            raise ValueError(f"an audit action reads subject:thing:verb, not {action}")
        encode(dict(details or {}))  # refuse what has no canonical form here, not at commit
        line = AuditLine(
            sequence=0,
            at=self._clock.now(),
            action=action,
            actor_id=by.person_id,
            organisation_id=by.organisation_id,
            subject_kind=subject_kind,
            subject_id=subject_id,
            details=dict(details or {}),
            previous="",
            hash="",
        )
        session.info.setdefault(_PENDING, []).append(line)

    def seal(self, session: Session) -> None:
        """Chain the collected lines; ``wiring`` calls it before every commit."""
        pending: list[AuditLine] = session.info.pop(_PENDING, [])
        if not pending:
            return
        head = self._locked_head(session)
        for line in pending:
            head.sequence += 1
            chained = _chained(line, head.sequence, head.hash)
            head.hash = chained.hash
            session.add(_row(chained))
        session.flush()

    def lines_of(self, session: Session, subjects: Sequence[tuple[str, str]]) -> list[AuditLine]:
        """Return the lines about any of these (kind, id) subjects, oldest first."""
        wanted = set(subjects)
        ids = {subject_id for _, subject_id in wanted}
        rows = session.scalars(select(AuditRow).where(AuditRow.subject_id.in_(ids)).order_by(AuditRow.sequence))
        return [_line(row) for row in rows if (row.subject_kind, row.subject_id) in wanted]

    def subjects_of(self, session: Session, *, action: str) -> set[str]:
        """Return the ids of all subjects that an action was recorded of."""
        return set(session.scalars(select(AuditRow.subject_id).where(AuditRow.action == action)))

    def line(self, session: Session, sequence: int) -> AuditLine | None:
        """Return one line by its number, or None."""
        row = session.get(AuditRow, sequence)
        return None if row is None else _line(row)

    def tip(self, session: Session) -> tuple[int, str]:
        """Return the number of lines and the hash of the last one, as the log's head has them."""
        head = session.get(AuditHead, 1)
        return (head.sequence, head.hash) if head else (0, FIRST_HASH)

    def hashes(self, session: Session, *, after: int, upto: int) -> Iterator[str]:
        """Return the hashes of the lines ``after + 1`` to ``upto``, in order; lines that are missing are left out."""
        query = select(AuditRow.hash).where(AuditRow.sequence > after, AuditRow.sequence <= upto)
        yield from session.scalars(query.order_by(AuditRow.sequence).execution_options(yield_per=2000))

    def has_changed(self, session: Session, *, after: int, but_for: Sequence[str]) -> bool:
        """Tell whether there is a line with a later number whose action is none of ``but_for``."""
        query = select(AuditRow.sequence).where(AuditRow.sequence > after, AuditRow.action.not_in(but_for))
        return session.scalar(query.limit(1)) is not None

    def check(self, session: Session) -> ChainCheck:
        """Verify the whole chain, in order, without holding it in memory."""
        count, newest = self.tip(session)
        seen = {"sequence": 0, "hash": FIRST_HASH}

        def lines() -> Iterator[AuditLine]:
            query = select(AuditRow).order_by(AuditRow.sequence).execution_options(yield_per=500)
            for row in session.scalars(query):
                seen.update(sequence=row.sequence, hash=row.hash)
                yield _line(row)

        broken = first_broken(lines())
        if broken is None and (seen["sequence"], seen["hash"]) != (count, newest):
            broken = count  # the tail was cut off, or the head was set back
        return ChainCheck(lines=count, head=newest, broken_at=broken)

    def _locked_head(self, session: Session) -> AuditHead:
        head = session.get(AuditHead, 1, with_for_update=True)
        if head is None:
            head = AuditHead(id=1, sequence=0, hash=FIRST_HASH)
            session.add(head)
        return head


def _chained(line: AuditLine, sequence: int, previous: str) -> AuditLine:
    unhashed = AuditLine(**{**line.__dict__, "sequence": sequence, "previous": previous})
    return AuditLine(**{**unhashed.__dict__, "hash": line_hash(unhashed)})


def _row(line: AuditLine) -> AuditRow:
    return AuditRow(**{**line.__dict__, "details": dict(line.details)})


def _line(row: AuditRow) -> AuditLine:
    return AuditLine(
        sequence=row.sequence,
        at=row.at,
        action=row.action,
        actor_id=row.actor_id,
        organisation_id=row.organisation_id,
        subject_kind=row.subject_kind,
        subject_id=row.subject_id,
        details=row.details,
        previous=row.previous,
        hash=row.hash,
    )
