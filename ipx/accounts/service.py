"""The door to people, organisations and their keys. No key leaves this room unwrapped, but to sign."""

from ipx.accounts.entrance import Answer, Claim
from ipx.accounts.records import Account, Actor, Member, NewToken, Organisation, Rotation, Token
from ipx.accounts.room import hash_token
from ipx.accounts.rotation import KeyRotations
from ipx.accounts.tokens import Tokens
from ipx.accounts.wrapped_columns import WrappedColumn

__all__ = [
    "Account",
    "AccountService",
    "Actor",
    "Answer",
    "Claim",
    "KeyRotations",
    "Member",
    "NewToken",
    "Organisation",
    "Rotation",
    "Token",
    "WrappedColumn",
    "hash_token",
]


class AccountService(Tokens):
    """People, organisations and their members; signing in, links, passwords and tokens; keys and on-chain accounts.

    Its parts, each a file: ``tokens`` on ``people`` on ``entrance`` on ``links``, and ``keys``.
    """
