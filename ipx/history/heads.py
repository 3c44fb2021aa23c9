"""Proofs about our own logs for the administrators of organisations: anchored heads, consistency, their own lines.

Of other organisations' lines it must never show more than the hash.
"""

from collections.abc import Iterable

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.rules import AuditLine, canonical_bytes
from ipx.core.canonical import Json, decode, encode
from ipx.core.errors import NotFound
from ipx.evidence.log_head import AUDIT, LOGS
from ipx.evidence.log_proofs import HeadView
from ipx.evidence.service import EvidenceService
from ipx.history.policy import check_may_see_history

SHOWN = 12  # heads of each log on the page; older ones are named by a proof's ids


class Heads:
    """The anchored heads of both logs."""

    def __init__(self, *, evidence: EvidenceService) -> None:
        self._logs = evidence.logs

    def newest(self, session: Session, *, actor: Actor) -> dict[str, list[HeadView]]:
        """Return the newest heads of each log, newest first. Raises Forbidden."""
        check_may_see_history(actor)
        return {log: self._logs.heads_of(session, log=log, limit=SHOWN) for log in LOGS}

    def record(self, session: Session, *, actor: Actor, head_id: str) -> bytes:
        """Return the record that a head's bundle is about. Raises Forbidden, NotFound."""
        check_may_see_history(actor)
        return self._logs.record(session, head_id)

    def bundle(self, session: Session, *, actor: Actor, head_id: str) -> bytes:
        """Return a head's evidence bundle: the proof of inclusion. Raises Forbidden, NotFound, Conflict."""
        check_may_see_history(actor)
        return self._logs.bundle(session, head_id)

    def proof(
        self, session: Session, *, actor: Actor, log: str, first_id: str | None = None, last_id: str | None = None
    ) -> bytes:
        """Return that a later head continues an earlier one, by default the newest the first, as canonical JSON.

        Raises Forbidden, NotFound, Conflict while no head is in a block, Invalid for heads out of order.
        """
        check_may_see_history(actor)
        if log not in LOGS:
            raise NotFound("There is no such log.")
        return encode(self._logs.proof(session, log=log, first_id=first_id, last_id=last_id))

    def of_lines(self, session: Session, *, actor: Actor, lines: Iterable[AuditLine]) -> dict[str, Json] | None:
        """Return a proof that these lines are in the audit log that was anchored, or None before there is a head.

        The actor's own lines are in it as they are hashed, those of others by their hash.
        """
        check_may_see_history(actor)
        if self._logs.find_newest(session, log=AUDIT) is None:
            return None
        shown = {line.sequence: _shown(line, actor) for line in lines}
        return self._logs.proof(session, log=AUDIT, lines=shown)


def _shown(line: AuditLine, actor: Actor) -> Json:
    return decode(canonical_bytes(line)) if line.organisation_id == actor.organisation_id else None
