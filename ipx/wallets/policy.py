"""Who may decide which wallet speaks for an organisation."""

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.errors import Forbidden


def may_name_wallet(actor: Actor) -> None:
    """Keys are an owner's matter; whoever negotiates may then sign with the wallet, if he has it."""
    if not actor.has(Role.OWNER):
        raise Forbidden("Only an owner of your organisation decides which wallet is the organisation’s.")
