"""The door to people, organisations and their keys. No key leaves this room unwrapped, but to sign."""

from ipx.accounts.entrance import Answer, Claim
from ipx.accounts.people import People
from ipx.accounts.records import Account, Actor, Member, Organisation
from ipx.accounts.room import hash_token

__all__ = ["Account", "AccountService", "Actor", "Answer", "Claim", "Member", "Organisation", "hash_token"]


class AccountService(People):
    """People, organisations and their members; signing in, links and passwords; keys and on-chain accounts.

    Its parts, each a file: ``people`` on ``entrance`` on ``links``, and ``keys``.
    """
