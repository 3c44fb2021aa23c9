"""Who may deposit, read and see receipts. Readable aloud; raises Forbidden or NotFound."""

from collections.abc import Iterable
from datetime import datetime

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden, NotFound
from ipx.vault.records import Document, Grant, Reading
from ipx.vault.rules import DocumentRole, SourceKind

# A lab administrator sees who read what, and is trusted for it because he cannot read himself.
READERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)
# Erasing cannot be called back, so it is the owner's alone; a hold is also for who keeps the laboratory's records.
ERASERS = (Role.OWNER,)
HOLDERS = (Role.OWNER, Role.LAB_ADMINISTRATOR)


def check_may_deposit(actor: Actor, role: DocumentRole) -> None:
    """Researchers, licensing managers and owners deposit; a lab administrator files instruments only."""
    curates = role is DocumentRole.INSTRUMENT and actor.has(Role.LAB_ADMINISTRATOR)
    if not actor.has(*READERS) and not curates:
        raise Forbidden("Your role does not include depositing this. Ask a researcher of your organisation.")


def reading_of(actor: Actor, document: Document, grants: Iterable[Grant], now: datetime) -> Reading | None:
    """Return why the actor may read a sealed document, or None.

    Readers of the owner organisation may; readers of another one by a grant that is neither revoked nor expired,
    and when the grant names a person, only that person.
    """
    if not actor.has(*READERS):
        return None
    if actor.organisation_id == document.organisation_id:
        return Reading(SourceKind.OWN, document.organisation_id, until=None)
    mine = [g for g in grants if g.is_open(now) and g.organisation_id == actor.organisation_id]
    fitting = [g for g in mine if g.source_kind is not SourceKind.PERSON or g.source_id == actor.person_id]
    if not fitting:
        return None
    longest = max(fitting, key=lambda g: (g.expires_at is None, g.expires_at or now))
    return Reading(longest.source_kind, longest.source_id, until=longest.expires_at)


def check_may_know_of(actor: Actor, document: Document, reading: Reading | None) -> None:
    """Anybody of the owner organisation knows of its documents; others of what they may read. Raises NotFound."""
    if reading is None and actor.organisation_id != document.organisation_id:
        raise NotFound("There is no such document.")


def check_may_read(actor: Actor, document: Document, reading: Reading | None) -> Reading:
    """Return the reading, or raise: NotFound to strangers, Forbidden to colleagues whose role does not read."""
    check_may_know_of(actor, document, reading)
    if reading is None:
        raise Forbidden("Your role sees the receipts of this document, but does not open it.")
    return reading


def may_see_receipts(actor: Actor, document: Document) -> bool:
    """The owner organisation sees every reading, its lab administrators included."""
    return actor.organisation_id == document.organisation_id


def check_may_erase(actor: Actor, document: Document) -> None:
    """Owners of the organisation that deposited it erase a document. Raises NotFound to strangers, else Forbidden."""
    check_may_know_of(actor, document, None)
    if not actor.has(*ERASERS):
        raise Forbidden("Only an owner of your organisation can have a document erased.")


def check_may_hold(actor: Actor, document: Document) -> None:
    """Owners and lab administrators place and lift a legal hold. Raises NotFound to strangers, else Forbidden."""
    check_may_know_of(actor, document, None)
    if not actor.has(*HOLDERS):
        raise Forbidden("Only an owner or a lab administrator of your organisation can place or lift a legal hold.")
