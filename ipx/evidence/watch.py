"""Watches our own log: the chain must have what our table says, and nothing else by our account.

An alarm is raised at the second look that finds the same, since a block may come between two questions. A look begins
where a checkpoint ends; once a day, and whenever something differs, everything is looked at. It must never
mend anything: whether a fork is an accident or a thief is for people to find out.
"""

import logging
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.service import ChainService, EventView
from ipx.core import merkle
from ipx.core.errors import Unavailable
from ipx.core.ports import ChainGateway, Clock
from ipx.db.session import Database
from ipx.evidence import checkpoint as checkpoints
from ipx.evidence.batches import CONTRACT
from ipx.evidence.checkpoint import AT_LEAST_EVERY, Checkpoint
from ipx.evidence.filling import IS_FROZEN
from ipx.evidence.log_chain import (
    MISSING,
    NOT_CHAINED,
    UNKNOWN,
    ChainAnchor,
    Difference,
    check_heads,
    compare,
)
from ipx.evidence.models import AlarmRow, BatchRow, LookRow
from ipx.evidence.rules import ENDED
from ipx.evidence.transparency import Transparency

ALARMED = "evidence:log:alarmed"
logger = logging.getLogger(__name__)


class LogWatch:
    """Compares our table with the mirror of the chain, and the mirror with the node's own word."""

    def __init__(
        self,
        *,
        database: Database,
        transparency: Transparency,
        chain: ChainService,
        gateway: ChainGateway,
        audit: AuditService,
        clock: Clock,
    ) -> None:
        self._database = database
        self._transparency = transparency
        self._chain = chain
        self._gateway = gateway
        self._audit = audit
        self._clock = clock

    def look(self) -> bool:
        """Look once; True when an alarm was raised. Raises Unavailable when the node does not answer."""
        node_head = self._node_head()
        with self._database.read() as session:
            known = self._checkpoint(session)
            differences = self._differences(session, node_head, known)
            if differences and known:
                known = None
                differences = self._differences(session, node_head, known)
            now = self._clock.now()
            reached = None if differences else checkpoints.reached(session, after=known, now=now)
        with self._database.write() as session:
            checkpoints.keep(session, reached)
            return self._note(session, {difference.key: difference for difference in differences})

    def _checkpoint(self, session: Session) -> Checkpoint | None:
        """Where to begin: at the first batch once a day, and while something differs."""
        known = checkpoints.find(session)
        is_troubled = session.scalar(select(AlarmRow.key).where(AlarmRow.ended_at.is_(None)).limit(1)) is not None
        is_old = known is not None and known.whole_at + AT_LEAST_EVERY <= self._clock.now()
        return None if is_troubled or is_old else known

    def _node_head(self) -> bytes:
        """The head that the contract has of our account commits to every anchor before it."""
        head = self._gateway.call(CONTRACT, "headOf", [self._gateway.relayer()])
        if not isinstance(head, str):
            raise Unavailable("The chain node does not tell the head of our log.")
        return bytes.fromhex(head.removeprefix("0x"))

    def _differences(self, session: Session, node_head: bytes, known: Checkpoint | None) -> list[Difference]:
        anchors = self._anchors(session, known)
        listed = self._transparency.listing(session, after=known)
        height = self._chain.status(session).mirrored_to
        heads = known.heads if known else {}
        lower = {(contract.lower(), sender.lower()): head for (contract, sender), head in heads.items()}
        return [
            *check_heads(anchors, lower),
            *compare(anchors, listed, height=height),
            *self._unheard(session, node_head, {anchor.head for anchor in anchors}, known),
            *self._unchained(session, known),
        ]

    def _anchors(self, session: Session, known: Checkpoint | None) -> list[ChainAnchor]:
        """Return what the mirror has of our accounts, or what it has beyond a checkpoint."""
        newer = select(BatchRow.sender).where(BatchRow.sequence > (known.sequence if known else 0)).distinct()
        senders = {sender for _, sender in (known.heads if known else ())} | set(session.scalars(newer))
        ours = {sender.lower() for sender in (*senders, self._gateway.relayer())}
        first = known.block_number if known else 0
        events = self._chain.events_of(session, contract=CONTRACT, event="Anchored", from_block=first)
        anchors = [_anchor(event) for event in events if str(event.arguments["sender"]).lower() in ours]
        covered = checkpoints.covered_in_its_block(session, known) if known else set()
        return [anchor for anchor in anchors if anchor.head not in covered]

    def _unheard(
        self, session: Session, node_head: bytes, mirrored: set[bytes], known: Checkpoint | None
    ) -> list[Difference]:
        """Compare the node's head with our newest batches: the mirror may be behind, our table may not."""
        current = (self._gateway.contract_address(CONTRACT), self._gateway.relayer())
        query = select(BatchRow.head, BatchRow.state).where(
            BatchRow.contract == current[0], BatchRow.sender == current[1], IS_FROZEN
        )
        query = query.where(BatchRow.sequence > (known.sequence if known else 0))
        heads = session.execute(query.order_by(BatchRow.sequence)).all()
        place = {head: number for number, (head, _) in enumerate(heads)}
        before = (known.heads if known else {}).get(current, merkle.FIRST_HEAD)
        if node_head != before and node_head not in place:
            words = "the chain has a head of our account that is in no batch of ours"
            return [] if node_head in mirrored else [Difference(UNKNOWN, node_head.hex(), words)]
        reached = place.get(node_head, -1)
        words = "a batch that was final is not in the log that the chain has"
        return [Difference(MISSING, head.hex(), words) for head, state in heads[reached + 1 :] if state in ENDED]

    def _unchained(self, session: Session, known: Checkpoint | None) -> list[Difference]:
        broken_at = self._transparency.consistency(session, after=known).broken_at
        words = f"batch {broken_at} of our table does not follow the one before it"
        return [] if broken_at is None else [Difference(NOT_CHAINED, str(broken_at), words)]

    def _note(self, session: Session, found: Mapping[str, Difference]) -> bool:
        now, raised = self._clock.now(), False
        session.merge(LookRow(id=1, looked_at=now, differences=len(found)))
        known = {row.key: row for row in session.scalars(select(AlarmRow).with_for_update())}
        for key, difference in found.items():
            row = known.get(key)
            if row is None:
                session.add(AlarmRow(key=key, kind=difference.kind, subject=difference.subject, seen_at=now))
            elif row.raised_at is None:
                row.raised_at, raised = now, True
                self._raise(session, difference)
            else:
                row.ended_at = None
        for key, row in known.items():
            if key not in found and row.raised_at is None:
                session.delete(row)
            elif key not in found and row.ended_at is None:
                row.ended_at = now
        return raised

    def _raise(self, session: Session, difference: Difference) -> None:
        logger.error("our log and the chain differ: %s (%s)", difference.words, difference.subject)
        self._audit.record(
            session,
            action=ALARMED,
            by=THE_EXCHANGE,
            subject_kind="batch",
            subject_id=difference.subject,
            details={"kind": difference.kind},
        )


def _anchor(event: EventView) -> ChainAnchor:
    arguments = event.arguments
    return ChainAnchor(
        contract=event.address.lower(),
        sender=str(arguments["sender"]).lower(),
        root=_bytes(arguments["root"]),
        size=int(arguments["size"]),
        head=_bytes(arguments["head"]),
        transaction=event.transaction.lower(),
        block_number=event.block_number,
        block_hash=event.block_hash.lower(),
        is_final=event.is_final,
    )


def _bytes(word: object) -> bytes:
    return bytes.fromhex(str(word).removeprefix("0x"))
