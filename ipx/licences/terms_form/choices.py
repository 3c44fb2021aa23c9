"""The words of the schema's lists as choices of the form, in the reader's language."""

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _

from ipx.licences.grant_words import EXCLUSIVITY, KINDS, RESERVED
from ipx.licences.rules import Sublicensing
from ipx.licences.terms_v2 import conduct, ending, grant, price
from ipx.licences.wording.labels import label

# By type: words of two types may be spelt alike. Types that are not here have their words in ``wording.labels``.
_WORDS: dict[type, dict[str, Any]] = {
    grant.GrantKind: KINDS,
    grant.Exclusivity: EXCLUSIVITY,
    grant.Reserved: RESERVED,
    grant.PlaceUse: {"make": _("make and use"), "sell": _("sell, offer and import")},
    grant.StartEvent: {
        "date": _("on a day"),
        "on-payment": _("with the payment of the fee"),
        "on-signature": _("when both have signed"),
    },
    grant.EndEvent: {
        "date": _("on a day"),
        "months": _("after a number of months"),
        "last-to-expire": _("with the last licensed patent"),
        "last-valid-claim": _("with the last valid claim"),
        "perpetual": _("never"),
    },
    Sublicensing: {"no": _("not allowed"), "consent": _("with the licensor’s consent"), "free": _("allowed")},
    price.Bearer: {"licensee": _("the licensee"), "licensor": _("the licensor"), "split": _("both, by parts")},
    price.Base: {
        "net-sales": _("net sales"),
        "gross": _("gross sales"),
        "unit": _("units sold"),
        "usage": _("uses"),
    },
    price.Combination: {
        "price-ratio": _("by the ratio of prices"),
        "value-share": _("by the share of value"),
        "agreed-case-by-case": _("agreed case by case"),
    },
    price.Shortfall: {
        "pay-up": _("the licensee pays the difference"),
        "convert": _("the grant becomes non-exclusive"),
        "terminate": _("the licensor may terminate"),
    },
    price.InvoiceVia: {"stripe": _("card, on the exchange’s page"), "bank": _("bank transfer")},
    price.Withholding: {"gross-up": _("the licensee bears it"), "net": _("the licensor bears it")},
    conduct.Efforts: {"best": _("best efforts"), "commercially-reasonable": _("commercially reasonable efforts")},
    conduct.MissedDiligence: {
        "cure": _("it has to be made good"),
        "convert": _("the grant becomes non-exclusive"),
        "reduce-territory": _("the territory becomes smaller"),
        "terminate": _("the licensor may terminate"),
    },
    conduct.LicensorImprovements: {
        "included": _("belong to the grant"),
        "option": _("the licensee has an option"),
        "none": _("do not belong to the grant"),
    },
    conduct.GrantBack: {
        "none": _("none"),
        "non-exclusive": _("non-exclusive licence"),
        "option": _("option"),
        "exclusive": _("exclusive licence"),
        "assignment": _("assignment"),
    },
    conduct.Side: {"licensor": _("the licensor"), "licensee": _("the licensee")},
    conduct.Indemnity: {
        "none": _("none"),
        "by-licensee": _("by the licensee"),
        "by-licensor": _("by the licensor"),
        "mutual": _("by each side"),
    },
    ending.SublicencesAfter: {
        "end": _("end too"),
        "survive": _("go on"),
        "direct-licence": _("become licences of the licensor"),
    },
    ending.Passing: {
        "no": _("not allowed"),
        "consent": _("with the licensor’s consent"),
        "with-business": _("with the business that uses it"),
        "free": _("allowed"),
    },
    ending.ChangeOfControl: {
        "permitted": _("changes nothing"),
        "notice": _("has to be told"),
        "consent": _("needs consent"),
        "terminates": _("ends the grant"),
    },
    ending.Forum: {
        "court": _("courts of the law above"),
        "icc": _("ICC arbitration"),
        "wipo-adr": _("WIPO mediation and arbitration"),
        "named": _("the court or body named below"),
    },
    ending.SplitStep: {
        "inter-institutional": _("to other institutions"),
        "patent-costs": _("patent costs"),
        "office-fee": _("fee of the office"),
        "tier": _("the rest, by tier"),
    },
}  # fmt: skip


def choices_of(kind: type[StrEnum]) -> list[tuple[str, str]]:
    """Return each word of a list with what people read for it."""
    words = _WORDS.get(kind)
    return [(str(word), str(words[word]) if words else label(word)) for word in kind]
