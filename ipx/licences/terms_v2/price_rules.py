"""Rules about money: royalties have base and period, tiers meet, years are counted once, shares sum to one."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import pairwise

from ipx.licences.terms_v2.ending import SplitStep
from ipx.licences.terms_v2.grant import Exclusivity, GrantKind
from ipx.licences.terms_v2.price import Base, Bearer, Rate, Royalty, Shortfall, Yearly
from ipx.licences.terms_v2.problems import Problem
from ipx.licences.terms_v2.splits import tiers_of
from ipx.licences.terms_v2.terms import LicenceTerms

SALES = (Base.NET_SALES, Base.GROSS)
_WITHOUT_SALES = (GrantKind.SECURITY, GrantKind.STANDSTILL, GrantKind.RIGHT_OF_FIRST_REFUSAL)


def fees(terms: LicenceTerms) -> Iterator[Problem]:
    """Each year of a schedule once; a split of costs says how; an option fee belongs to an option."""
    if terms.fees is None:
        return
    yield from _years("fees.annual_maintenance", terms.fees.annual_maintenance or ())
    future = terms.fees.patent_cost_future
    if future is not None and (future.licensee_bps is not None) != (future.borne_by is Bearer.SPLIT):
        yield Problem(
            "fees.patent_cost_future.licensee_bps", "say the licensee’s part where costs are split, only there."
        )
    if terms.fees.option_fee is not None and terms.grant.kind not in (GrantKind.OPTION, GrantKind.SPONSOR_OPTION):
        yield Problem("fees.option_fee", "only an option has an option fee; use fees.upfront.")


def royalty(terms: LicenceTerms) -> Iterator[Problem]:
    """One rate or tiers, of the kind that the base asks for, with a period of statements."""
    found = terms.royalty
    if found is None:
        return
    if (found.rate is None) == (not found.tiers):
        yield Problem("royalty.rate", "say either one rate or tiers of rates.")
    if terms.reports is None or terms.reports.statement_period is None:
        yield Problem("reports.statement_period", "a royalty needs a period: say how often it is stated and paid.")
    if terms.grant.kind in _WITHOUT_SALES:
        yield Problem("royalty", "such a grant lets nobody practise, so nothing can be sold under it; leave it out.")
    if found.base is not Base.NET_SALES and found.net_sales_deductions:
        yield Problem("royalty.net_sales_deductions", "deductions make net sales out of gross; choose base net-sales.")
    if found.rate is not None:
        yield from _rate("royalty.rate", found.base, found.rate)
    yield from _tiers(found)
    yield from _stacking(found)


def minimums(terms: LicenceTerms) -> Iterator[Problem]:
    """Each year once; only exclusivity can be converted; what is creditable needs a royalty to credit."""
    if terms.minimums is None:
        return
    yield from _years("minimums.by_year", terms.minimums.by_year)
    if terms.minimums.consequence is Shortfall.CONVERT and terms.grant.exclusivity is Exclusivity.NON_EXCLUSIVE:
        yield Problem("minimums.consequence", "a non-exclusive grant cannot be converted; choose pay-up or terminate.")
    if terms.minimums.creditable and terms.royalty is None:
        yield Problem("minimums.creditable", "there is no running royalty to count towards the minimum; say false.")


def milestones(terms: LicenceTerms) -> Iterator[Problem]:
    """Names stand once; an extension fee extends a date."""
    seen: set[str] = set()
    for index, milestone in enumerate(terms.milestones):
        if milestone.id in seen:
            yield Problem(f"milestones[{index}].id", f"“{milestone.id}” names another milestone already.")
        seen.add(milestone.id)
        if milestone.extension_fee is not None and milestone.due_date is None:
            yield Problem(f"milestones[{index}].due_date", "an extension fee needs a day that can be put off.")


def revenue_split(terms: LicenceTerms) -> Iterator[Problem]:
    """Shares of each tier sum to one, those of each other step to one at most; one currency; tiers begin at nothing."""
    lines = terms.funding.revenue_split if terms.funding else ()
    for index, line in enumerate(lines):
        if line.from_ is not None and line.step is not SplitStep.TIER:
            yield Problem(f"funding.revenue_split[{index}].from", "only a tier begins at a sum; leave it out.")
        if line.share.numerator > line.share.denominator:
            yield Problem(f"funding.revenue_split[{index}].share", "a share is one at most.")
    if len({line.from_.currency for line in lines if line.from_ is not None}) > 1:
        yield Problem("funding.revenue_split", "all tiers of a split are in one currency.")
        return
    for step in (SplitStep.INTER_INSTITUTIONAL, SplitStep.PATENT_COSTS, SplitStep.OFFICE_FEE):
        total = sum((Fraction(s.share.numerator, s.share.denominator) for s in lines if s.step is step), Fraction())
        if total > 1:
            yield Problem(
                "funding.revenue_split", f"the shares of {step} sum to {total}; one at most is there to give."
            )
    tiers = tiers_of(lines)
    if lines and 0 not in tiers:
        yield Problem("funding.revenue_split", "name a tier that begins at nothing: leave out its from.")
    for start, tier in tiers.items():
        total = sum((Fraction(line.share.numerator, line.share.denominator) for line in tier), Fraction())
        if total != 1:
            yield Problem("funding.revenue_split", f"the shares of the tier from {start} sum to {total}; make it one.")


def _rate(path: str, base: Base, rate: Rate) -> Iterator[Problem]:
    if (rate.share_bps is None) == (rate.per_unit is None):
        yield Problem(path, "say either share_bps or per_unit.")
    elif base in SALES and rate.per_unit is not None:
        yield Problem(f"{path}.per_unit", f"the base {base} takes a share in basis points: use share_bps.")
    elif base not in SALES and rate.share_bps is not None:
        yield Problem(f"{path}.share_bps", f"the base {base} takes money for each: use per_unit.")


def _tiers(royalty: Royalty) -> Iterator[Problem]:
    tiers = royalty.tiers
    if (royalty.tier_currency is not None) != bool(tiers and royalty.base in SALES):
        yield Problem("royalty.tier_currency", "say the currency of the tiers, exactly where they count sales.")
    for index, tier in enumerate(tiers):
        yield from _rate(f"royalty.tiers[{index}].rate", royalty.base, tier.rate)
        if tier.to is not None and tier.to <= tier.from_:
            yield Problem(f"royalty.tiers[{index}].to", f"this has to be more than from, {tier.from_}.")
    if tiers and tiers[0].from_ != 0:
        yield Problem("royalty.tiers[0].from", "the first tier begins at 0.")
    for index, (one, following) in enumerate(pairwise(tiers)):
        if one.to is None:
            yield Problem(f"royalty.tiers[{index}].to", f"another tier follows: write {following.from_}.")
        elif one.to != following.from_:
            yield Problem(f"royalty.tiers[{index + 1}].from", f"the tier before ends at {one.to}: write {one.to}.")
    if tiers and tiers[-1].to is not None:
        yield Problem(f"royalty.tiers[{len(tiers) - 1}].to", "the last tier has no end; leave it out.")


def _stacking(royalty: Royalty) -> Iterator[Problem]:
    rates = [royalty.rate] if royalty.rate is not None else [tier.rate for tier in royalty.tiers]
    shares = [rate.share_bps for rate in rates if rate.share_bps is not None]
    for name in ("floor_bps", "know_how_only_bps"):
        value = getattr(royalty, name)
        if value is not None and royalty.base not in SALES:
            yield Problem(f"royalty.{name}", f"the base {royalty.base} has no share that could fall; leave it out.")
        elif value is not None and shares and value > min(shares):
            yield Problem(f"royalty.{name}", f"this is above the rate itself, {min(shares)} basis points.")
    if royalty.stacking_offset_bps is not None and royalty.floor_bps is None:
        yield Problem("royalty.floor_bps", "say below which rate royalties to others cannot push it.")


def _years(path: str, schedule: Sequence[Yearly]) -> Iterator[Problem]:
    for index, (one, following) in enumerate(pairwise(schedule)):
        if following.year <= one.year:
            yield Problem(f"{path}[{index + 1}].year", f"years go upwards, each once; the line before has {one.year}.")
    if len({line.amount.currency for line in schedule}) > 1:
        yield Problem(path, "all years are in one currency.")
