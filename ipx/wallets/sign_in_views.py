"""Signing in with a wallet that was linked before."""

from typing import Any

from flask import Blueprint, redirect, render_template, request
from werkzeug.wrappers import Response

from ipx.core.errors import Refused
from ipx.wallets.proving import challenge, proof, status
from ipx.wallets.rules import Purpose
from ipx.wallets.service import WalletService
from ipx.web.guards import public
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.signing_in import begin_browser_session, safe_target
from ipx.web.transactions import db


@public
@limited("60/hour")
def sign_in() -> Any:
    """Open a session for the person to whom the wallet is linked; the cookie gets a new name."""
    problem = None
    if request.method == "POST":
        try:
            return _open_session()
        except Refused as error:
            problem = error.message
    return render_template("wallets/sign_in.html", problem=problem), status()


def _open_session() -> Response:
    found = proof(Purpose.SIGN_IN)
    actor = provided(WalletService).admit(db(), proof=found)
    begin_browser_session(actor.person_id, actor)
    return redirect(safe_target(request.args.get("next")))


@public
@limited("120/hour")
def sign_in_challenge() -> Any:
    """Answer with the message to sign."""
    return challenge(Purpose.SIGN_IN)


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    blueprint.add_url_rule("/sign-in/wallet", view_func=sign_in, methods=["GET", "POST"])
    blueprint.add_url_rule("/sign-in/wallet/challenge", view_func=sign_in_challenge, methods=["POST"])
