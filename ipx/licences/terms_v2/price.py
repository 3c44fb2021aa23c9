"""What is paid: fees, running royalty, minimums, milestones, and how it is paid and reported. Pure data."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated

from ipx.core.money import CURRENCIES, Money
from ipx.licences.terms_v2.limits import (
    BasisPoints,
    Commitment,
    Count,
    Day,
    Days,
    Items,
    Line,
    Pattern,
    Text,
    Whole,
    Years,
)

Currency = Annotated[str, Pattern("|".join(CURRENCIES), f"choose a currency among {', '.join(CURRENCIES)}.")]


@dataclass(frozen=True)
class Yearly:
    """An amount for one year of the grant, counted from 1; it holds for later years too until another one is named."""

    year: Years
    amount: Money


Schedule = Annotated[tuple[Yearly, ...], Items(1, 100)]


class Bearer(StrEnum):
    """Who bears patent costs to come."""

    LICENSEE = "licensee"
    LICENSOR = "licensor"
    SPLIT = "split"


@dataclass(frozen=True)
class FuturePatentCosts:
    """Who bears patent costs to come; ``licensee_bps``: the licensee's part, exactly where they are split."""

    borne_by: Bearer
    licensee_bps: BasisPoints | None = None


@dataclass(frozen=True)
class Equity:
    """Shares in the licensee, in basis points of its capital. ``anti_dilution``: kept up until what, in words."""

    share_bps: BasisPoints
    share_class: Line
    anti_dilution: Text | None = None


@dataclass(frozen=True)
class Fees:
    """What is paid whether or not anything is sold. ``exit_fee_bps``: of the proceeds when the licensee is sold."""

    upfront: Money | None = None
    option_fee: Money | None = None
    annual_maintenance: Schedule | None = None
    patent_cost_past: Money | None = None
    patent_cost_future: FuturePatentCosts | None = None
    equity: Equity | None = None
    exit_fee_bps: BasisPoints | None = None


class Base(StrEnum):
    """What a running royalty is counted on."""

    NET_SALES = "net-sales"
    GROSS = "gross"
    UNIT = "unit"
    USAGE = "usage"


class Deduction(StrEnum):
    """What may be taken off gross sales to come to net sales."""

    TAXES = "taxes"
    FREIGHT_AND_INSURANCE = "freight-and-insurance"
    RETURNS = "returns"
    DISCOUNTS = "discounts"
    DUTIES = "duties"


class Combination(StrEnum):
    """How sales of a product that holds other technology too are counted."""

    PRICE_RATIO = "price-ratio"
    VALUE_SHARE = "value-share"
    AGREED_CASE_BY_CASE = "agreed-case-by-case"


@dataclass(frozen=True)
class Rate:
    """Exactly one of both: a share of sales in basis points, or money for each unit or use."""

    share_bps: BasisPoints | None = None
    per_unit: Money | None = None


@dataclass(frozen=True)
class Tier:
    """A rate for what lies from ``from`` up to, not including, ``to`` within a year; the last tier has no ``to``.

    Counted in minor units of ``Royalty.tier_currency`` where the base is sales, else in units or uses.
    """

    from_: Whole
    rate: Rate
    to: Whole | None = None


@dataclass(frozen=True)
class Royalty:
    """A running royalty: one rate, or tiers of rates.

    ``stacking_offset_bps``: what part of royalties to others may be taken off, never below ``floor_bps``.
    ``know_how_only_bps``: what is left of the rate where no patent covers the product. ``per_country_stop``: it ends in
    a country with the last patent there.
    """

    base: Base
    rate: Rate | None = None
    tiers: Annotated[tuple[Tier, ...], Items(0, 20)] = ()
    tier_currency: Currency | None = None
    net_sales_deductions: frozenset[Deduction] = frozenset()
    per_country_stop: bool | None = None
    combination: Combination | None = None
    stacking_offset_bps: BasisPoints | None = None
    floor_bps: BasisPoints | None = None
    know_how_only_bps: BasisPoints | None = None


class Shortfall(StrEnum):
    """What follows where the minimum is not reached."""

    PAY_UP = "pay-up"
    CONVERT = "convert"
    TERMINATE = "terminate"


@dataclass(frozen=True)
class Minimums:
    """The least royalty of each year. ``creditable``: running royalties count towards it."""

    by_year: Schedule
    creditable: bool
    consequence: Shortfall


class MilestoneKind(StrEnum):
    """What has to be reached."""

    TECHNICAL = "technical"
    REGULATORY = "regulatory"
    SALES = "sales"
    FINANCING = "financing"


@dataclass(frozen=True)
class Milestone:
    """Something to be reached. ``payment`` falls due when it is; ``extension_fee`` buys a later ``due_date``."""

    id: Annotated[str, Pattern("[a-z0-9-]{1,40}", "write a short name of small letters, digits and dashes.")]
    kind: MilestoneKind
    description: Text
    due_date: Day | None = None
    payment: Money | None = None
    evidence: Commitment | None = None
    extension_fee: Money | None = None


class InvoiceVia(StrEnum):
    """How is paid: by the exchange's hosted page, or by bank transfer."""

    STRIPE = "stripe"
    BANK = "bank"


class Withholding(StrEnum):
    """Who bears a tax that the licensee's state keeps back."""

    GROSS_UP = "gross-up"
    NET = "net"


@dataclass(frozen=True)
class Payment:
    """How is paid. When the grant begins is said in ``term.start``. ``late_interest_bps``: for a year."""

    currency: Currency
    invoice_via: InvoiceVia | None = None
    due_days: Days | None = None
    late_interest_bps: BasisPoints | None = None
    withholding_tax: Withholding | None = None
    fx_rule: Text | None = None


class Period(StrEnum):
    """How often something is reported."""

    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    HALF_YEARLY = "half-yearly"
    YEARLY = "yearly"


@dataclass(frozen=True)
class Reports:
    """Statements and their audit. ``underpayment_bps``: above it the licensee pays the audit (``cost_shift``)."""

    statement_period: Period | None = None
    records_years: Years | None = None
    audits_per_year: Count | None = None
    auditor_independent: bool | None = None
    notice_days: Days | None = None
    underpayment_bps: BasisPoints | None = None
    cost_shift: bool | None = None
