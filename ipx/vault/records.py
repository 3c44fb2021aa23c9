"""What the vault hands out: frozen facts about documents, access and receipts."""

from dataclasses import dataclass
from datetime import datetime

from ipx.vault.export_control import UNREVIEWED, is_reviewed
from ipx.vault.findings import InspectionState
from ipx.vault.rules import Decision, DocumentRole, Form, Outcome, PartyKind, SourceKind, Tier


@dataclass(frozen=True)
class Document:
    """A deposited document; ``size`` is its own length in bytes, ``cid`` names what is stored of it. From ``erased_at``
    on nobody can read it."""

    id: str
    organisation_id: str
    subject_kind: str
    subject_id: str
    role: DocumentRole
    file_name: str
    media_type: str
    size: int
    confidential: bool
    cid: str
    profile: str
    stamp_id: str
    created_at: datetime
    created_by: str
    export_control: str = UNREVIEWED
    erased_at: datetime | None = None
    tier: Tier = Tier.EXCHANGE

    @property
    def is_browser_sealed(self) -> bool:
        """True when a browser sealed it and we cannot open it: what we know of it is its ciphertext."""
        return self.tier is Tier.BROWSER

    @property
    def is_reviewed(self) -> bool:
        """True when somebody has compared it with the lists of export control."""
        return is_reviewed(self.export_control)

    @property
    def is_image(self) -> bool:
        """True for a picture."""
        return self.media_type.startswith("image/")


@dataclass(frozen=True)
class Reading:
    """Why an actor may read a document, and until when (None: no end is set)."""

    source_kind: SourceKind
    source_id: str
    until: datetime | None


@dataclass(frozen=True)
class Grant:
    """Access to one document: of an organisation, or of ``person_id`` alone. ``reason``, ``nda`` (a reference in the
    owner's words) and ``granted_by`` are known of grants made by hand."""

    id: str
    document_id: str
    organisation_id: str
    source_kind: SourceKind
    source_id: str
    granted_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    person_id: str | None = None
    reason: str | None = None
    nda: str | None = None
    granted_by: str | None = None

    def is_open(self, now: datetime) -> bool:
        """Tell whether the grant lets anybody read now."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)


@dataclass(frozen=True)
class HandOver:
    """That the key of a document that a browser sealed was handed over to an organisation, when and by whom;
    ``is_open`` while it is delivered."""

    organisation_id: str
    made_at: datetime
    made_by: str
    is_open: bool


@dataclass(frozen=True)
class Declaration:
    """What a reader tells a document's owner: nationalities as ISO 3166-1 codes of two letters, and the end use."""

    nationalities: tuple[str, ...]
    end_use: str
    declared_at: datetime


@dataclass(frozen=True)
class Screening:
    """A name that is on the denied-party list (``is_exact``) or near one of it, and what was decided about it."""

    id: str
    owner_id: str
    party_kind: PartyKind
    party_id: str
    party_name: str
    entry: str
    entry_name: str
    is_exact: bool
    document_id: str
    found_at: datetime
    decision: Decision | None
    decided_by: str | None
    decided_at: datetime | None
    reason: str | None


@dataclass(frozen=True)
class Inspection:
    """What was found inside a document, when, and by which virus scanner if there is one."""

    document_id: str
    state: InspectionState
    reason: str | None
    pages: int | None
    scanner: str | None
    looked_at: datetime


@dataclass(frozen=True)
class Receipt:
    """One reading. What ended it is None while it runs, and for ever when the exchange crashed during it.

    ``purpose`` and ``delivered_sha256`` (hex) are None once they were erased; ``hash`` is that of the opening line.
    """

    id: str
    document_id: str
    organisation_id: str
    person_id: str
    purpose: str | None
    form: Form
    recipient: str | None
    source_kind: SourceKind
    source_id: str
    opened_at: datetime
    outcome: Outcome | None
    closed_at: datetime | None
    delivered_bytes: int | None
    delivered_sha256: str | None
    sequence: int
    hash: str


@dataclass(frozen=True)
class ChainCheck:
    """Result of verifying the chain of receipts: lines, the head, the first broken line if any."""

    lines: int
    head: str
    broken_at: int | None
