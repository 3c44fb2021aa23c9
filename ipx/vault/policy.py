"""Who may deposit, read, share and see receipts. Readable aloud; raises Forbidden, NotFound or Conflict."""

from collections.abc import Iterable
from datetime import datetime

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Conflict, Forbidden, NotFound
from ipx.vault.records import Document, Grant, Reading
from ipx.vault.rules import DocumentRole, SourceKind

# A lab administrator sees who read what, and is trusted for it because he cannot read himself.
READERS = (Role.RESEARCHER, Role.LICENSING_MANAGER, Role.OWNER)
GRANTERS = (Role.LICENSING_MANAGER, Role.OWNER)
CLASSIFIERS = (Role.LICENSING_MANAGER, Role.OWNER, Role.LAB_ADMINISTRATOR)
DECIDERS = (Role.LAB_ADMINISTRATOR, Role.OWNER)
# Erasing cannot be called back, so it is the owner's alone; a hold is also for who keeps the laboratory's records.
ERASERS = (Role.OWNER,)
HOLDERS = (Role.OWNER, Role.LAB_ADMINISTRATOR)


def check_may_deposit(actor: Actor, role: DocumentRole) -> None:
    """Researchers, licensing managers and owners deposit; a lab administrator files instruments only."""
    curates = role is DocumentRole.INSTRUMENT and actor.has(Role.LAB_ADMINISTRATOR)
    if not actor.has(*READERS) and not curates:
        raise Forbidden("Your role does not include depositing this. Ask a researcher of your organisation.")


def reading_of(actor: Actor, document: Document, grants: Iterable[Grant], now: datetime) -> Reading | None:
    """Return why the actor may read a sealed document, or None. Need-to-know: rank alone opens nothing.

    Who deposited it may, and so may readers whom a grant that is neither revoked nor expired lets in: a grant to an
    organisation its readers, one to a person this person alone. Inside the owner's organisation too.
    """
    if not actor.has(*READERS):
        return None
    if is_depositor(actor, document):
        return Reading(SourceKind.OWN, document.organisation_id, until=None)
    mine = [g for g in grants if g.is_open(now) and g.organisation_id == actor.organisation_id]
    fitting = [g for g in mine if g.person_id in (None, actor.person_id)]
    if not fitting:
        return None
    longest = max(fitting, key=lambda g: (g.expires_at is None, g.expires_at or now))
    return Reading(longest.source_kind, longest.source_id, until=longest.expires_at)


def is_depositor(actor: Actor, document: Document) -> bool:
    """Tell whether the actor brought the document in, and still belongs to the organisation it was for."""
    return (actor.person_id, actor.organisation_id) == (document.created_by, document.organisation_id)


def check_may_know_of(actor: Actor, document: Document, reading: Reading | None) -> None:
    """Anybody of the owner organisation knows of its documents; others of what they may read. Raises NotFound."""
    if reading is None and actor.organisation_id != document.organisation_id:
        raise NotFound("There is no such document.")


def check_may_read(actor: Actor, document: Document, reading: Reading | None) -> Reading:
    """Return the reading, or raise: NotFound to strangers, Forbidden to colleagues, Conflict while it is unreviewed."""
    check_may_know_of(actor, document, reading)
    if reading is None and not actor.has(*READERS):
        raise Forbidden("Your role sees the receipts of this document, but does not open it.")
    if reading is None:
        raise Forbidden(
            "This document opens to who deposited it and to whom it was granted. "
            "Ask a licensing manager or an owner of your organisation for a grant."
        )
    if actor.organisation_id != document.organisation_id:
        check_is_reviewed(document)
    return reading


def check_is_reviewed(document: Document) -> None:
    """What nobody has compared with the lists of export control stays in the house. Raises Conflict."""
    if not document.is_reviewed:
        raise Conflict(
            f"{document.file_name} is not reviewed for export control, so it cannot be shared yet. "
            "Its owner states the entry of the list, or that none names it, on the document’s page."
        )


def may_classify(actor: Actor, document: Document) -> bool:
    """The depositor, and who answers for the organisation: owners, licensing managers, lab administrators."""
    return actor.organisation_id == document.organisation_id and (
        actor.has(*CLASSIFIERS) or is_depositor(actor, document)
    )


def may_grant(actor: Actor, document: Document) -> bool:
    """Licensing managers and owners of the document's organisation decide who else may read."""
    return actor.organisation_id == document.organisation_id and actor.has(*GRANTERS)


def check_may_classify(actor: Actor, document: Document) -> None:
    """Raise NotFound to other organisations, Forbidden to colleagues who may not."""
    check_is_own(actor, document)
    if not may_classify(actor, document):
        raise Forbidden("The depositor, a licensing manager, a lab administrator or an owner states this.")


def check_may_grant(actor: Actor, document: Document) -> None:
    """Raise NotFound to other organisations, Forbidden to colleagues who may not."""
    check_is_own(actor, document)
    if not may_grant(actor, document):
        raise Forbidden("Who else may read is decided by a licensing manager or an owner of your organisation.")


def check_is_own(actor: Actor, document: Document) -> None:
    """Raise NotFound to everybody outside the document's organisation."""
    if actor.organisation_id != document.organisation_id:
        raise NotFound("There is no such document.")


def check_may_decide(actor: Actor, party_id: str) -> None:
    """A lab administrator or an owner decides about a near match, and never about himself."""
    if not actor.has(*DECIDERS):
        raise Forbidden("A lab administrator or an owner of your organisation decides this.")
    if actor.person_id == party_id:
        raise Forbidden("Somebody else has to decide about your own name.")


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
