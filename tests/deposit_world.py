"""An exchange's deposit rooms on real services: SQLite, a folder of blocks, a key vault; the chain is down."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import pyrage
import requests

import ipx.db.lease
import ipx.notices.models  # noqa: F401 - its table belongs to the schema
from ipx.accounts.passwords import Passwords
from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.accounts.service import AccountService
from ipx.adapters.blockfolder import BlockFolder
from ipx.adapters.evm.gateway import EvmGateway
from ipx.adapters.evm.rpc import Rpc
from ipx.adapters.evm.signer import EthSigner
from ipx.adapters.keyvault import RootKeyVault
from ipx.adapters.kubo import KuboStore
from ipx.adapters.rootkeys import held
from ipx.adapters.sandbox.launcher import Sandbox
from ipx.adapters.system import FixedClock, SeededEntropy
from ipx.audit.service import AuditService
from ipx.chain.service import ChainService
from ipx.core.inspection_ports import VirusScanner
from ipx.core.ports import DocumentStore
from ipx.db.base import Base
from ipx.db.durable import Durable
from ipx.db.events import Events
from ipx.db.session import Database
from ipx.evidence.batches import Batches
from ipx.evidence.service import EvidenceService
from ipx.notices.service import NoticeService
from ipx.settings import TRANSLATIONS
from ipx.technologies.custody import TitleCustody
from ipx.technologies.service import TechnologyService
from ipx.technologies.titles import Titles
from ipx.vault.browser_deposits import BrowserDeposits
from ipx.vault.denied_parties import read_denied_parties
from ipx.vault.deposits import Deposits
from ipx.vault.export_control import UNLISTED
from ipx.vault.inspections import Inspections
from ipx.vault.inspector import Inspector
from ipx.vault.marking import Marking
from ipx.vault.orphans import OrphanCollector
from ipx.vault.records import Document
from ipx.vault.rules import DocumentRole, Form
from ipx.vault.service import VaultService
from ipx.vault.sharing import Sharing
from ipx.wallets.service import WalletService
from ipx.web.translating import Translator
from tests.kubo_blocks import block_files, vault_kubo
from tests.reading_apart import everything_in
from tests.small_files import pdf

ROOT_KEY = bytes(range(32))
PDF = pdf("A method of making solid electrolytes at room temperature.")
ALL_ROLES = (Role.OWNER, Role.RESEARCHER, Role.LICENSING_MANAGER)
READER = pyrage.x25519.Identity.generate()
BASELINE = "pinned-before.json"
NOWHERE = "0x" + "11" * 20


@dataclass
class DepositWorld:
    """One exchange below a folder. Built again over the same folder, it is the same exchange after a restart."""

    folder: Path
    seed: int = 1
    upload_limit: int = 64 << 20
    clock: FixedClock = field(default_factory=FixedClock)
    gateway: Any = None
    denied: str = "id,name,aliases\nX-1,Nobody Restricted Exports,\n"
    scanner: VirusScanner | None = None

    def __post_init__(self) -> None:
        self.entropy = SeededEntropy(self.seed)
        self.events = Events()
        self.database = Database(f"sqlite:///{self.folder / 'ipx.sqlite3'}")
        self.audit = AuditService(self.clock)
        self.database.before_commit(self.audit.seal)
        Base.metadata.create_all(self.database.engine)
        self.kubo = vault_kubo()
        if self.kubo and not (self.folder / BASELINE).exists():
            (self.folder / BASELINE).write_text(json.dumps(list(self.store.files())))

    @cached_property
    def store(self) -> DocumentStore:
        return KuboStore(self.kubo, self.folder / "staging") if self.kubo else BlockFolder(self.folder / "blocks")

    @cached_property
    def accounts(self) -> AccountService:
        return AccountService(
            audit=self.audit,
            events=self.events,
            clock=self.clock,
            entropy=self.entropy,
            keys=RootKeyVault(held(ROOT_KEY)),
            signer=EthSigner(),
            passwords=Passwords(memory_kib=64),
        )

    @cached_property
    def chain(self) -> ChainService:
        return ChainService(gateway=self.gateway or self._dead_chain(), clock=self.clock, entropy=self.entropy)

    @cached_property
    def batches(self) -> Batches:
        return Batches(chain=self.chain, audit=self.audit, events=self.events, clock=self.clock, entropy=self.entropy)

    @cached_property
    def evidence(self) -> EvidenceService:
        return EvidenceService(
            accounts=self.accounts, audit=self.audit, batches=self.batches, clock=self.clock, entropy=self.entropy
        )

    @cached_property
    def notices(self) -> NoticeService:
        durable = Durable(self.database, polling=timedelta(seconds=1))
        return NoticeService(
            accounts=self.accounts,
            translator=Translator(TRANSLATIONS),
            clock=self.clock,
            entropy=self.entropy,
            durable=durable,
            public_url="http://127.0.0.1",
        )

    @cached_property
    def sharing(self) -> Sharing:
        return Sharing(
            accounts=self.accounts,
            notices=self.notices,
            denied=lambda: read_denied_parties(self.denied.encode()),
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def inspections(self) -> Inspections:
        return Inspections(audit=self.audit, events=self.events, clock=self.clock)

    @cached_property
    def vault(self) -> VaultService:
        return VaultService(
            database=self.database,
            store=self.store,
            accounts=self.accounts,
            clock=self.clock,
            entropy=self.entropy,
            sharing=self.sharing,
            deposits=Deposits(
                database=self.database,
                store=self.store,
                accounts=self.accounts,
                evidence=self.evidence,
                audit=self.audit,
                clock=self.clock,
                entropy=self.entropy,
                upload_limit=self.upload_limit,
                inspector=Inspector(workshop=Sandbox(), scanner=self.scanner),
                inspections=self.inspections,
            ),
            inspections=self.inspections,
            marked_copies=Marking(workshop=Sandbox(), store=self.store),
            orphans=OrphanCollector(
                database=self.database,
                store=self.store,
                files=(lambda: ()) if self.kubo else self.store.files,
                clock=self.clock,
            ),
        )

    @cached_property
    def browser_deposits(self) -> BrowserDeposits:
        return BrowserDeposits(
            database=self.database,
            store=self.store,
            recipients=self.sharing.recipients,
            evidence=self.evidence,
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
            upload_limit=self.upload_limit,
        )

    @cached_property
    def titles(self) -> Titles:
        return Titles(
            accounts=self.accounts,
            chain=self.chain,
            evidence=self.evidence,
            vault=self.vault,
            audit=self.audit,
            events=self.events,
            clock=self.clock,
            entropy=self.entropy,
        )

    @cached_property
    def wallets(self) -> WalletService:
        return WalletService(
            audit=self.audit,
            clock=self.clock,
            entropy=self.entropy,
            accounts=self.accounts,
            notices=self.notices,
            signer=EthSigner(),
            gateway=self.gateway or self._dead_chain(),
            public_url="http://127.0.0.1",
        )

    @cached_property
    def technologies(self) -> TechnologyService:
        return TechnologyService(
            accounts=self.accounts,
            evidence=self.evidence,
            vault=self.vault,
            titles=self.titles,
            custody=TitleCustody(
                accounts=self.accounts,
                wallets=self.wallets,
                titles=self.titles,
                chain=self.chain,
                audit=self.audit,
                clock=self.clock,
                events=self.events,
            ),
            audit=self.audit,
            events=self.events,
            clock=self.clock,
            entropy=self.entropy,
        )

    def organisation(self, name: str, roles: Sequence[Role] = ALL_ROLES) -> Actor:
        """Sign a person up with an organisation of her own and return her as an actor."""
        with self.database.write() as session:
            person = self.accounts.sign_up(
                session,
                email=f"{name}@example.org",
                name=name.title(),
                password="correct horse battery",
                organisation_name=f"{name.title()} Institute",
                roles=roles,
            )
        return self.actor(person)

    def colleague(self, of: Actor, name: str, roles: Sequence[Role]) -> Actor:
        """Add a person to somebody's organisation."""
        with self.database.write() as session:
            person = self.accounts.add_member(
                session,
                by=of.by,
                organisation_id=of.organisation_id,
                email=f"{name}@example.org",
                name=name.title(),
                roles=roles,
                password="correct horse battery",
            )
        return self.actor(person)

    def actor(self, person_id: str) -> Actor:
        with self.database.read() as session:
            found = self.accounts.actor(session, person_id)
        assert found is not None
        return found

    def deposit(self, actor: Actor, content: bytes = PDF, **changes: Any) -> Document:
        """Deposit a document for a subject called t1 unless told otherwise."""
        given: dict[str, Any] = {
            "subject_kind": "technology",
            "subject_id": "t1",
            "role": DocumentRole.CONFIDENTIAL,
            "file_name": "method.pdf",
            "media_type": "application/pdf",
            "length": len(content),
            "stream": io.BytesIO(content),
            "idempotency_key": self.entropy.new_id(),
            "export_control": UNLISTED,
        }
        return self.vault.deposit(actor, **{**given, **changes})

    def declare(self, reader: Actor, owner: Actor) -> None:
        """Declare nationality and end use to the owner of documents, as readers do before the first reading."""
        with self.database.write() as session:
            self.sharing.declarations.declare(
                session,
                actor=reader,
                owner_id=owner.organisation_id,
                nationalities=["IE"],
                end_use="to assess a licence",
            )

    def read(self, actor: Actor, document_id: str, purpose: str = "to assess it", **changes: Any) -> bytes:
        """Read a document to its end as a reader would."""
        with self.database.write() as session:
            asked: dict[str, Any] = {"form": Form.CLEAR, **changes}
            delivery = self.vault.read(session, actor=actor, document_id=document_id, purpose=purpose, **asked)
        stream = delivery.chunks()
        try:
            return b"".join(stream)
        finally:
            stream.close()

    def count(self, table: str) -> int:
        with self.database.read() as session:
            found = session.execute(Base.metadata.tables[table].select()).all()
        return len(found)

    def files(self) -> list[str]:
        """The CIDs of everything that this world stored: a node is shared with the worlds before."""
        before = json.loads((self.folder / BASELINE).read_text()) if self.kubo else []
        return sorted(set(self.store.files()) - set(before))

    def clear_node(self) -> None:
        """Take what this world stored out of a shared node, so that the next copy of its folder starts alike."""
        for cid in self.files() if self.kubo else []:
            self.store.delete(cid)

    def unfinished(self) -> list[Path]:
        """What is left of files that were being written."""
        return list((self.folder / ("staging" if self.kubo else "blocks/incoming")).iterdir())

    def put_back(self, block: Path, content: bytes) -> None:
        """Undo the harm that a test did to a block, behind the back of its store."""
        block.write_bytes(content)
        if self.kubo:  # which remembers that the block was gone
            query = {"cid-codec": "raw", "mhtype": "sha2-256"}
            url = f"{self.kubo}/api/v0/block/put"
            requests.post(url, params=query, files={"data": content}, timeout=60).raise_for_status()

    def blocks_of(self, cid: str) -> list[Path]:
        """The files of a stored file's blocks."""
        if isinstance(self.store, KuboStore):
            return block_files(self.store, cid)
        return sorted(next(p for p in (self.folder / "blocks" / "files").rglob(cid) if p.is_dir()).iterdir())

    def bytes_on_disk(self) -> bytes:
        """Everything that was ever written below the folder and is still there."""
        return everything_in(self.folder)

    def _dead_chain(self) -> EvmGateway:
        """A gateway to a node that does not answer, with a deployment on file as after a restart."""
        deployments = self.folder / "deployments"
        deployments.mkdir(exist_ok=True)
        contract = {"address": NOWHERE, "block": 0, "code_hash": "0x" + "00" * 32, "transaction": "0x" + "00" * 32}
        names = ("EvidenceLog", "TitleRegistry", "LicenceRegistry", "TermsAcceptance")
        contracts = {name: {**contract, "artifact": name} for name in names}
        generations = [{"number": 1, "contracts": contracts}]
        content = {"format": "ipx/deployment/v1", "chain_id": 31337, "generations": generations, "under_way": []}
        (deployments / "31337.json").write_text(json.dumps(content))
        return EvmGateway(
            Rpc("http://127.0.0.1:9"), deployments=deployments, relayer_key="0x" + "01" * 32, chain_id=31337
        )
