"""Roles and what makes a name, an address or a password acceptable. Pure."""

import re
import unicodedata
from enum import StrEnum

from ipx.core.errors import Invalid

PASSWORD_SHORTEST = 12
PASSWORD_LONGEST = 256


class Role(StrEnum):
    """What a person may do in an organisation; one person may hold several."""

    RESEARCHER = "researcher"
    LICENSING_MANAGER = "licensing_manager"
    LAB_ADMINISTRATOR = "lab_administrator"
    OWNER = "owner"


class Purpose(StrEnum):
    """What a link in a mail is for."""

    VERIFY = "verify"
    RESET = "reset"
    INVITE = "invite"
    FINISH = "finish"  # somebody signed up again with an address that was never verified
    REMIND = "remind"  # … or with one that has an account; this mail carries no key


# A link lives this many hours; a reset link is a key to the house, so it lives shortest.
LINK_HOURS = {Purpose.VERIFY: 72, Purpose.RESET: 1, Purpose.INVITE: 168, Purpose.FINISH: 72, Purpose.REMIND: 1}
PASSWORD_LINKS = (Purpose.RESET, Purpose.INVITE, Purpose.FINISH)
LINKS_AN_HOUR = 3  # of one purpose to one person: nobody's mailbox is flooded through us
SESSION_DAYS = 14
TOKEN_PREFIX = "ipx_"  # noqa: S105 - lets scanners of repositories know one when they see it
TOKENS_EACH = 20  # that are not revoked
ATTEMPTS, ATTEMPTS_MINUTES = 10, 15  # wrong passwords for one address, from wherever they come


# Control, direction and private characters make one name look like another; Persian and Indic names need the joiners.
_INVISIBLE = ("Cc", "Cf", "Cs", "Co", "Zl", "Zp")
_JOINERS = "\u200c\u200d"


def clean_name(name: str, *, field: str) -> str:
    """Return the name with single spaces. Raises Invalid when it is empty, too long or has control characters."""
    cleaned = " ".join(name.split())
    if not cleaned:
        raise Invalid("Write a name.", field=field)
    if len(cleaned) > 200:
        raise Invalid("A name may have 200 characters at most.", field=field)
    if any(unicodedata.category(c) in _INVISIBLE and c not in _JOINERS for c in cleaned):
        raise Invalid("A name may not hold invisible characters.", field=field)
    if "://" in cleaned or "www." in cleaned.lower():  # names stand in our mails: nobody advertises through us
        raise Invalid("A name may not hold a web address.", field=field)
    return cleaned


def same_address(email: str) -> str:
    """Return how an address is kept and compared."""
    return email.strip().lower()


def clean_email(email: str) -> str:
    """Return the address in lower case. Raises Invalid when it cannot be one (the mail itself is the real test)."""
    cleaned = same_address(email)
    is_one = re.fullmatch(r"[^@\s<>\"',;]+@[^@\s<>\"',;]+\.[^@\s<>\"',;.]+", cleaned) and cleaned.isprintable()
    if len(cleaned) > 254 or not is_one:
        raise Invalid("This is not an e-mail address; write it like name@example.org.", field="email")
    return cleaned


def check_password(password: str, *, email: str) -> None:
    """Raise Invalid unless the password is long enough and is not the address (NIST SP 800-63B, 5.1.1.2)."""
    if len(password) < PASSWORD_SHORTEST:
        raise Invalid(
            f"Use {PASSWORD_SHORTEST} characters or more; a few unrelated words are easy to remember.", field="password"
        )
    if len(password) > PASSWORD_LONGEST:
        raise Invalid(f"A password may have {PASSWORD_LONGEST} characters at most.", field="password")
    if password.lower() in (email, email.partition("@")[0]) or len(set(password)) < 5:
        raise Invalid("This password is too easy to guess; use a few unrelated words.", field="password")
