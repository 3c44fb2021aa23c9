"""The parts of the vault that forget, built together. Holds no logic."""

from dataclasses import dataclass
from datetime import timedelta

from ipx.db.scrubbing import Scrubber
from ipx.evidence.service import EvidenceService
from ipx.notices.service import NoticeService
from ipx.vault.backup_copies import BackupCopies
from ipx.vault.erasure_register import ErasureRegister
from ipx.vault.erasure_workflow import ErasureWorkflows
from ipx.vault.erasures import Erasures
from ipx.vault.holds import Holds
from ipx.vault.reader_erasures import ReaderErasures
from ipx.vault.register_keeping import RegisterKeeper
from ipx.vault.service import VaultService
from ipx.wiring.base import Base

# Whose rows hold what an erasure destroys; PostgreSQL builds each of them anew.
SCRUBBED = (
    "vault_documents",
    "vault_browser_seals",
    "vault_hand_overs",
    "vault_receipts",
    "vault_grants",
    "vault_declarations",
    "evidence_stamps",
    "evidence_disclosures",
    "notices_notices",
    "inventions_inventions",
    "inventions_inventors",
    "inventions_steps",
)


@dataclass(frozen=True)
class Forgetting:
    """Erasures, holds, backups, the register, and the flows."""

    erasures: Erasures
    holds: Holds
    readers: ReaderErasures
    backups: BackupCopies
    keeper: RegisterKeeper
    workflows: ErasureWorkflows
    scrubber: Scrubber


def build_forgetting(
    base: Base, *, evidence: EvidenceService, notices: NoticeService, vault: VaultService
) -> Forgetting:
    """Build them."""
    holds = Holds(**base.common, durable=base.durable)
    scrubber = Scrubber(base.database, tables=SCRUBBED)
    erasures = Erasures(
        **base.common,
        database=base.database,
        store=base.outside.store,
        evidence=evidence,
        notices=notices,
        durable=base.durable,
        holds=holds,
        book=vault.receipt_log,
        scrubber=scrubber,
    )
    retention = timedelta(days=base.settings.backup_days)
    backups = BackupCopies(audit=base.audit, clock=base.clock, retention=retention)
    readers = ReaderErasures(**base.common, book=vault.receipt_log, declarations=vault.sharing.declarations)
    keeper = RegisterKeeper(
        database=base.database,
        register=ErasureRegister(base.settings.erasure_register),
        backups=backups,
        erasures=erasures,
        readers=readers,
    )
    workflows = ErasureWorkflows(durable=base.durable, erasures=erasures, keeper=keeper)
    return Forgetting(erasures, holds, readers, backups, keeper, workflows, scrubber)
