"""Shares an income inside the licensor along a waterfall, exactly: whatever comes in goes out, to the last cent.

The steps are data (``ending.SplitShare``): universities share in tiers, and each differently. Nothing is computed in
floating point; what rounding leaves goes to the largest remainders, and between equal ones to the earlier line.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from ipx.core.errors import Invalid
from ipx.core.money import Money
from ipx.licences.terms_v2.ending import SplitShare, SplitStep


@dataclass(frozen=True)
class Payout:
    """What one line of the waterfall gets of one income."""

    step: SplitStep
    beneficiary: str
    amount: Money


def apportion(amount: int, shares: Sequence[Fraction]) -> list[int]:
    """Return whole amounts in the proportion of the shares, by the method of largest remainders.

    The shares sum to one; so do the parts to ``amount``, exactly.
    """
    assert sum(shares) == 1
    quotas = [amount * share for share in shares]
    parts = [int(quota) for quota in quotas]
    by_remainder = sorted(range(len(shares)), key=lambda index: (parts[index] - quotas[index], index))
    for index in by_remainder[: amount - sum(parts)]:
        parts[index] += 1
    return parts


def tiers_of(lines: Sequence[SplitShare]) -> dict[int, list[SplitShare]]:
    """Return the tiers by the sum (minor units) from which they hold, lowest first."""
    tiers: dict[int, list[SplitShare]] = {}
    for line in lines:
        if line.step is SplitStep.TIER:
            tiers.setdefault(line.from_.amount if line.from_ else 0, []).append(line)
    return dict(sorted(tiers.items()))


def distribute(
    lines: Sequence[SplitShare], income: Money, *, shared_before: int = 0, open_costs: int = 0
) -> tuple[Payout, ...]:
    """Return who gets what of an income; the amounts sum to it.

    ``shared_before``: minor units that the tiers have shared so far, which says the tier. ``open_costs``: minor units
    of patent costs that are not recovered yet; the step takes no more. The lines have passed
    ``price_rules.revenue_split``. Raises Invalid for another currency than that of the tiers.
    """
    if any(line.from_ is not None and line.from_.currency != income.currency for line in lines):
        raise Invalid(f"This split is in another currency; convert the income of {income} first.")
    payouts: list[tuple[SplitShare, int]] = []
    rest = income.amount
    for step in (SplitStep.INTER_INSTITUTIONAL, SplitStep.PATENT_COSTS, SplitStep.OFFICE_FEE):
        taken = _off_the_top([line for line in lines if line.step is step], rest)
        if step is SplitStep.PATENT_COSTS:
            taken = _capped(taken, open_costs)
        payouts += taken
        rest -= sum(amount for _line, amount in taken)
    payouts += _through_tiers(tiers_of(lines), rest, shared_before)
    return tuple(Payout(line.step, line.beneficiary, Money(amount, income.currency)) for line, amount in payouts)


def _fractions(lines: Sequence[SplitShare]) -> list[Fraction]:
    return [Fraction(line.share.numerator, line.share.denominator) for line in lines]


def _off_the_top(lines: Sequence[SplitShare], amount: int) -> list[tuple[SplitShare, int]]:
    shares = _fractions(lines)
    parts = apportion(amount, [*shares, 1 - sum(shares, Fraction())])  # the last is what flows on
    return list(zip(lines, parts, strict=False))


def _capped(taken: list[tuple[SplitShare, int]], most: int) -> list[tuple[SplitShare, int]]:
    """Return the parts of a step that may take ``most`` in all, in the same proportion."""
    total = sum(amount for _line, amount in taken)
    if total <= most:
        return taken
    parts = apportion(most, [Fraction(amount, total) for _line, amount in taken])
    return [(line, part) for (line, _amount), part in zip(taken, parts, strict=True)]


def _through_tiers(tiers: Mapping[int, Sequence[SplitShare]], amount: int, before: int) -> list[tuple[SplitShare, int]]:
    found: list[tuple[SplitShare, int]] = []
    after = before + amount
    for start, end in pairwise([*tiers, max(after, *tiers) if tiers else after]):
        piece = min(end, after) - max(start, before)
        if piece > 0:
            found += zip(tiers[start], apportion(piece, _fractions(tiers[start])), strict=True)
    return found
