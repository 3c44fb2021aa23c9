"""A reading as a page asks for it: with the reader's declaration before the first one, and refusals noted."""

from ipx.accounts.records import Actor
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
    vault = provided(VaultService)
    with noting_refusals():
        if declares:
            vault.sharing.declarations.declare(
                db(),
                actor=actor,
                owner_id=found.organisation_id,
                nationalities=form.nationalities(),
                end_use=form.end_use.data or "",
            )
        return vault.read(
            db(),
            actor=actor,
            document_id=found.id,
            purpose=form.purpose.data or "",
            form=how,
            recipient=recipient,
        )
