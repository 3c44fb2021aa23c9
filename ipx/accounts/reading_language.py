"""In which language people read is kept with them, for what is written when nobody asks: mails."""

from contextlib import nullcontext

from flask import Flask, Response, request

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.db.session import Database
from ipx.web.guards import acts_by_token, current_actor
from ipx.web.languages import ENGLISH, is_chosen_here, spoken
from ipx.web.services import provided
from ipx.web.transactions import db


def install(app: Flask) -> None:
    """Keep the language when a person uses the switch, signs in or sends a form; after ``web.transactions``."""

    @app.after_request
    def keep(response: Response) -> Response:
        sends = request.method == "POST"
        if response.status_code >= 400 or acts_by_token() or not (sends or is_chosen_here()):
            return response
        actor: Actor | None = current_actor()
        if actor is not None and spoken() != (actor.language or ENGLISH):
            # A form's transaction is open still and takes it along; a page that is read has none that writes.
            with nullcontext(db()) if sends else provided(Database).write() as session:
                provided(AccountService).prefer_language(session, person_id=actor.person_id, language=spoken())
        return response
