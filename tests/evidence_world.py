"""The evidence room on the world of test chains, with the real accounts and audit rooms."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from ipx.accounts.passwords import Passwords
from ipx.accounts.service import AccountService
from ipx.adapters.evm.signer import EthSigner
from ipx.adapters.keyvault import RootKeyVault
from ipx.adapters.rootkeys import held
from ipx.adapters.system import SystemEntropy
from ipx.audit.service import AuditService
from ipx.chain.events import TransactionFailed, TransactionFinal, TransactionMined, TransactionReorged
from ipx.evidence.batcher import Batcher
from ipx.evidence.batches import Batches
from ipx.evidence.block_proofs import BlockProofs
from ipx.evidence.events import BatchFinal, BatchIncluded, BatchReorged
from ipx.evidence.records import StampView
from ipx.evidence.service import EvidenceService
from tests.chain_world import World, remember, settle

DELAY = timedelta(seconds=2)


@dataclass
class EvidenceWorld:
    """Stamps, batches and the chain under them."""

    world: World
    laboratory: str = ""  # a new one, unless the database has it already

    def __post_init__(self) -> None:
        world, entropy = self.world, SystemEntropy()
        self.audit = AuditService(world.clock)
        world.database.before_commit(self.audit.seal)
        self.accounts = AccountService(
            audit=self.audit,
            events=world.events,
            clock=world.clock,
            entropy=entropy,
            keys=RootKeyVault(held(b"k" * 32)),
            signer=EthSigner(),
            passwords=Passwords(),
        )
        self.batches = Batches(
            chain=world.chain, audit=self.audit, events=world.events, clock=world.clock, entropy=entropy
        )
        self.evidence = EvidenceService(
            accounts=self.accounts, audit=self.audit, batches=self.batches, clock=world.clock, entropy=entropy
        )
        world.events.listen(TransactionMined, self.batches.on_mined)
        world.events.listen(TransactionFinal, self.batches.on_final)
        world.events.listen(TransactionReorged, self.batches.on_reorged)
        world.events.listen(TransactionFailed, self.batches.on_failed)
        self.block_proofs = BlockProofs(database=world.database, gateway=world.gateway)
        world.events.listen(BatchIncluded, self.block_proofs.on_included)
        world.events.listen(BatchReorged, self.block_proofs.on_reorged)
        for kind in (BatchIncluded, BatchFinal, BatchReorged):
            remember(world, kind)
        if self.laboratory:
            return
        with world.database.write() as session:
            self.laboratory = self.accounts.create_organisation(session, name="Laboratory", country="CH")

    def batcher(self, *, holder: str = "test", **changes: Any) -> Batcher:
        return Batcher(
            database=changes.pop("database", self.world.database),
            batches=self.batches,
            gateway=self.world.gateway,
            clock=self.world.clock,
            holder=holder,
            delay=DELAY,
            **changes,
        )

    def stamp(self, content: bytes, *, subject: str = "1") -> StampView:
        with self.world.database.write() as session:
            return self.evidence.stamp(
                session,
                organisation_id=self.laboratory,
                content_sha256=hashlib.sha256(content).digest(),
                subject_kind="document",
                subject_id=subject,
            )

    def look(self, stamp: StampView) -> Any:
        with self.world.database.read() as session:
            return self.evidence.get_stamp(session, stamp.id)

    def bundle(self, stamp: StampView, **changes: Any) -> bytes:
        with self.world.database.read() as session:
            return self.evidence.bundle(session, stamp_id=stamp.id, **changes)

    def anchor_all(self) -> None:
        """Let the delay pass, then work until nothing moves."""
        self.world.clock.advance(2 * DELAY)
        batcher, relay = self.batcher(), self.world.relay()
        for _ in range(6):
            batcher.advance()
            settle(relay)
