"""The door to evidence: stamp content, ask how far a stamp is, and take away a proof that needs nobody."""

from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService, By
from ipx.core import canonical, commitment, merkle
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound, Tampered
from ipx.core.ports import Clock, Entropy
from ipx.evidence import bundle as bundles
from ipx.evidence import log_audit
from ipx.evidence.batches import Batches
from ipx.evidence.bundle import Anchor, Opening, Proof
from ipx.evidence.certificate import CertificateFacts, write_certificate
from ipx.evidence.disclosures import Disclosures
from ipx.evidence.log_audit import HeadFinding
from ipx.evidence.log_proofs import LogProofs
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.records import StampView
from ipx.evidence.rules import ANCHORED, BatchState, StampState, stamp_state
from ipx.evidence.verification import ChainReader

__all__ = ["EvidenceService", "StampState", "StampView"]


class EvidenceService:
    """Stamps and their proofs."""

    def __init__(
        self, *, accounts: AccountService, audit: AuditService, batches: Batches, clock: Clock, entropy: Entropy
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._batches = batches
        self._clock = clock
        self._entropy = entropy
        self.logs = LogProofs(
            heads=batches.heads, bundle_of=lambda session, stamp_id: self.bundle(session, stamp_id=stamp_id)
        )
        self.disclosures = Disclosures(
            accounts=accounts, audit=audit, clock=clock, entropy=entropy, rows=self._rows, opening=self._opening
        )

    def stamp(
        self,
        session: Session,
        *,
        organisation_id: str,
        content_sha256: bytes,
        subject_kind: str,
        subject_id: str,
        tag: str = commitment.DOCUMENT,
    ) -> StampView:
        """Commit to content for an organisation, with a salt of its own; the row is the queue for the next batch.

        BatchIncluded and BatchFinal follow. The salt and the content's hash are kept wrapped by the organisation's key.
        """
        stamp_id = self._entropy.new_id()
        salt = self._entropy.token(32)
        owner = self._accounts.account_of(session, organisation_id).address
        value = commitment.commit(tag, salt=salt, content_sha256=content_sha256, owner=owner)
        opening: dict[str, Json] = {"salt": salt.hex(), "content_sha256": content_sha256.hex()}
        sealed = self._accounts.wrap(
            session,
            organisation_id=organisation_id,
            secret=canonical.encode(opening),
            context=_context(stamp_id),
        )
        row = StampRow(
            id=stamp_id,
            organisation_id=organisation_id,
            owner=owner,
            tag=tag,
            commitment=value,
            sealed_opening=sealed,
            subject_kind=subject_kind,
            subject_id=subject_id,
            created_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._audit.record(
            session,
            action="evidence:stamp:made",
            by=By(organisation_id=organisation_id),
            subject_kind=subject_kind,
            subject_id=subject_id,
            details={"stamp": stamp_id, "commitment": value.hex()},
        )
        return _view(row, None)

    def get_stamp(self, session: Session, stamp_id: str) -> StampView:
        """Return a stamp as it stands. Raises NotFound."""
        return _view(*self._rows(session, stamp_id))

    def stamp_state(self, session: Session, stamp_id: str) -> StampState:
        """Return how far a stamp is: sealed, included or final. Raises NotFound."""
        return self.get_stamp(session, stamp_id).state

    def stamps_of(self, session: Session, *, subject_kind: str, subject_id: str) -> list[StampView]:
        """Return the stamps about one subject, oldest first."""
        query = select(StampRow, BatchRow).join(BatchRow, BatchRow.id == StampRow.batch_id, isouter=True)
        query = query.where(StampRow.subject_kind == subject_kind, StampRow.subject_id == subject_id)
        return [
            _view(stamp, batch) for stamp, batch in session.execute(query.order_by(StampRow.created_at, StampRow.id))
        ]

    def subjects_in(self, session: Session, *, batch_id: str, subject_kind: str) -> list[str]:
        """Return the ids of what was stamped in a batch, of one kind, in the order of the leaves."""
        query = select(StampRow.subject_id).where(StampRow.batch_id == batch_id, StampRow.subject_kind == subject_kind)
        return list(session.scalars(query.order_by(StampRow.leaf_index)))

    def bundle(self, session: Session, *, stamp_id: str, disclosure: str = bundles.FULL) -> bytes:
        """Return a stamp's evidence bundle; in full it is for the owner, who alone may be asked for by the caller.

        Raises NotFound, Conflict while the stamp is not in a block, or when what it is made of has been erased.
        """
        stamp, batch = self._rows(session, stamp_id)
        if batch is None or batch.state not in ANCHORED:
            raise Conflict("The time stamp is still pending: the evidence can be had when it is in a block.")
        opening = self._opening(session, stamp) if disclosure == bundles.FULL else None
        leaves = self._batches.leaves(session, batch)
        index = stamp.leaf_index or 0
        return bundles.write(
            tag=stamp.tag,
            value=stamp.commitment,
            opening=opening,
            proof=Proof(index, batch.size, merkle.path(leaves, index)),
            anchor=_anchor(batch),
        )

    def certificate(
        self, session: Session, *, stamp_id: str, title: str, document: str, organisation: str, verify_url: str
    ) -> bytes:
        """Return a stamp's PDF certificate, bundle inside; ``document`` is the file's name. Raises as ``bundle``."""
        bundle = self.bundle(session, stamp_id=stamp_id)
        is_final = self.stamp_state(session, stamp_id) is StampState.FINAL
        facts = CertificateFacts(title, document, organisation, verify_url, is_final)
        return write_certificate(bundle, facts)

    def check_log(self, session: Session, *, log: str, chain: ChainReader | None = None) -> Iterator[HeadFinding]:
        """Compare one of our logs with every anchored head of it. Raises Unavailable when the node does not answer."""
        source = self._batches.heads.sources[log]
        return log_audit.check_log(session, log=log, source=source, batches=self._batches, chain=chain)

    def bad_batches(self, session: Session) -> list[str]:
        """Return the ids of batches whose stored leaves do not give the root that was anchored."""
        return log_audit.bad_batches(session, self._batches)

    def erase_opening(self, session: Session, *, stamp_id: str) -> None:
        """Forget what a commitment is made of. What is on the chain says nothing any more; the proof is gone too."""
        stamp, _ = self._rows(session, stamp_id)
        stamp.sealed_opening = None
        self.disclosures.end(session, stamp_id=stamp_id)
        self._audit.record(
            session,
            action="evidence:stamp:erased",
            by=By(organisation_id=stamp.organisation_id),
            subject_kind=stamp.subject_kind,
            subject_id=stamp.subject_id,
            details={"stamp": stamp_id},
        )

    def _opening(self, session: Session, stamp: StampRow) -> Opening:
        if stamp.tag == commitment.AUDIT:
            return self._batches.heads.opening(session, stamp)
        if stamp.sealed_opening is None:
            raise Conflict("What this stamp was made of has been erased; only its commitment is left.")
        plain = self._accounts.unwrap(
            session,
            organisation_id=stamp.organisation_id,
            wrapped=stamp.sealed_opening,
            context=_context(stamp.id),
        )
        fields = canonical.decode(plain)
        if not isinstance(fields, dict):
            raise Tampered("The stored opening of this stamp is not what it must be.")
        return Opening(bytes.fromhex(fields["salt"]), bytes.fromhex(fields["content_sha256"]), stamp.owner)

    def _rows(self, session: Session, stamp_id: str) -> tuple[StampRow, BatchRow | None]:
        query = select(StampRow, BatchRow).join(BatchRow, BatchRow.id == StampRow.batch_id, isouter=True)
        found = session.execute(query.where(StampRow.id == stamp_id)).first()
        if found is None:
            raise NotFound("There is no such stamp.")
        stamp, batch = found
        return stamp, batch


def _context(stamp_id: str) -> str:
    return f"evidence-stamp/{stamp_id}"


def _view(stamp: StampRow, batch: BatchRow | None) -> StampView:
    is_anchored = batch is not None and batch.state in ANCHORED
    return StampView(
        id=stamp.id,
        organisation_id=stamp.organisation_id,
        owner=stamp.owner,
        commitment=stamp.commitment,
        subject_kind=stamp.subject_kind,
        subject_id=stamp.subject_id,
        state=stamp_state(BatchState(batch.state) if batch else None),
        created_at=stamp.created_at,
        batch_id=stamp.batch_id,
        batch_size=batch.size if batch else None,
        chain_id=batch.chain_id if batch and is_anchored else None,
        transaction=batch.transaction if batch and is_anchored else None,
        block_number=batch.block_number if batch and is_anchored else None,
        block_hash=batch.block_hash if batch and is_anchored else None,
        block_time=batch.block_time if batch and is_anchored else None,
    )


def _anchor(batch: BatchRow) -> Anchor:
    if batch.transaction is None or batch.block_hash is None or batch.block_number is None or batch.block_time is None:
        raise ValueError("an anchored batch has a transaction and a block")
    return Anchor(
        previous_head=batch.previous_head,
        root=batch.root,
        size=batch.size,
        head=batch.head,
        chain_id=batch.chain_id,
        contract=batch.contract,
        sender=batch.sender,
        transaction=batch.transaction,
        block_number=batch.block_number,
        block_hash=batch.block_hash,
        block_time=batch.block_time,
    )
