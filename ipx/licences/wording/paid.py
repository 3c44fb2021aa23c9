"""What is paid, in words: fees, running royalty, minimums, milestones, payment, reports."""

from collections.abc import Iterator

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _

from ipx.core.money import Money
from ipx.licences.terms import percent
from ipx.licences.terms_v2.price import (
    Base,
    Bearer,
    Combination,
    Equity,
    FuturePatentCosts,
    InvoiceVia,
    Milestone,
    Rate,
    Royalty,
    Shortfall,
    Tier,
    Withholding,
)
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.licences.wording.labels import label
from ipx.licences.wording.sentences import Sentence, by_year, days, either, labels_of, listed, one_of, told
from ipx.web.render import day


def fees(terms: LicenceTerms) -> Iterator[Sentence]:
    """Fees that fall due whether or not anything is sold."""
    yield from told(
        terms.fees,
        "fees",
        {
            "upfront": lambda value: (
                gettext("Upfront fee: %(amount)s.", amount=value) if value.amount else gettext("No upfront fee.")
            ),
            "option_fee": lambda value: gettext("Option fee: %(amount)s.", amount=value),
            "annual_maintenance": lambda value: gettext("A fee each year: %(amounts)s.", amounts=by_year(value)),
            "patent_cost_past": lambda value: gettext("Patent costs so far are repaid: %(amount)s.", amount=value),
            "patent_cost_future": _future_costs,
            "equity": _equity,
            "exit_fee_bps": lambda value: gettext(
                "If the licensee is sold, the licensor gets %(share)s of the proceeds.", share=percent(value)
            ),
        },
    )


def royalty(terms: LicenceTerms) -> Iterator[Sentence]:
    """The running royalty."""
    found = terms.royalty
    if found is None:
        return
    yield Sentence("royalty.base", str(_BASES[found.base]))
    for index, tier in enumerate(found.tiers):
        yield Sentence(f"royalty.tiers[{index}]", _tier(tier, found))
    yield from told(
        found,
        "royalty",
        {
            "rate": lambda value: gettext("Rate: %(rate)s.", rate=_rate(value)),
            "net_sales_deductions": lambda value: gettext("Net sales are after: %(what)s.", what=labels_of(value)),
            "per_country_stop": either(
                _("In each country it ends with the last patent there."),
                _("It runs on in a country whose patents have ended."),
            ),
            "combination": one_of(_COMBINATIONS),
            "stacking_offset_bps": lambda value: gettext(
                "%(share)s of royalties to others may be taken off.", share=percent(value)
            ),
            "floor_bps": lambda value: gettext("It never falls below %(share)s.", share=percent(value)),
            "know_how_only_bps": lambda value: gettext(
                "Where no patent covers the product it is %(share)s.", share=percent(value)
            ),
        },
    )


def minimums(terms: LicenceTerms) -> Iterator[Sentence]:
    """The least of each year."""
    yield from told(
        terms.minimums,
        "minimums",
        {
            "by_year": lambda value: gettext("At least, each year: %(amounts)s.", amounts=by_year(value)),
            "creditable": either(_("Running royalties count towards it."), _("Running royalties come on top of it.")),
            "consequence": one_of(_SHORTFALLS),
        },
    )


def milestones(terms: LicenceTerms) -> Iterator[Sentence]:
    """What has to be reached."""
    for milestone in terms.milestones:
        yield Sentence(f"milestones[{milestone.id}]", _milestone(milestone))


def payment(terms: LicenceTerms) -> Iterator[Sentence]:
    """How is paid."""
    via = {
        InvoiceVia.STRIPE: _("Paid on the exchange’s payment page."),
        InvoiceVia.BANK: _("Paid by bank transfer."),
    }
    withholding = {
        Withholding.GROSS_UP: _("A tax that is kept back is added by the licensee."),
        Withholding.NET: _("A tax that is kept back is borne by the licensor."),
    }
    yield from told(
        terms.payment,
        "payment",
        {
            "currency": lambda value: gettext("Paid in %(currency)s.", currency=value),
            "invoice_via": one_of(via),
            "due_days": lambda value: gettext("Invoices are due within %(days)s.", days=days(value)),
            "late_interest_bps": lambda value: gettext("Late payments bear %(rate)s a year.", rate=percent(value)),
            "withholding_tax": one_of(withholding),
            "fx_rule": lambda value: gettext("Other currencies are converted so: %(rule)s.", rule=value),
        },
    )


