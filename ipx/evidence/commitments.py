"""Commitments that were made elsewhere: taken in bulk, listed, proven. What they are made of never comes here.

It must never ask for a salt, a hash of a file or a name.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, and_, insert, or_, select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.core import commitment, merkle
from ipx.core.errors import Conflict, Invalid, NotFound
from ipx.core.ports import BlockProof, Clock, Entropy
from ipx.evidence import bundle as bundles
from ipx.evidence import leaves
from ipx.evidence.batches import Batches
from ipx.evidence.block_proofs import block_proof_of
from ipx.evidence.bundle import Opening, Proof
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.records import StampView
from ipx.evidence.rows import anchor, view
from ipx.evidence.rules import ACCEPTED, ANCHORED, MOST_AT_ONCE, MOST_BUNDLES
from ipx.evidence.second_clock import SecondClock
from ipx.evidence.time_stamps import TimeStamps

_WORD = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class Accepted:
    """The stamps of a request, in its order; ``new`` is how many of them were not there before."""

    stamps: Sequence[StampView]
    new: int


@dataclass(frozen=True)
class Beside:
    """What all bundles of a batch carry beside path and anchor."""

    block_proof: BlockProof | None
    time_stamps: TimeStamps | None


class Commitments:
    """Accepting commitments, and what became of them."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        batches: Batches,
        clock: Clock,
        entropy: Entropy,
        second_clock: SecondClock | None = None,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._batches = batches
        self._second_clock = second_clock
        self._clock = clock
        self._entropy = entropy

    def accept(self, session: Session, *, by: By, organisation_id: str, commitments: Sequence[bytes]) -> Accepted:
        """Take commitments of an organisation for the next batch; those that it gave before are not taken again.

        BatchIncluded and BatchFinal follow. Whether the organisation's account is in a commitment cannot be seen here:
        who leaves it out proves nothing to anybody. Raises Invalid, Conflict when another organisation has given one.
        """
        _check(commitments)
        known = self._known(session, commitments)
        if any(stamp.organisation_id != organisation_id for stamp in known.values()):
            raise Conflict("One of these commitments was given by another organisation. Make new salts.")
        new = [value for value in commitments if value not in known]
        if new:
            rows = self._rows_for(session, organisation_id, new)
            session.execute(insert(StampRow), rows)
            self._audit.record(
                session,
                action="evidence:stamps:accepted",
                by=by,
                subject_kind="organisation",
                subject_id=organisation_id,
                details={"count": len(new), "root": merkle.root(new).hex(), "first": rows[0]["id"]},
            )
            known = self._known(session, commitments)
        return Accepted([known[value] for value in commitments], len(new))

    def accept_for(
        self, session: Session, *, organisation_id: str, value: bytes, subject_kind: str, subject_id: str
    ) -> StampView:
        """Take the commitment that belongs to a subject of ours, but was made elsewhere; BatchIncluded and BatchFinal
        follow. We never learn what it is made of. Raises Invalid, Conflict when it was given before."""
        _check([value])
        if self._known(session, [value]):
            raise Conflict("This commitment was given before. Make a new salt: open the page again.")
        [row] = self._rows_for(session, organisation_id, [value])
        session.add(StampRow(**{**row, "subject_kind": subject_kind, "subject_id": subject_id}))
        session.flush()
        self._audit.record(
            session,
            action="evidence:stamp:made",
            by=By(organisation_id=organisation_id),
            subject_kind=subject_kind,
            subject_id=subject_id,
            details={"stamp": row["id"], "commitment": value.hex()},
        )
        return self._known(session, [value])[value]

    def accepted(
        self, session: Session, *, organisation_id: str, before: tuple[datetime, str] | None = None, limit: int = 100
    ) -> list[StampView]:
        """Return an organisation's accepted commitments, newest first, from after the place (time, id) ``before``."""
        query = _mine(organisation_id)
        if before is not None:
            moment, stamp_id = before
            is_older = and_(StampRow.created_at == moment, StampRow.id < stamp_id)
            query = query.where(or_(StampRow.created_at < moment, is_older))
        query = query.order_by(StampRow.created_at.desc(), StampRow.id.desc()).limit(limit)
        return [view(stamp, batch) for stamp, batch in session.execute(query)]

    def accepted_by_id(self, session: Session, *, organisation_id: str, ids: Sequence[str]) -> list[StampView]:
        """Return accepted commitments of the organisation in the order asked for. Raises Invalid, NotFound."""
        return [view(stamp, batch) for stamp, batch in self._accepted_rows(session, organisation_id, ids)]

    def accepted_bundles(
        self, session: Session, *, organisation_id: str, ids: Sequence[str]
    ) -> list[tuple[StampView, bytes | None]]:
        """Return stamps with their bundles, which disclose the commitment only; None while not in a block.

        Raises Invalid, NotFound, Tampered.
        """
        if len(ids) > MOST_BUNDLES:
            raise Invalid(f"Ask for {MOST_BUNDLES} bundles at most.", field="ids")
        rows = self._accepted_rows(session, organisation_id, ids)
        paths = _paths(session, rows)
        beside = {batch.id: self._beside(session, batch) for batch in {batch for _, batch in rows if batch}}
        return [
            (
                view(stamp, batch),
                write_bundle(stamp, batch, paths[stamp.id], beside[batch.id]) if batch and stamp.id in paths else None,
            )
            for stamp, batch in rows
        ]

    def _beside(self, session: Session, batch: BatchRow) -> Beside:
        clock = self._second_clock
        stamps = clock.stamps_of(session, batch_id=batch.id) if clock else None
        return Beside(block_proof_of(session, batch), stamps)

    def _known(self, session: Session, commitments: Sequence[bytes]) -> dict[bytes, StampView]:
        query = _with_batch().where(StampRow.commitment.in_(commitments))
        return {stamp.commitment: view(stamp, batch) for stamp, batch in session.execute(query)}

    def _rows_for(self, session: Session, organisation_id: str, commitments: Sequence[bytes]) -> list[dict[str, Any]]:
        owner = self._accounts.account_of(session, organisation_id).address
        now = self._clock.now()
        ids = [self._entropy.new_id() for _ in commitments]
        return [
            {
                "id": stamp_id,
                "organisation_id": organisation_id,
                "owner": owner,
                "tag": commitment.DOCUMENT,
                "commitment": value,
                "subject_kind": ACCEPTED,
                "subject_id": stamp_id,
                "created_at": now,
            }
            for stamp_id, value in zip(ids, commitments, strict=True)
        ]

    def _accepted_rows(
        self, session: Session, organisation_id: str, ids: Sequence[str]
    ) -> list[tuple[StampRow, BatchRow | None]]:
        if not 1 <= len(ids) <= MOST_AT_ONCE:
            raise Invalid(f"Name from 1 to {MOST_AT_ONCE} stamps.", field="ids")
        found = {stamp.id: (stamp, batch) for stamp, batch in session.execute(_named(organisation_id, ids))}
        missing = next((stamp_id for stamp_id in ids if stamp_id not in found), None)
        if missing is not None:
            raise NotFound("One of these stamps does not exist, or is not one of your organisation's commitments.")
        return [found[stamp_id] for stamp_id in ids]


