"""The door to evidence: stamp content, ask how far a stamp is, and take away a proof that needs nobody."""

from collections.abc import Iterator
from functools import cached_property

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.audit.service import By
from ipx.core import canonical, commitment
from ipx.core.canonical import Json
from ipx.core.errors import Conflict, NotFound, Tampered
from ipx.evidence import bundle as bundles
from ipx.evidence import leaves, log_audit
from ipx.evidence.bundle import Opening
from ipx.evidence.certificate import CertificateFacts, write_certificate
from ipx.evidence.commitments import Accepted, Commitments, read_commitments, write_bundle
from ipx.evidence.disclosures import Disclosures
from ipx.evidence.log_audit import HeadFinding
from ipx.evidence.log_proofs import LogProofs
from ipx.evidence.models import BatchRow, StampRow
from ipx.evidence.package import write_package
from ipx.evidence.records import CertificateWords, ClockView, StampView
from ipx.evidence.rows import view
from ipx.evidence.rules import ACCEPTED, ADOPTED_ACTION, ANCHORED, StampState
from ipx.evidence.verification import ChainReader

__all__ = ["Accepted", "EvidenceService", "StampState", "StampView", "read_commitments"]


class EvidenceService(Commitments):
    """Stamps and their proofs; of commitments that were made elsewhere, see ``commitments``."""

    @cached_property
    def logs(self) -> LogProofs:
        """The heads of our own logs and their proofs."""
        return LogProofs(
            heads=self._batches.heads, bundle_of=lambda session, stamp_id: self.bundle(session, stamp_id=stamp_id)
        )

    @cached_property
    def disclosures(self) -> Disclosures:
        """The stamps that owners show to everybody."""
        return Disclosures(
            accounts=self._accounts,
            audit=self._audit,
            clock=self._clock,
            entropy=self._entropy,
            rows=self._rows,
            opening=self._opening,
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
        return view(row, None)

    def get_stamp(self, session: Session, stamp_id: str) -> StampView:
        """Return a stamp as it stands. Raises NotFound."""
        return view(*self._rows(session, stamp_id))

    def stamp_state(self, session: Session, stamp_id: str) -> StampState:
        """Return how far a stamp is: sealed, included or final. Raises NotFound."""
        return self.get_stamp(session, stamp_id).state

    def stamps_of(self, session: Session, *, subject_kind: str, subject_id: str) -> list[StampView]:
        """Return the stamps about one subject, oldest first."""
        query = select(StampRow, BatchRow).join(BatchRow, BatchRow.id == StampRow.batch_id, isouter=True)
        query = query.where(StampRow.subject_kind == subject_kind, StampRow.subject_id == subject_id)
        return [
            view(stamp, batch) for stamp, batch in session.execute(query.order_by(StampRow.created_at, StampRow.id))
        ]

    def subjects_in(self, session: Session, *, batch_id: str, subject_kind: str) -> list[str]:
        """Return the ids of what was stamped in a batch, of one kind, in the order of the leaves."""
        query = select(StampRow.subject_id).where(StampRow.batch_id == batch_id, StampRow.subject_kind == subject_kind)
        return list(session.scalars(query.order_by(StampRow.leaf_index)))

    def accepted_in(self, session: Session, *, batch_id: str) -> dict[str, int]:
        """Return how many commitments that were made elsewhere are in a batch, by the organisation that gave them."""
        query = select(StampRow.organisation_id, func.count()).where(StampRow.batch_id == batch_id)
        query = query.where(StampRow.subject_kind == ACCEPTED).group_by(StampRow.organisation_id)
        return {organisation_id: count for organisation_id, count in session.execute(query) if organisation_id}

    def bundle(self, session: Session, *, stamp_id: str, disclosure: str = bundles.FULL) -> bytes:
        """Return a stamp's evidence bundle; in full it is for the owner, who alone may be asked for by the caller.

        Raises NotFound, Conflict while the stamp is not in a block, or when what it is made of has been erased.
        """
        stamp, batch = self._rows(session, stamp_id)
        if batch is None or batch.state not in ANCHORED:
            raise Conflict("The time stamp is still pending: the evidence can be had when it is in a block.")
        opening = self._opening(session, stamp) if disclosure == bundles.FULL else None
        index = stamp.leaf_index or 0
        path = leaves.paths(session, batch, [index])[index]
        return write_bundle(stamp, batch, path, self._beside(session, batch), opening)

    def second_clock(self, session: Session, *, batch_id: str) -> ClockView | None:
        """Return what a time-stamp authority says of a batch, None when none has been asked or answered yet."""
        return self._second_clock.find_view(session, batch_id=batch_id) if self._second_clock else None

    def certificate(self, session: Session, *, stamp_id: str, words: CertificateWords) -> bytes:
        """Return a stamp's PDF certificate, bundle and verifier inside. Raises as ``bundle``."""
        return self._certified(session, stamp_id, self.bundle(session, stamp_id=stamp_id), words)

    def package(self, session: Session, *, stamp_id: str, words: CertificateWords) -> bytes:
        """Return the ZIP of a stamp's bundle, its certificate, verify.py and how to use it. Raises as ``bundle``."""
        bundle = self.bundle(session, stamp_id=stamp_id)
        certificate = self._certified(session, stamp_id, bundle, words)
        return write_package(bundle=bundle, certificate=certificate, verify_url=words.verify_url)

    def check_log(self, session: Session, *, log: str, chain: ChainReader | None = None) -> Iterator[HeadFinding]:
        """Compare one of our logs with every anchored head of it. Raises Unavailable when the node does not answer."""
        source = self._batches.heads.sources[log]
        return log_audit.check_log(session, log=log, source=source, chain=chain)

    def bad_batches(self, session: Session) -> list[str]:
        """Return the ids of batches whose stored leaves do not give the root that was anchored."""
        adopted = self._audit.subjects_of(session, action=ADOPTED_ACTION)
        return log_audit.bad_batches(session, adopted=adopted)

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

    def _certified(self, session: Session, stamp_id: str, bundle: bytes, words: CertificateWords) -> bytes:
        is_final = self.stamp_state(session, stamp_id) is StampState.FINAL
        return write_certificate(bundle, CertificateFacts(**words.__dict__, is_final=is_final, with_declaration=True))

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
