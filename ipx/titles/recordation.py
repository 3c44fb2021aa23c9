"""Windows in which a conveyance has to be recorded at the office. Pure.

US: an assignment, grant or conveyance is void against a later purchaser or mortgagee for value without notice unless it
is recorded within three months from its date or before the later purchase (35 USC 261, fourth paragraph); recording
late still helps against whoever comes after. China: an assignment takes effect on the day of its registration at CNIPA
(Patent Law, Art. 10).
"""

from collections.abc import Iterator, Sequence
from datetime import date

from ipx.core.months import add_months
from ipx.titles.holdings import Dated, Gap, in_order
from ipx.titles.names import name_key
from ipx.titles.rules import NEEDS_RECORDING, ConveyanceKind, GapCode

US_MONTHS = 3
_MORTGAGES = NEEDS_RECORDING | {ConveyanceKind.SECURITY_INTEREST}


def recordation_gaps(entries: Sequence[Dated], *, office: str | None, today: date) -> Iterator[Gap]:
    """Yield what is not recorded, or was not in time; nothing for offices whose rule is not written here."""
    ordered = in_order(entries)
    for dated in ordered:
        if office == "US" and dated.conveyance.kind in _MORTGAGES:
            yield from _us(dated, ordered, today)
        elif office == "CN" and dated.conveyance.kind in NEEDS_RECORDING and dated.conveyance.recorded_on is None:
            yield Gap(GapCode.NOT_REGISTERED, dated.id, dated.conveyance.receiver)


def _us(dated: Dated, ordered: Sequence[Dated], today: date) -> Iterator[Gap]:
    said = dated.conveyance
    signed = said.executed_on
    if signed is None:
        return
    last = add_months(signed, US_MONTHS)
    recorded = said.recorded_on
    if recorded is not None and recorded <= last:
        return
    yield from _later_purchases(dated, ordered, until=recorded or date.max)
    if recorded is not None:
        yield Gap(GapCode.RECORDED_LATE, dated.id, said.receiver, day=last)
    else:
        code = GapCode.RECORDATION_OPEN if today <= last else GapCode.RECORDATION_MISSED
        yield Gap(code, dated.id, said.receiver, day=last)


def _later_purchases(dated: Dated, ordered: Sequence[Dated], *, until: date) -> Iterator[Gap]:
    """Yield those to whom the same giver sold after this and before it was recorded."""
    givers = {name_key(giver.name) for giver in dated.conveyance.givers}
    signed = dated.conveyance.executed_on
    assert signed is not None
    for other in ordered:
        day = other.conveyance.executed_on
        if other is dated or day is None or other.conveyance.kind not in _MORTGAGES or not signed < day < until:
            continue
        if givers & {name_key(giver.name) for giver in other.conveyance.givers}:
            yield Gap(GapCode.LATER_PURCHASE, dated.id, dated.conveyance.receiver, other.conveyance.receiver, day)
