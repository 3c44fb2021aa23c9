"""A reading as a page asks for it: with the reader's declaration before the first one, and refusals noted."""

from flask import Response

from ipx.accounts.records import Actor
from ipx.core.errors import Conflict, Invalid
from ipx.vault.access_forms import DeclarationForm
from ipx.vault.answers import streamed
from ipx.vault.forms import FindForm, OpenForm, show_error
from ipx.vault.records import Document
from ipx.vault.refusals import noting_refusals
from ipx.vault.rules import Form
from ipx.vault.service import VaultService
from ipx.web.services import provided
from ipx.web.transactions import commit, db, release


def handed_over(
    actor: Actor, found: Document, form: OpenForm | FindForm, *, declares: bool, how: Form, recipient: str | None = None
) -> Response | None:
    """Keep what the reader declares, if he has to, write the receipt and begin to hand the document over.

    None when it was refused for something that can be mended, which the form then shows at its field. Raises what else
    ``VaultService.read`` raises.
    """
    try:
        if declares:
            keep_declaration(actor, found, form)
        with noting_refusals():
            delivery = provided(VaultService).read(
                db(),
                actor=actor,
                document_id=found.id,
                purpose=form.purpose.data or "",
                form=how,
                recipient=recipient,
            )
    except (Invalid, Conflict) as error:
        release()
        show_error(form, error, default="purpose")
        return None
    commit()  # the receipt stands before the first byte leaves
    return streamed(delivery.chunks(), name=delivery.file_name, kind=delivery.media_type, size=delivery.size)


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