def reports(terms: LicenceTerms) -> Iterator[Sentence]:
    """Statements and audits."""
    yield from told(
        terms.reports,
        "reports",
        {
            "statement_period": lambda value: gettext("Royalties are stated %(period)s.", period=label(value)),
            "records_years": lambda value: ngettext(
                "Records are kept for %(num)s year.", "Records are kept for %(num)s years.", value
            ),
            "audits_per_year": lambda value: ngettext(
                "They may be audited %(num)s time a year.", "They may be audited %(num)s times a year.", value
            ),
            "auditor_independent": either(
                _("The auditor is independent of both sides."), _("The licensor may audit with its own people.")
            ),
            "notice_days": lambda value: gettext("An audit is announced %(days)s before.", days=days(value)),
            "underpayment_bps": lambda value: gettext("Too little counts from %(share)s on.", share=percent(value)),
            "cost_shift": either(
                _("If too little was paid, the licensee pays the audit."), _("The licensor pays each audit.")
            ),
        },
    )


def _future_costs(costs: FuturePatentCosts) -> str:
    bearer = str(_BEARERS[costs.borne_by])
    share = costs.licensee_bps
    parts = [gettext("the licensee’s part is %(share)s", share=percent(share))] if share is not None else []
    return listed([bearer, *parts]) + str(gettext("."))


def _equity(equity: Equity) -> str:
    share, kind = percent(equity.share_bps), equity.share_class
    if equity.anti_dilution is None:
        return str(gettext("The licensor gets %(share)s of the licensee’s shares (%(kind)s).", share=share, kind=kind))
    return str(
        gettext(
            "The licensor gets %(share)s of the licensee’s shares (%(kind)s), kept up as follows: %(how)s.",
            share=share,
            kind=kind,
            how=equity.anti_dilution,
        )
    )


def _rate(rate: Rate) -> str:
    return percent(rate.share_bps) if rate.share_bps is not None else str(rate.per_unit or "?")


def _tier(tier: Tier, royalty: Royalty) -> str:
    low, high = (_count(value, royalty) for value in (tier.from_, tier.to or 0))
    rate = _rate(tier.rate)
    if tier.to is None:
        return str(gettext("From %(low)s on: %(rate)s.", low=low, rate=rate))
    return str(gettext("From %(low)s up to %(high)s: %(rate)s.", low=low, high=high, rate=rate))


def _count(value: int, royalty: Royalty) -> str:
    return str(Money(value, royalty.tier_currency)) if royalty.tier_currency else f"{value:,}"


def _milestone(milestone: Milestone) -> str:
    parts = [f"{milestone.description} ({label(milestone.kind)}, {milestone.id})"]
    parts += [gettext("by %(day)s", day=day(milestone.due_date))] if milestone.due_date else []
    parts += [gettext("then %(amount)s is due", amount=milestone.payment)] if milestone.payment else []
    fee = milestone.extension_fee
    parts += [gettext("putting it off costs %(amount)s", amount=fee)] if fee else []
    parts += [gettext("evidence %(hash)s", hash=milestone.evidence)] if milestone.evidence else []
    return listed(parts) + str(gettext("."))


_BASES = {
    Base.NET_SALES: _("A share of net sales."),
    Base.GROSS: _("A share of gross sales."),
    Base.UNIT: _("An amount for each unit."),
    Base.USAGE: _("An amount for each use."),
}
_COMBINATIONS = {
    Combination.PRICE_RATIO: _("In combined products, sales count in the ratio of the prices of the parts."),
    Combination.VALUE_SHARE: _("In combined products, sales count by the part’s share of the value."),
    Combination.AGREED_CASE_BY_CASE: _("For combined products, what counts is agreed case by case."),
}
_SHORTFALLS = {
    Shortfall.PAY_UP: _("If less is reached, the licensee pays the difference."),
    Shortfall.CONVERT: _("If less is reached, the grant becomes non-exclusive."),
    Shortfall.TERMINATE: _("If less is reached, the licensor may end the grant."),
}
_BEARERS = {
    Bearer.LICENSEE: _("Patent costs to come: borne by the licensee"),
    Bearer.LICENSOR: _("Patent costs to come: borne by the licensor"),
    Bearer.SPLIT: _("Patent costs to come: shared"),
}
