"""A reading as a page asks for it: with the reader's declaration before the first one, and refusals noted."""

from ipx.accounts.records import Actor
from ipx.vault.access_forms import DeclarationForm
from ipx.vault.forms import FindForm, OpenForm
from ipx.vault.records import Document
from ipx.vault.refusals import noting_refusals
from ipx.vault.rules import Form
from ipx.vault.service import Delivery, VaultService
from ipx.web.services import provided
from ipx.web.transactions import db


def declared_reading(
    actor: Actor, found: Document, form: OpenForm | FindForm, *, declares: bool, how: Form, recipient: str | None = None
) -> Delivery:
    """Keep what the reader declares, if he has to, and allow the reading, in the request's transaction.

    Raises what ``VaultService.read`` raises.
    """
    if declares:
        keep_declaration(actor, found, form)
    with noting_refusals():
        return provided(VaultService).read(
            db(),
            actor=actor,
            document_id=found.id,
            purpose=form.purpose.data or "",
            form=how,
            recipient=recipient,
        )


def keep_declaration(actor: Actor, found: Document, form: DeclarationForm) -> None:
    """Keep what the reader declares to the document's owner, in the request's transaction. Raises Invalid."""
    with noting_refusals():
        provided(VaultService).sharing.declarations.declare(
            db(),
            actor=actor,
            owner_id=found.organisation_id,
            nationalities=form.nationalities(),
            end_use=form.end_use.data or "",
        )
