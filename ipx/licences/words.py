"""Licence terms in the reader's language; in English they read as `terms.in_words` says them. The codes are binding."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ipx.licences.rules import Act, Exclusivity, RoyaltyBase, Sublicensing, TermEnd, TransferRule
from ipx.licences.terms import Terms, percent

_EXCLUSIVITY = {
    Exclusivity.EXCLUSIVE: _("Exclusive: nobody else, the licensor included"),
    Exclusivity.SOLE: _("Sole: nobody else but the licensor"),
    Exclusivity.NON_EXCLUSIVE: _("Non-exclusive: others may be licensed too"),
}
ACTS = {
    Act.MAKE: _("make"),
    Act.HAVE_MADE: _("have made"),
    Act.USE: _("use"),
    Act.SELL: _("sell"),
    Act.OFFER: _("offer"),
    Act.IMPORT: _("import"),
    Act.PRACTISE: _("practise"),
    Act.COPY: _("copy"),
    Act.MODIFY: _("modify"),
}
_LATER = {
    "no": _("Not allowed"),
    "consent": _("With the licensor’s consent"),
    "free": _("Allowed"),
}
_BASES = {RoyaltyBase.NET_SALES: _("net sales"), RoyaltyBase.GROSS: _("gross sales")}


def in_words(terms: Terms) -> list[tuple[str, str]]:
    """Return the terms as (what, sentence)."""
    return [
        (gettext("Exclusivity"), str(_EXCLUSIVITY[terms.exclusivity])),
        (gettext("Permitted acts"), gettext(", ").join(str(ACTS[act]) for act in terms.acts)),
        (gettext("Field of use"), _field(terms)),
        (gettext("Territory"), ", ".join(terms.territory) if terms.territory else gettext("Worldwide")),
        (gettext("Term"), _term(terms)),
        (gettext("Upfront fee"), str(terms.upfront) if terms.upfront.amount else gettext("None")),
        (gettext("Running royalty"), _royalty(terms)),
        (gettext("Transfer of the licence"), _later(terms.transfer)),
        (gettext("Sublicences"), _later(terms.sublicensing)),
        (gettext("Begins"), gettext("When the upfront fee is paid and the grant is final on chain")),
        (gettext("Governing law"), terms.governing_law),
        (gettext("Publicity"), _publicity(terms)),
    ]


def _field(terms: Terms) -> str:
    codes = f" (CPC {', '.join(terms.field_codes)})" if terms.field_codes else ""
    return (terms.field_text or str(gettext("All fields"))) + codes


def _term(terms: Terms) -> str:
    if terms.end is TermEnd.PERPETUAL:
        return str(gettext("Without end"))
    if terms.end is TermEnd.LAST_TO_EXPIRE:
        return str(gettext("Until the last licensed patent expires"))
    years, months = divmod(terms.months or 0, 12)
    parts = [ngettext("%(num)s year", "%(num)s years", years)] if years else []
    parts += [ngettext("%(num)s month", "%(num)s months", months)] if months else []
    return str(gettext("%(length)s from the grant", length=gettext(" and ").join(parts)))


def _royalty(terms: Terms) -> str:
    if terms.royalty is None:
        return str(gettext("None"))
    base = str(_BASES[terms.royalty.base])
    return str(gettext("%(rate)s of %(base)s", rate=percent(terms.royalty.rate_bps), base=base))


def _later(rule: TransferRule | Sublicensing) -> str:
    return str(_LATER[str(rule)])


def _publicity(terms: Terms) -> str:
    return str(gettext("Published grant") if terms.notice_of_grant else gettext("Sealed: only a commitment is public"))
