"""The mails that people get, in plain words. Pure; sends nothing."""

from dataclasses import dataclass

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.accounts.events import LinkIssued
from ipx.accounts.rules import LINK_HOURS, Purpose
from ipx.web.translating import Text, paragraphs, said_later


@dataclass(frozen=True)
class Letter:
    """Subject and plain text of one message, in the language of whoever gets it."""

    subject: Text
    body: Text


@dataclass(frozen=True)
class _Text:
    """``path``: where the link leads, its key added; None where the mail holds no key."""

    subject: Text
    path: str | None
    sentence: Text
    otherwise: Text


_TEXTS = {
    Purpose.VERIFY: _Text(
        _("Verify your e-mail address"),
        "verify-email",
        _("open this link to verify your address. It works once, for {hours} hours."),
        _("If you did not sign up at IPX, do nothing: without the link nobody can use your address."),
    ),
    Purpose.RESET: _Text(
        _("Choose a new password"),
        "set-password",
        _("open this link to choose a new password. It works once, for {hours} hour."),
        _("If you did not ask for it, do nothing: your password stays as it is."),
    ),
    Purpose.INVITE: _Text(
        _("You are invited to IPX"),
        "set-password",
        _(
            "{organisation} has invited you to IPX, the exchange for technology IP. Open this link to choose a "
            "password. It works once, for {hours} hours."
        ),
        _("If you do not know what this is about, do nothing."),
    ),
    Purpose.FINISH: _Text(
        _("Finish signing up at IPX"),
        "set-password",
        _(
            "somebody, probably you, signed up at IPX with this address again. An account for it is waiting already, "
            "at {organisation}. Open this link to choose its password. It works once, for {hours} hours."
        ),
        _(
            "If it was not you, or this is not your organisation, do nothing: without the link nobody can use your "
            "address."
        ),
    ),
    Purpose.REMIND: _Text(
        _("You have an account at IPX already"),
        None,
        _(
            "somebody, probably you, tried to sign up at IPX with this address, which has an account. Sign in at "
            "{public_url}/sign-in; if you do not know the password any more, choose a new one at "
            "{public_url}/links/reset"
        ),
        _("If it was not you, do nothing: your account stays as it is."),
    ),
}


def letter_for(issued: LinkIssued, *, public_url: str) -> Letter:
    """Return the mail that carries a link; the link stands alone on its line."""
    text = _TEXTS[issued.purpose]

    def sentence() -> str:
        return str(text.sentence).format(
            hours=LINK_HOURS[issued.purpose],
            organisation=issued.organisation_name or gettext("an organisation"),
            public_url=public_url,
        )

    link = "" if text.path is None else f"{public_url}/{text.path}/{issued.token}"
    greeting = _("Dear %(name)s,", name=issued.name)
    return Letter(text.subject, paragraphs(greeting, said_later(sentence), link, text.otherwise))
