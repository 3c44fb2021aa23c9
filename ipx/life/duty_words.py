"""What the sides say about what is due: the licensee that it was done, the licensor that it was received or not. Pure.

The last word counts, and every word stays. It decides nothing: whoever finds that something is missing gives notice.
"""

from collections.abc import Collection, Sequence
from datetime import date
from enum import StrEnum

from ipx.core.errors import Conflict, Forbidden
from ipx.deals.rules import Side
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.acts import Act
from ipx.life.duties import Duty, DutyKind
from ipx.life.folding import Life
from ipx.life.rules import DUTY_KINDS, Ground, Kind, Step


class DutyStanding(StrEnum):
    """How something that is due stands."""

    OPEN = "open"
    OVERDUE = "overdue"
    DONE = "done"  # so says the licensee
    RECEIVED = "received"
    REFUSED = "refused"


_STANDINGS = {
    Kind.DUTY_DONE: DutyStanding.DONE,
    Kind.DUTY_RECEIVED: DutyStanding.RECEIVED,
    Kind.DUTY_REFUSED: DutyStanding.REFUSED,
}
_DILIGENCE = (DutyKind.MILESTONE, DutyKind.PROGRESS, DutyKind.SPEND)


def standing_of(duty: Duty, life: Life, today: date) -> DutyStanding:
    """Return how a duty stands by the last word about it, else by its day."""
    last = life.duties.get(duty.key)
    if last is not None:
        return _STANDINGS[last.kind]
    return DutyStanding.OVERDUE if duty.day < today else DutyStanding.OPEN


def words_open_to(side: Side, last: Step | None) -> Sequence[Kind]:
    """Return what a side may say about a duty after the last word: who said it is not asked again."""
    said = last.kind if last else None
    if side is Side.LICENSEE:
        return [Kind.DUTY_DONE] if said in (None, Kind.DUTY_REFUSED) else []
    if said is Kind.DUTY_RECEIVED:
        return []
    return [Kind.DUTY_RECEIVED, Kind.DUTY_REFUSED] if said is Kind.DUTY_DONE else [Kind.DUTY_RECEIVED]


def check_duty(life: Life, act: Act, known: Collection[str]) -> None:
    """Raise Conflict when there is no such duty or it stands otherwise by now, Forbidden when it is not this side's."""
    if act.kind not in DUTY_KINDS or act.duty is None or act.duty not in known:
        raise Conflict("The licence asks for no such thing now; reload the page.")
    last = life.duties.get(act.duty)
    if act.kind in words_open_to(act.side, last):
        return
    if (act.kind is Kind.DUTY_DONE) is (act.side is Side.LICENSOR):
        raise Forbidden("This is for the other side to say.")
    raise Conflict("Something else was said about it meanwhile; reload the page.")


def ground_of(duty: Duty, terms: LicenceTerms) -> Ground:
    """Return on which ground notice is given where a duty is missed: what the terms have a consequence for."""
    if duty.kind is DutyKind.MINIMUM:
        return Ground.MINIMUM
    return Ground.DILIGENCE if duty.kind in _DILIGENCE and terms.diligence is not None else Ground.BREACH