def read_commitments(words: Sequence[str]) -> list[bytes]:
    """Return commitments from 64 lower-case hexadecimal digits each. Raises Invalid, naming the first that is none."""
    for number, word in enumerate(words):
        if not _WORD.fullmatch(word):
            raise Invalid(f"commitments[{number}] is not 64 lower-case hexadecimal digits.", field="commitments")
    return [bytes.fromhex(word) for word in words]


def write_bundle(
    stamp: StampRow, batch: BatchRow, path: Sequence[bytes], beside: Beside, opening: Opening | None = None
) -> bytes:
    """Return the evidence bundle of a stamp whose batch is in a block."""
    return bundles.write(
        tag=stamp.tag,
        value=stamp.commitment,
        opening=opening,
        proof=Proof(stamp.leaf_index or 0, batch.size, path),
        anchor=anchor(batch),
        block_proof=beside.block_proof,
        time_stamps=beside.time_stamps,
    )


def _check(commitments: Sequence[bytes]) -> None:
    if not 1 <= len(commitments) <= MOST_AT_ONCE:
        raise Invalid(f"Send from 1 to {MOST_AT_ONCE} commitments in a request.", field="commitments")
    if any(len(value) != 32 for value in commitments):
        raise Invalid("A commitment has 32 bytes.", field="commitments")
    if len(set(commitments)) != len(commitments):
        raise Invalid("The same commitment is there twice: each file needs a salt of its own.", field="commitments")


def _paths(session: Session, rows: Sequence[tuple[StampRow, BatchRow | None]]) -> dict[str, Sequence[bytes]]:
    """Return the proofs of those that are in a block, by the stamp's id; each batch is looked at once."""
    batches = {batch.id: batch for _, batch in rows if batch is not None and batch.state in ANCHORED}
    found: dict[str, Sequence[bytes]] = {}
    for batch in batches.values():
        mine = {stamp.id: stamp.leaf_index or 0 for stamp, _ in rows if stamp.batch_id == batch.id}
        proofs = leaves.paths(session, batch, list(mine.values()))
        found |= {stamp_id: proofs[index] for stamp_id, index in mine.items()}
    return found


def _with_batch() -> Select[StampRow, BatchRow]:
    return select(StampRow, BatchRow).join(BatchRow, BatchRow.id == StampRow.batch_id, isouter=True)


def _mine(organisation_id: str) -> Select[StampRow, BatchRow]:
    return _with_batch().where(StampRow.organisation_id == organisation_id, StampRow.subject_kind == ACCEPTED)


def _named(organisation_id: str, ids: Sequence[str]) -> Select[StampRow, BatchRow]:
    return _mine(organisation_id).where(StampRow.id.in_(set(ids)))
