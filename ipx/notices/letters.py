"""The mails that people get, in plain words. Pure; sends nothing."""

from dataclasses import dataclass

from ipx.accounts.events import LinkIssued
from ipx.accounts.rules import LINK_HOURS, Purpose


@dataclass(frozen=True)
class Letter:
    """Subject and plain text of one message."""

    subject: str
    body: str


@dataclass(frozen=True)
class _Text:
    """``path``: where the link leads, its key added; None where the mail holds no key."""

    subject: str
    path: str | None
    sentence: str
    otherwise: str


_TEXTS = {
    Purpose.VERIFY: _Text(
        "Verify your e-mail address",
        "verify-email",
        "open this link to verify your address. It works once, for {hours} hours.",
        "If you did not sign up at IPX, do nothing: without the link nobody can use your address.",
    ),
    Purpose.RESET: _Text(
        "Choose a new password",
        "set-password",
        "open this link to choose a new password. It works once, for {hours} hour.",
        "If you did not ask for it, do nothing: your password stays as it is.",
    ),
    Purpose.INVITE: _Text(
        "You are invited to IPX",
        "set-password",
        "{organisation} has invited you to IPX, the exchange for technology IP. Open this link to choose a password. "
        "It works once, for {hours} hours.",
        "If you do not know what this is about, do nothing.",
    ),
    Purpose.FINISH: _Text(
        "Finish signing up at IPX",
        "set-password",
        "somebody, probably you, signed up at IPX with this address again. An account for it is waiting already, at "
        "{organisation}. Open this link to choose its password. It works once, for {hours} hours.",
        "If it was not you, or this is not your organisation, do nothing: without the link nobody can use your "
        "address.",
    ),
    Purpose.REMIND: _Text(
        "You have an account at IPX already",
        None,
        "somebody, probably you, tried to sign up at IPX with this address, which has an account. Sign in at "
        "{public_url}/sign-in; if you do not know the password any more, choose a new one at "
        "{public_url}/links/reset",
        "If it was not you, do nothing: your account stays as it is.",
    ),
}


def letter_for(issued: LinkIssued, *, public_url: str) -> Letter:
    """Return the mail that carries a link; the link stands alone on its line."""
    text = _TEXTS[issued.purpose]
    sentence = text.sentence.format(
        hours=LINK_HOURS[issued.purpose],
        organisation=issued.organisation_name or "an organisation",
        public_url=public_url,
    )
    parts = [f"Dear {issued.name},", sentence, text.otherwise]
    if text.path is not None:
        parts.insert(2, f"{public_url}/{text.path}/{issued.token}")
    return Letter(subject=text.subject, body="\n\n".join(parts) + "\n")
