"""What a proof of possession must say, and for how long it counts. Pure."""

import re
from datetime import datetime, timedelta
from enum import StrEnum

from ipx.core.errors import Conflict, Invalid
from ipx.wallets.sign_in_message import SignInMessage, checksummed, is_address

CHALLENGE_LIFE = timedelta(minutes=5)
CHALLENGES_KEPT = timedelta(days=1)
WALLETS_EACH = 10  # that are linked
_PLAIN = re.compile("0x[0-9a-f]{40}")
SIGNATURE_LONGEST = 8192  # bytes; a contract wallet of many owners takes some 65 each


class Purpose(StrEnum):
    """What a proof is asked for; one for the one purpose is no proof for the other."""

    SIGN_IN = "sign-in"
    LINK = "link"


# Constant texts: what people sign never holds what somebody typed.
STATEMENTS = {
    Purpose.SIGN_IN: "Sign in to IPX with this wallet. This moves nothing and costs nothing.",
    Purpose.LINK: "Link this wallet to my IPX account. Whoever has it can then sign in as me. "
    "This moves nothing and costs nothing.",
}
PATHS = {Purpose.SIGN_IN: "/sign-in/wallet", Purpose.LINK: "/account/wallets"}


def clean_address(address: str) -> str:
    """Return an address spelt by EIP-55; wallets hand them out without capitals too. Raises Invalid when it is none, or
    its capitals do not fit."""
    address = address.strip()
    if _PLAIN.fullmatch(address):
        return checksummed(address)
    if not is_address(address):
        raise Invalid("This is no address of a wallet, or a letter in it is wrong.", field="address")
    return address


def check_message(message: SignInMessage, expected: SignInMessage, now: datetime) -> None:
    """Raise Invalid or Conflict unless a message is the one that was asked for, and still counts.

    ``expected`` is what we wrote (EIP-4361, "Verifying a message"). Says what was wrong, and what to do.
    """
    if (message.scheme, message.domain, message.uri) != (expected.scheme, expected.domain, expected.uri):
        raise Invalid(
            f"The message was written for {message.domain}, not for {expected.domain}. Somebody may be trying to use "
            "your signature elsewhere: begin again on our page, at our address."
        )
    if message.chain_id != expected.chain_id:
        raise Invalid(
            f"The message is for chain {message.chain_id}; this exchange is on chain {expected.chain_id}. Begin again."
        )
    if message.nonce != expected.nonce:
        raise Conflict("This signature was made for another attempt. Begin again.")
    if expected.expires_at is None or now >= expected.expires_at:
        raise Conflict("You took longer than five minutes, so the message does not count any more. Begin again.")
    if message.address != expected.address:
        raise Invalid("The wallet signed for another account than the one that was chosen. Choose it, and begin again.")
    if message != expected:
        raise Invalid("The message is not the one that we asked to be signed. Begin again.")
