"""Documents that a browser sealed: taken in, stamped, delivered, handed over and forgotten, without being seen."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
import pytest

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, Invalid, NotFound, Tampered, TooLarge
from ipx.evidence import bundle as bundles
from ipx.vault.records import Document
from ipx.vault.rules import Form, SourceKind
from tests.deposit_world import DepositWorld
from tests.sealing_browser import Sealed, age_file, body_of, make_recipient, open_version, owner_of, seal, send

SECRET = b"canary-browser-tier-5521: quench at 412 K. " * 2_000


@dataclass
class Sealing:
    """An owner with a key file, and a document that was sealed for it."""

    world: DepositWorld
    ada: Actor
    key_file: Any
    sealed: Sealed
    document: Document


@pytest.fixture
def world(tmp_path: Path) -> DepositWorld:
    return DepositWorld(tmp_path)


@pytest.fixture
def kept(world: DepositWorld) -> Sealing:
    ada = world.organisation("ada")
    key_file = make_recipient(world, ada)
    sealed = seal(SECRET, recipients=[str(key_file.to_public())], owner=owner_of(world, ada))
    return Sealing(world, ada, key_file, sealed, send(world, ada, sealed.body))


# ── recipients ───────────────────────────────────────────────────────────────────────────────────


def test_recipient_when_not_proven_then_nothing_is_sealed_for_it(world: DepositWorld) -> None:
    ada, identity = world.organisation("ada"), pyrage.x25519.Identity.generate()
    recipients = world.sharing.recipients
    with world.database.write() as session:
        made = recipients.make(session, actor=ada, recipient=str(identity.to_public()), label="safe")
        assert recipients.active(session, ada.organisation_id) == []
    for wrong in ("", "0" * 64, made.recipient):
        with pytest.raises(Invalid, match="key file"), world.database.write() as session:
            recipients.prove(session, actor=ada, recipient_id=made.id, answer=wrong)
    sealed = seal(SECRET, recipients=[made.recipient], owner=owner_of(world, ada))
    with pytest.raises(Conflict, match="have changed"):
        send(world, ada, sealed.body)
    answer = pyrage.decrypt(made.challenge or b"", [identity]).decode()
    with world.database.write() as session:
        recipients.prove(session, actor=ada, recipient_id=made.id, answer=answer)
        assert recipients.active(session, ada.organisation_id) == [made.recipient]
        (found,) = recipients.of(session, ada.organisation_id)
    with world.database.read() as session:
        lines = [line.action for line in world.audit.lines_of(session, [("organisation", ada.organisation_id)])]
    assert (found.is_active, found.challenge) == (True, None)
    assert [line for line in lines if "recipient" in line] == [
        "organisation:recipient:made",
        "organisation:recipient:proven",
    ]
    assert send(world, ada, sealed.body).is_browser_sealed


def test_recipient_when_asked_by_others_then_is_refused(world: DepositWorld) -> None:
    ada, eve = world.organisation("ada"), world.organisation("eve")
    lin = world.colleague(ada, "lin", [Role.LAB_ADMINISTRATOR, Role.LICENSING_MANAGER])
    make_recipient(world, ada)
    recipients = world.sharing.recipients
    with world.database.read() as session:
        (mine,) = recipients.of(session, ada.organisation_id)
    public = str(pyrage.x25519.Identity.generate().to_public())
    with pytest.raises(Forbidden), world.database.write() as session:
        recipients.make(session, actor=lin, recipient=public, label="mine")
    for stranger, error in ((lin, Forbidden), (eve, NotFound)):
        with pytest.raises(error), world.database.write() as session:
            recipients.retire(session, actor=stranger, recipient_id=mine.id)
    secret = str(pyrage.x25519.Identity.generate())
    with pytest.raises(Invalid, match="keep it to yourself"), world.database.write() as session:
        recipients.make(session, actor=ada, recipient=secret, label="oops")


def test_recipient_when_retired_then_only_the_others_are_sealed_for(world: DepositWorld) -> None:
    ada = world.organisation("ada")
    first, second = make_recipient(world, ada, "first"), make_recipient(world, ada, "second")
    both = sorted(str(one.to_public()) for one in (first, second))
    with world.database.write() as session:
        assert world.sharing.recipients.active(session, ada.organisation_id) == both
        mine = next(
            one
            for one in world.sharing.recipients.of(session, ada.organisation_id)
            if one.recipient == str(first.to_public())
        )
        world.sharing.recipients.retire(session, actor=ada, recipient_id=mine.id)
    owner = owner_of(world, ada)
    with pytest.raises(Conflict, match="have changed"):
        send(world, ada, seal(SECRET, recipients=both, owner=owner).body)
    assert send(world, ada, seal(SECRET, recipients=[str(second.to_public())], owner=owner).body)


# ── deposits ─────────────────────────────────────────────────────────────────────────────────────


def test_deposit_when_sealed_in_a_browser_then_nothing_of_it_is_known_here(kept: Sealing) -> None:
    world, document = kept.world, kept.document
    assert (document.is_browser_sealed, document.file_name, document.confidential) == (True, "Second run.age", True)
    digest = hashlib.sha256(SECRET)
    for secret in (
        b"canary-browser-tier",
        digest.digest(),
        digest.hexdigest().encode(),
        b"secret recipe",
        b"SECRET-KEY",
    ):
        assert secret not in world.bytes_on_disk(), secret
    with world.database.read() as session:
        stamp = world.evidence.get_stamp(session, document.stamp_id)
        seals = world.sharing.hand_overs
        key = seals.key_for(session, document=document, organisation_id=kept.ada.organisation_id)
        opening = seals.opening_of(session, document_id=document.id)
    assert stamp.commitment == kept.sealed.commitment
    assert pyrage.decrypt(key or b"", [kept.key_file]) == kept.sealed.version_key
    stated = json.loads(pyrage.decrypt(opening or b"", [kept.key_file]))["stamps"][0]
    assert (stated["content_sha256"], stated["file_name"]) == (digest.hexdigest(), "secret recipe.txt")
    assert world.store.open(document.cid).read() == kept.sealed.document


def test_deposit_when_repeated_then_it_is_the_same_document(kept: Sealing) -> None:
    world, ada = kept.world, kept.ada
    again = {"idempotency_key": "the-same-key"}
    other = seal(SECRET, recipients=[str(kept.key_file.to_public())], owner=owner_of(world, ada))
    first = send(world, ada, other.body, **again)
    assert send(world, ada, other.body, **again) == first
    with pytest.raises(Conflict, match="another document"):
        send(world, ada, kept.sealed.body, **again)
    with pytest.raises(Conflict, match="given before"):
        send(world, ada, kept.sealed.body)
    assert world.store.open(kept.document.cid).read() == kept.sealed.document
    assert world.count("vault_documents") == 2


def _without_padding(sealed: Sealed, key: str) -> bytes:
    return body_of(sealed.note, age_file(bytes(5_001), [key]))


def _two_recipients(sealed: Sealed, key: str) -> bytes:
    other = str(pyrage.x25519.Identity.generate().to_public())
    return body_of(sealed.note, age_file(bytes(4_096), [key, other]))


def _identity_for_one_more(sealed: Sealed, key: str) -> bytes:
    other = str(pyrage.x25519.Identity.generate().to_public())
    more = base64.b64encode(age_file(sealed.version_key, [key, other])).decode()
    return body_of({**sealed.note, "identity": more}, sealed.document)


SPOILED: list[Callable[[Sealed, str], bytes]] = [
    lambda sealed, _key: sealed.body[:-1],
    lambda sealed, _key: sealed.body[:3],
    lambda sealed, _key: b"\0\0\0\0" + sealed.body[4:],
    lambda sealed, _key: b"\xff\xff\xff\xff" + sealed.body[4:],
    lambda sealed, _key: body_of(sealed.note, SECRET),
    lambda sealed, _key: body_of(sealed.note, b""),
    lambda sealed, _key: body_of(sealed.note, sealed.document[:-40]),
    lambda sealed, _key: body_of(sealed.note, sealed.document + bytes(9)),
    lambda sealed, _key: body_of({**sealed.note, "commitment": "ab"}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "identity": "QQ"}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "identity": sealed.note["identity"] + "\n"}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "opening": base64.b64encode(SECRET).decode()}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "recipients": []}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "recipients": [str(_key)] * 2}, sealed.document),
    lambda sealed, _key: body_of({**sealed.note, "content_sha256": "00" * 32}, sealed.document),
    _without_padding,
    _two_recipients,
    _identity_for_one_more,
]


@pytest.mark.parametrize("spoil", SPOILED)
def test_deposit_when_spoiled_then_is_refused_and_nothing_is_kept(
    world: DepositWorld, spoil: Callable[[Sealed, str], bytes]
) -> None:
    ada = world.organisation("ada")
    key = str(make_recipient(world, ada).to_public())
    body = spoil(seal(SECRET, recipients=[key], owner=owner_of(world, ada)), key)
    with pytest.raises(Invalid):
        send(world, ada, body)
    assert (world.files(), world.count("vault_documents"), world.count("evidence_stamps")) == ([], 0, 0)


def test_deposit_when_too_large_or_by_a_lab_administrator_then_is_refused(kept: Sealing) -> None:
    world = kept.world
    lin = world.colleague(kept.ada, "lin", [Role.LAB_ADMINISTRATOR])
    other = seal(SECRET, recipients=[str(kept.key_file.to_public())], owner=owner_of(world, kept.ada))
    with pytest.raises(Forbidden):
        send(world, lin, other.body)
    with pytest.raises(TooLarge):
        send(world, kept.ada, other.body, length=world.upload_limit + 1)


# ── evidence ─────────────────────────────────────────────────────────────────────────────────────


def test_evidence_when_sealed_in_a_browser_then_we_cannot_open_the_commitment(kept: Sealing) -> None:
    world = kept.world
    with pytest.raises(Conflict, match="pending"), world.database.read() as session:
        world.evidence.bundle(session, stamp_id=kept.document.stamp_id, disclosure=bundles.COMMITMENT)
    with pytest.raises(Conflict), world.database.write() as session:
        world.evidence.disclosures.disclose(session, actor=kept.ada, stamp_id=kept.document.stamp_id)


# ── delivery ─────────────────────────────────────────────────────────────────────────────────────


def read(world: DepositWorld, actor: Actor, document: Document, form: Form = Form.AGE) -> bytes:
    with world.database.write() as session:
        delivery = world.vault.read(session, actor=actor, document_id=document.id, purpose="to see it", form=form)
    return b"".join(delivery.chunks())


def test_read_when_owner_then_gets_what_is_stored_and_a_receipt_and_opens_it_himself(kept: Sealing) -> None:
    world = kept.world
    got = read(world, kept.ada, kept.document)
    assert open_version(kept.sealed.version_key, got) == SECRET
    with world.database.read() as session:
        (receipt,) = world.vault.receipts_of(session, document_ids=[kept.document.id])
        assert world.vault.check_receipts(session).broken_at is None
    assert (receipt.outcome, receipt.delivered_sha256) == ("complete", hashlib.sha256(got).hexdigest())
    with pytest.raises(Conflict, match="sealed in a browser"):
        read(world, kept.ada, kept.document, Form.CLEAR)


def test_read_when_the_stored_file_was_changed_then_breaks_off_with_a_receipt(kept: Sealing) -> None:
    world = kept.world
    for block in [path for path in (world.folder / "blocks").rglob("*") if path.is_file()]:
        block.write_bytes(block.read_bytes()[:-1] + b"x")
    with pytest.raises(Tampered):
        read(world, kept.ada, kept.document)
    with world.database.read() as session:
        (receipt,) = world.vault.receipts_of(session, document_ids=[kept.document.id])
    assert receipt.outcome == "failed"


# ── handing over ─────────────────────────────────────────────────────────────────────────────────


def grant(kept: Sealing, reader: Actor, source_id: str = "nda-1") -> None:
    with kept.world.database.write() as session:
        kept.world.vault.grant(
            session,
            by=kept.ada.by,
            document_id=kept.document.id,
            organisation_id=reader.organisation_id,
            source_kind=SourceKind.NDA,
            source_id=source_id,
        )


def hand_over(kept: Sealing, reader: Actor, identity: bytes, recipients: list[str], actor: Actor | None = None) -> None:
    world = kept.world
    with world.database.write() as session:
        world.sharing.hand_overs.hand_over(
            session,
            actor=actor or kept.ada,
            document=world.vault.document(session, document_id=kept.document.id),
            grants=world.vault.grants_of(session, document_ids=[kept.document.id]),
            organisation_id=reader.organisation_id,
            identity=base64.b64encode(identity).decode(),
            recipients=recipients,
        )


def notices_of(world: DepositWorld, actor: Actor) -> str:
    with world.database.read() as session:
        return " ".join(one.subject for one in world.notices.notices(session, organisation_id=actor.organisation_id))


def test_grant_when_sealed_in_a_browser_then_waits_for_the_owners_browser(kept: Sealing) -> None:
    world, bob = kept.world, kept.world.organisation("bob")
    grant(kept, bob)
    world.declare(bob, kept.ada)
    assert "A key has to be handed over" in notices_of(world, kept.ada)
    assert "Access is pending" in notices_of(world, bob)
    with pytest.raises(Conflict, match="was not handed over yet"):
        read(world, bob, kept.document)
    with pytest.raises(Invalid, match="from 1 to"):
        hand_over(kept, bob, kept.sealed.version_key, [])
    bobs_key = make_recipient(world, bob)
    public = str(bobs_key.to_public())
    with pytest.raises(Invalid, match="not an age v1 file"):
        hand_over(kept, bob, kept.sealed.version_key, [public])
    hand_over(kept, bob, age_file(kept.sealed.version_key, [public]), [public])
    with world.database.read() as session:
        key = world.sharing.hand_overs.key_for(session, document=kept.document, organisation_id=bob.organisation_id)
        waiting = world.sharing.hand_overs.waiting(
            session, document=kept.document, grants=world.vault.grants_of(session, document_ids=[kept.document.id])
        )
        actions = [one.action for one in world.audit.lines_of(session, [("document", kept.document.id)])]
    assert waiting == []
    assert "document:key:handed_over" in actions
    opened = pyrage.decrypt(key or b"", [bobs_key])
    assert open_version(opened, read(world, bob, kept.document)) == SECRET
    assert b"SECRET-KEY" not in world.bytes_on_disk()


def test_hand_over_when_revoked_then_neither_file_nor_key_is_delivered_and_a_new_grant_waits_again(
    kept: Sealing,
) -> None:
    world, bob = kept.world, kept.world.organisation("bob")
    grant(kept, bob)
    world.declare(bob, kept.ada)
    public = str(make_recipient(world, bob).to_public())
    hand_over(kept, bob, age_file(kept.sealed.version_key, [public]), [public])
    assert read(world, bob, kept.document)
    with world.database.write() as session:
        world.vault.revoke(session, by=kept.ada.by, source_kind=SourceKind.NDA, source_id="nda-1")
        hand_overs = world.sharing.hand_overs
        assert hand_overs.key_for(session, document=kept.document, organisation_id=bob.organisation_id) is None
    with pytest.raises(NotFound):
        read(world, bob, kept.document)
    grant(kept, bob, source_id="nda-2")
    with pytest.raises(Conflict, match="was not handed over yet"):
        read(world, bob, kept.document)


def test_reseal_when_a_recipient_was_made_later_then_its_key_file_opens_it_too(kept: Sealing) -> None:
    world, hand_overs = kept.world, kept.world.sharing.hand_overs
    with world.database.read() as session:
        assert not hand_overs.has_other_recipients(session, document=kept.document)
        opening = hand_overs.opening_of(session, document_id=kept.document.id) or b""
    receipt = pyrage.decrypt(opening, [kept.key_file])
    later = make_recipient(world, kept.ada, "second safe")
    both = sorted(str(one.to_public()) for one in (kept.key_file, later))
    given = {
        "identity": base64.b64encode(age_file(kept.sealed.version_key, both)).decode(),
        "opening": base64.b64encode(age_file(receipt, both)).decode(),
    }
    for spoiled in ({"opening": ""}, {"identity": given["identity"][4:]}):
        with pytest.raises(Invalid), world.database.write() as session:
            hand_overs.reseal(session, actor=kept.ada, document=kept.document, recipients=both, **{**given, **spoiled})
    with pytest.raises(Conflict), world.database.write() as session:
        hand_overs.reseal(session, actor=kept.ada, document=kept.document, recipients=both[:1], **given)
    with world.database.write() as session:
        assert hand_overs.has_other_recipients(session, document=kept.document)
        hand_overs.reseal(session, actor=kept.ada, document=kept.document, recipients=both, **given)
    with world.database.read() as session:
        assert not hand_overs.has_other_recipients(session, document=kept.document)
        key = hand_overs.key_for(session, document=kept.document, organisation_id=kept.ada.organisation_id)
        opening = hand_overs.opening_of(session, document_id=kept.document.id) or b""
    assert pyrage.decrypt(key or b"", [later]) == kept.sealed.version_key
    assert pyrage.decrypt(opening, [later]) == receipt
    with world.database.write() as session:
        first = world.sharing.recipients.of(session, kept.ada.organisation_id)[0]
        world.sharing.recipients.retire(session, actor=kept.ada, recipient_id=first.id)
        assert hand_overs.has_other_recipients(session, document=kept.document)


def test_hand_over_when_not_allowed_then_is_refused(kept: Sealing) -> None:
    world, bob = kept.world, kept.world.organisation("bob")
    public = str(make_recipient(world, bob).to_public())
    identity = age_file(kept.sealed.version_key, [public])
    with pytest.raises(Invalid, match="grant it first"):
        hand_over(kept, bob, identity, [public])
    grant(kept, bob)
    rita = world.colleague(kept.ada, "rita", [Role.RESEARCHER])
    with pytest.raises(Forbidden):
        hand_over(kept, bob, identity, [public], actor=rita)
    with pytest.raises(NotFound):
        hand_over(kept, bob, identity, [public], actor=bob)
    other = str(pyrage.x25519.Identity.generate().to_public())
    with pytest.raises(Conflict, match="have changed"):
        hand_over(kept, bob, identity, [other])
    with world.database.write() as session:
        world.sharing.classify(session, actor=kept.ada, document_id=kept.document.id, export_control="unreviewed")
    with pytest.raises(Conflict, match="export control"):
        hand_over(kept, bob, identity, [public])
