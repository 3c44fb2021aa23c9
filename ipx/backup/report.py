"""What a restore says at its end: printed, kept beside the data, and seen by `ipx doctor` until it is dealt with."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ipx.backup.fencing import Fenced
from ipx.backup.lacking import BATCH, FILE, LICENCE, TITLE, TRANSACTION, Lack
from ipx.db.restoring import REPORT, find_report, keep_report

_WORDS = {
    BATCH: "batches that the chain has and whose stamps are lost",
    LICENCE: "licences that the chain has and no row tells of",
    TITLE: "records of title that the chain has and no row tells of",
    TRANSACTION: "further transactions of ours that no row tells of",
    FILE: "stored files that documents name and the store does not have",
}
SHOWN = 20


@dataclass(frozen=True)
class Report:
    """One restore. ``recovered``: acts that the chain had finished meanwhile, adopted with all they are.

    ``erased``: documents that were erased again; ``register_as_of``: the newest entry of the erasure registers.
    """

    backup: str
    taken_at: str
    restored_at: datetime
    fenced: Fenced | None
    recovered: int
    lacks: Sequence[Lack]
    erased: int = 0
    register_as_of: datetime | None = None

    def record(self) -> dict[str, Any]:
        """Return it for a machine."""
        as_of = self.register_as_of.isoformat() if self.register_as_of else None
        return {**asdict(self), "restored_at": self.restored_at.isoformat(), "register_as_of": as_of}

    def keep(self, data_dir: Path) -> None:
        """Write it into the data folder."""
        keep_report(data_dir, self.record())

    def lines(self) -> list[str]:
        """Return it for a person."""
        lines = [f"Restored the backup {self.backup} of {self.taken_at}."]
        if self.fenced is not None:
            lines.append(
                f"Not done again: {self.fenced.letters} letters, {self.fenced.links} links in letters,"
                f" {self.fenced.sessions} sessions; people sign in anew."
            )
        if self.recovered:
            lines.append(f"Found on the chain and adopted: {self.recovered} acts that the backup had under way.")
        lines.append(self._erasures())
        if not self.lacks:
            return [*lines, "Nothing is lacking."]
        for kind, count in Counter(lack.kind for lack in self.lacks).items():
            lines.append(f"LACKING: {count} {_WORDS[kind]}:")
            lines += [f"  {_line(lack)}" for lack in [lack for lack in self.lacks if lack.kind == kind][:SHOWN]]
            lines += [f"  … and {count - SHOWN} more"] if count > SHOWN else []
        return lines

    def _erasures(self) -> str:
        if self.register_as_of is None:
            return "NO erasure register was found: what was erased after the backup was made must be erased again."
        return (
            f"Erased again: {self.erased} documents. The newest entry of the erasure register is of"
            f" {self.register_as_of.isoformat(timespec='seconds')}; what was erased later must be erased again."
        )


def last_restore(data_dir: Path) -> str | None:
    """Return what the report in a data folder says in one line when something is lacking, else None."""
    record = find_report(data_dir)
    if record is None or not record["lacks"]:
        return None
    return (
        f"a backup of {record['taken_at']} was restored, {len(record['lacks'])} things are lacking: see"
        f" /operator/restore or {data_dir / REPORT}, and put it away there when that is dealt with"
    )


def _line(lack: Lack) -> str:
    place = f"  block {lack.block_number}" if lack.block_number is not None else ""
    sent = f"  {lack.transaction}" if lack.transaction is not None and lack.kind != TRANSACTION else ""
    return f"{lack.what}{place}{sent}"
