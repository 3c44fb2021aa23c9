"""The book of custody: which files there have to be, and how each was found in each store. Looks into no store.

It must never drop what was seen: a state that ends stays as a span of the past.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, literal, or_, select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.core.ports import Clock, Entropy
from ipx.vault.custody_models import SpanRow
from ipx.vault.custody_rules import Cause, CustodyState, Span, StoredDocument
from ipx.vault.models import DocumentRow
from ipx.vault.rules import Tier

AT_ONCE = 50
BYTES_AT_ONCE = 256 << 20


@dataclass(frozen=True)
class Seen:
    """What was just seen of a file in a store."""

    cid: str
    store: str
    state: CustodyState
    cause: Cause


class CustodyBook:
    """Spans of custody."""

    def __init__(self, *, audit: AuditService, clock: Clock, entropy: Entropy) -> None:
        self._audit = audit
        self._clock = clock
        self._entropy = entropy

    def note(self, session: Session, seen: Seen) -> bool:
        """Write down how a file is now; True when that is news. News of trouble, repair and removal are audited."""
        now, key = self._clock.now(), f"{seen.store}/{seen.cid}"
        row = session.scalar(select(SpanRow).where(SpanRow.open_key == key).with_for_update())
        if row is not None and row.state == seen.state:
            row.seen_at, row.checks = now, row.checks + 1
            return False
        if row is not None:
            row.open_key = None
            session.flush()
        session.add(
            SpanRow(
                id=self._entropy.new_id(),
                open_key=key,
                cid=seen.cid,
                store=seen.store,
                state=seen.state,
                cause=seen.cause,
                began_at=now,
                seen_at=now,
                checks=1,
            )
        )
        session.flush()
        if seen.state is not CustodyState.INTACT or seen.cause is not Cause.AUDIT:
            self._record(session, seen)
        return True

    def state_of(self, session: Session, cid: str, store: str) -> CustodyState | None:
        """Return how the file was seen last; None when nobody has looked yet."""
        found = session.scalar(select(SpanRow.state).where(SpanRow.open_key == f"{store}/{cid}"))
        return CustodyState(found) if found else None

    def known_in(self, session: Session, cid: str) -> set[str]:
        """Return the stores that were seen to have the file, or to lack it, and did not give it up since."""
        query = select(SpanRow.store).where(SpanRow.cid == cid, SpanRow.open_key.is_not(None))
        return set(session.scalars(query.where(SpanRow.state != CustodyState.REMOVED)))

    def spans_of(self, session: Session, cid: str) -> list[Span]:
        """Return a file's history: the present states first, then the past ones, the newest first."""
        order = SpanRow.open_key.is_(None), SpanRow.began_at.desc(), SpanRow.store
        query = select(SpanRow).where(SpanRow.cid == cid).order_by(*order)
        return [
            Span(row.cid, row.store, CustodyState(row.state), Cause(row.cause), row.began_at, row.seen_at, row.checks)
            for row in session.scalars(query)
        ]

    def troubled(self, session: Session, store: str) -> list[str]:
        """Return the CIDs that the store ought to have, and was last seen without."""
        query = (
            select(SpanRow.cid)
            .where(SpanRow.store == store, SpanRow.open_key.is_not(None))
            .where(SpanRow.state.in_([CustodyState.MISSING, CustodyState.DAMAGED]))
            .where(SpanRow.cid.in_(select(DocumentRow.cid).where(is_kept())))
        )
        return sorted(session.scalars(query))

    def _record(self, session: Session, seen: Seen) -> None:
        query = select(DocumentRow.id).where(DocumentRow.cid == seen.cid).order_by(DocumentRow.id)
        for document_id in session.scalars(query):
            self._audit.record(
                session,
                action=f"document:custody:{seen.state}",
                by=THE_EXCHANGE,
                subject_kind="document",
                subject_id=document_id,
                details={"cid": seen.cid, "store": seen.store, "cause": str(seen.cause)},
            )


def is_kept() -> ColumnElement[bool]:
    """The condition that a document was not erased, so that its file has to be there."""
    has_no_key = and_(DocumentRow.confidential, DocumentRow.tier == Tier.EXCHANGE, DocumentRow.wrapped_secret.is_(None))
    return DocumentRow.erased_at.is_(None) & ~has_no_key


def files_after(session: Session, cursor: str) -> list[StoredDocument]:
    """Return the next files in the order of their CIDs: at least one, at most AT_ONCE or about BYTES_AT_ONCE."""
    return _portion(session, DocumentRow.cid > cursor)


def unseen_files(session: Session, stores: Sequence[str]) -> list[StoredDocument]:
    """Return files that nobody has looked at yet in one of these stores: a portion of them."""
    keys = [literal(f"{store}/") + DocumentRow.cid for store in stores]
    return _portion(session, or_(*(~exists().where(SpanRow.open_key == key) for key in keys)))


def _portion(session: Session, wanted: ColumnElement[bool]) -> list[StoredDocument]:
    query = (
        select(DocumentRow.cid, func.max(DocumentRow.stored_size))
        .where(is_kept(), wanted)
        .group_by(DocumentRow.cid)
        .order_by(DocumentRow.cid)
        .limit(AT_ONCE)
    )
    files: list[StoredDocument] = []
    size = 0
    for cid, stored_size in session.execute(query):
        if files and size + stored_size > BYTES_AT_ONCE:
            break
        files.append(StoredDocument(cid, stored_size))
        size += stored_size
    return files


def count_of_files(session: Session) -> int:
    """Return how many different files there have to be."""
    return session.scalar(select(func.count(DocumentRow.cid.distinct())).where(is_kept())) or 0


def still_kept(session: Session, cids: Sequence[str]) -> set[str]:
    """Return those of the CIDs that a document still needs."""
    return set(session.scalars(select(DocumentRow.cid).where(is_kept(), DocumentRow.cid.in_(cids))))
