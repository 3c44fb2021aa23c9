"""What people are told about wallets, in their language. Pure; sends nothing."""

from flask_babel import lazy_gettext as _

from ipx.web.translating import Text, paragraphs, said_later

_ORGANISATION = {
    "named": _("The wallet {address} is your organisation’s wallet from now on, as {name} decided."),
    "removed": _("The wallet {address} is not your organisation’s wallet any more, as {name} decided."),
    "chosen_for_deals": _("The wallet {address} signs your agreements as a licensee from now on, as {name} decided."),
    "not_for_deals": _("The wallet {address} signs no new agreements any more, as {name} decided."),
}


def linked(name: str, address: str, link: str) -> Text:
    """Return the mail to a person whose account a wallet opens from now on."""
    return paragraphs(
        _("Dear %(name)s,", name=name),
        _(
            "the wallet %(address)s was linked to your account at IPX. Whoever has it can sign in as you.",
            address=address,
        ),
        _("If it was not you, unlink it now and choose a new password: %(link)s", link=f"{link}\n"),
    )


def organisation_wallet(verb: str, address: str, name: str) -> Text:
    """Return what a person decided about the organisation's wallet; ``verb`` as in the audit log."""
    return said_later(lambda: str(_ORGANISATION[verb]).format(address=address, name=name))
