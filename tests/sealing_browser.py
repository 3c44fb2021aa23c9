"""What the browser does, in Python: makes keys, seals documents, opens and hands over. The exchange never sees inside.

Written from docs/spec/sealed-in-browser.md with pyrage; it shares no code with the page.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyrage

from ipx.accounts.records import Actor
from ipx.evidence import stamp_receipt
from ipx.evidence.stamp_receipt import StampReceipt, commit_file
from ipx.vault.browser_deposits import SealedUpload
from ipx.vault.records import Document
from ipx.vault.sealed_form import pack
from tests.deposit_world import DepositWorld

Identity = pyrage.x25519.Identity
UNLISTED = "none"


def age_file(content: bytes, recipients: Sequence[str]) -> bytes:
    """An age file; pyrage may add meaningless stanzas, which are to be ignored."""
    return bytes(pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(one) for one in recipients]))


@dataclass(frozen=True)
class Sealed:
    """A document as its owner's browser knows it; ``body`` is all that the exchange gets."""

    body: bytes
    note: dict[str, Any]
    document: bytes
    version_key: bytes
    commitment: bytes


def seal(
    content: bytes, *, recipients: Sequence[str], owner: str, name: str = "secret recipe.txt", salt: bytes | None = None
) -> Sealed:
    """Seal a document for recipients, as the page does."""
    version = Identity.generate()
    digest = hashlib.sha256(content).digest()
    document = age_file(b"".join(pack([content], len(content))), [str(version.to_public())])
    key = (
        f"# ipx version key v1\n# name: {json.dumps(name)}\n# size: {len(content)}\n"
        f"# content_sha256: {digest.hex()}\n{version}\n"
    ).encode()
    salt = salt or secrets.token_bytes(32)
    stamp = commit_file(file_name=name, file_size=len(content), content_sha256=digest, salt=salt, owner=owner.lower())
    receipt = stamp_receipt.write(StampReceipt("https://ipx.example.org", owner.lower(), [stamp]))
    note = {
        "format": "ipx/browser-seal/v1",
        "commitment": stamp.commitment.hex(),
        "identity": base64.b64encode(age_file(key, recipients)).decode(),
        "opening": base64.b64encode(age_file(receipt, recipients)).decode(),
        "recipients": sorted(recipients),
    }
    return Sealed(body_of(note, document), note, document, key, stamp.commitment)


def body_of(note: dict[str, Any], document: bytes) -> bytes:
    """The body of an upload."""
    written = json.dumps(note, sort_keys=True, separators=(",", ":")).encode()
    return len(written).to_bytes(4, "big") + written + document


def open_version(key: bytes, document: bytes) -> bytes:
    """What a version's key opens, without length and padding."""
    identity = Identity.from_str(key.decode().splitlines()[-1])
    inside = pyrage.decrypt(document, [identity])
    return bytes(inside[8 : 8 + int.from_bytes(inside[:8], "big")])


def make_recipient(world: DepositWorld, actor: Actor, label: str = "safe") -> Any:
    """Make an identity, register its public half, and prove that it was kept."""
    identity = Identity.generate()
    recipients = world.sharing.recipients
    with world.database.write() as session:
        made = recipients.make(session, actor=actor, recipient=str(identity.to_public()), label=label)
    answer = pyrage.decrypt(made.challenge, [identity]).decode()
    with world.database.write() as session:
        recipients.prove(session, actor=actor, recipient_id=made.id, answer=answer)
    return identity


def owner_of(world: DepositWorld, actor: Actor) -> str:
    with world.database.read() as session:
        return str(world.accounts.account_of(session, actor.organisation_id).address)


def send(world: DepositWorld, actor: Actor, body: bytes, **changes: Any) -> Document:
    """Deposit a body for a subject called t1 unless told otherwise."""
    given: dict[str, Any] = {
        "actor": actor,
        "subject_kind": "technology",
        "subject_id": "t1",
        "name": "Second run",
        "length": len(body),
        "stream": io.BytesIO(body),
        "idempotency_key": world.entropy.new_id(),
        "export_control": UNLISTED,
    }
    return world.browser_deposits.deposit(SealedUpload(**{**given, **changes}))
