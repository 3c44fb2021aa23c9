"""Our two logs against themselves and against their anchored heads: what ``ipx audit verify`` reports."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from ipx.audit.service import AuditService
from ipx.core.canonical import Json
from ipx.evidence.log_audit import HeadFinding
from ipx.evidence.log_head import AUDIT, LOGS, RECEIPTS
from ipx.evidence.service import EvidenceService
from ipx.evidence.verification import ChainReader
from ipx.vault.service import VaultService


@dataclass(frozen=True)
class LogReport:
    """Each log's lines and first broken one if any, every head, and batches that are not whole."""

    lines: dict[str, int]
    broken_at: dict[str, int | None]
    heads: list[HeadFinding]
    bad_batches: list[str]
    asked_chain: bool

    @property
    def first_refuted(self) -> HeadFinding | None:
        """The first head that does not hold."""
        return next((finding for finding in self.heads if finding.problem), None)

    @property
    def holds(self) -> bool:
        """Tell whether nothing was found."""
        return not self.bad_batches and self.first_refuted is None and not any(self.broken_at.values())

    def sentences(self) -> list[str]:
        """Return the report in words, the worst last."""
        said = []
        for log, lines in self.lines.items():
            broken = self.broken_at[log]
            state = "each line follows from the one before" if broken is None else f"BROKEN at line {broken}"
            held = sum(1 for finding in self.heads if finding.log == log and not finding.problem)
            said.append(f"The log “{log}” has {lines} lines; {state}; {held} heads of it hold.")
        said += [
            f"The batch {batch} is NOT whole: its leaves do not give its root, or a head's record is missing."
            for batch in self.bad_batches
        ]
        bad = self.first_refuted
        if bad is not None:
            where = f"block {bad.block}" if bad.block is not None else "no block yet"
            said.append(
                f"The first head that does not hold is that of the log “{bad.log}” at line {bad.lines}, anchored in "
                f"{where} (batch {bad.batch}), {bad.head}: {bad.problem}. Lines up to that one were changed since."
            )
        elif self.holds:
            level = "and the chain has every one in a block" if self.asked_chain else "but no node was asked (--rpc)"
            said.append(f"Nothing was changed: the lines give every head that was taken, {level}.")
        return said

    def record(self) -> dict[str, Json]:
        """Return the report as JSON."""
        bad = self.first_refuted
        heads: list[Json] = [dict(finding.__dict__) for finding in self.heads]
        return {
            "holds": self.holds,
            "lines": dict(self.lines),
            "broken_at": dict(self.broken_at),
            "first_refuted": dict(bad.__dict__) if bad else None,
            "bad_batches": list(self.bad_batches),
            "heads": heads,
            "asked_chain": self.asked_chain,
        }


def check_logs(
    session: Session,
    *,
    audit: AuditService,
    vault: VaultService,
    evidence: EvidenceService,
    chain: ChainReader | None = None,
) -> LogReport:
    """Read both logs and every head of them. Raises Unavailable when a node is to be asked and does not answer."""
    own, readings = audit.check(session), vault.check_receipts(session)
    return LogReport(
        lines={AUDIT: own.lines, RECEIPTS: readings.lines},
        broken_at={AUDIT: own.broken_at, RECEIPTS: readings.broken_at},
        heads=[finding for log in LOGS for finding in evidence.check_log(session, log=log, chain=chain)],
        bad_batches=evidence.bad_batches(session),
        asked_chain=chain is not None,
    )
