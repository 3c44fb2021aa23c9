"""The table of states and acts: who may do what, and when. Pure; raises Conflict and Forbidden.

docs/spec/licence-life.md shows it as a table.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from ipx.core.errors import Conflict, Forbidden
from ipx.deals.rules import Side
from ipx.licences.terms_v2.ending import Passing
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.deadlines import days_after, renewed
from ipx.life.folding import Life, can_convert, last_word_on_renewal
from ipx.life.rules import RESULTS, Ground, Kind, Proposal, Standing, consequence_of, grounds_of, passing_of


@dataclass(frozen=True)
class Act:
    """What a side wants to do."""

    kind: Kind
    side: Side
    at: datetime
    ground: Ground | None = None
    proposal: Proposal | None = None
    answers: str | None = None
    duty: str | None = None


@dataclass(frozen=True)
class Moves:
    """What a side may do now. ``answers``: kinds of answers by the step that is answered."""

    grounds: Sequence[Ground] = ()
    proposals: Sequence[Proposal] = ()
    may_leave: bool = False
    may_surrender: bool = False
    may_hand_on: bool = False
    may_renew: bool = False
    may_refuse_renewal: bool = False
    answers: Mapping[str, Sequence[Kind]] = field(default_factory=dict)


def moves_of(life: Life, terms: LicenceTerms, side: Side, now: datetime) -> Moves:
    """Return what a side may do now."""
    answers = {one.step.id: _to_notice(one.step.side, side, one.contested_at is not None) for one in life.notices}
    answers |= {one.id: _to_proposal(life, terms, one.side, one.proposal, side) for one in life.proposals}
    if life.conversion is not None and side is Side.LICENSEE and life.conversion.id not in life.contested:
        answers[life.conversion.id] = [Kind.CONTESTED]
    if life.is_over:
        return Moves()
    leaving = any(one.step.kind is Kind.LEAVING for one in life.notices)
    return Moves(
        grounds=grounds_of(terms, is_licensor=side is Side.LICENSOR),
        proposals=[what for what in Proposal if _can_propose(life, terms, what)],
        may_leave=side is Side.LICENSEE and not leaving and _leaving_days(terms) is not None,
        may_surrender=side is Side.LICENSEE,
        may_hand_on=side is Side.LICENSEE and _can_hand_on(life, terms),
        may_renew=side is Side.LICENSEE and _is_open(life, terms, auto=False, now=now),
        may_refuse_renewal=life.renews and _is_open(life, terms, auto=True, now=now),
        answers=answers,
    )


def check(life: Life, terms: LicenceTerms, act: Act) -> None:
    """Raise Conflict when the act does not fit how the licence stands, Forbidden when it is the other side's."""
    if life.is_over:
        raise Conflict("This licence has ended; nothing can be done about it any more.")
    moves = moves_of(life, terms, act.side, act.at)
    if act.answers is not None:
        _check_answer(moves, act)
    elif not _fits(moves, act):
        raise Conflict("The terms or the state of this licence do not allow this now; reload the page to see what is.")


def _fits(moves: Moves, act: Act) -> bool:
    if act.kind is Kind.NOTICE:
        return act.ground in moves.grounds
    if act.kind is Kind.PROPOSED:
        return act.proposal in moves.proposals
    single = {
        Kind.LEAVING: moves.may_leave,
        Kind.SURRENDERED: moves.may_surrender,
        Kind.HANDED_ON: moves.may_hand_on,
        Kind.RENEWED: moves.may_renew,
        Kind.NOT_RENEWED: moves.may_refuse_renewal,
    }
    return single.get(act.kind, False)


def _check_answer(moves: Moves, act: Act) -> None:
    if act.answers not in moves.answers:
        raise Conflict("What you answer is no longer open; reload the page.")
    if act.kind not in moves.answers.get(str(act.answers), ()):
        raise Forbidden("This answer is for the other side to give, or what it answers is contested.")


def _to_notice(given_by: str | None, side: Side, is_contested: bool) -> list[Kind]:
    if given_by == side:
        return [Kind.CURED, Kind.WITHDRAWN]
    return [] if is_contested else [Kind.CONTESTED]


def _to_proposal(life: Life, terms: LicenceTerms, made_by: str | None, what: Proposal | None, side: Side) -> list[Kind]:
    if made_by == side:
        return [Kind.WITHDRAWN]
    assert what is not None
    return [RESULTS[what], Kind.DECLINED] if _is_possible(life, terms, what) else [Kind.DECLINED]


def _can_propose(life: Life, terms: LicenceTerms, what: Proposal) -> bool:
    return _is_possible(life, terms, what) and all(one.proposal is not what for one in life.proposals)


def _is_possible(life: Life, terms: LicenceTerms, what: Proposal) -> bool:
    match what:
        case Proposal.SUSPEND:
            return life.standing is Standing.IN_FORCE
        case Proposal.RESUME:
            return life.standing is Standing.SUSPENDED
        case Proposal.CONVERT:
            return can_convert(life, terms)
        case Proposal.RENEW:
            return life.end is not None
        case Proposal.TERMINATE:
            return True


def _is_open(life: Life, terms: LicenceTerms, *, auto: bool, now: datetime) -> bool:
    renewal, last = terms.term.renewal, last_word_on_renewal(life, terms)
    return renewal is not None and renewal.auto is auto and last is not None and now <= last


def _can_hand_on(life: Life, terms: LicenceTerms) -> bool:
    return life.standing is Standing.IN_FORCE and passing_of(terms) is not Passing.NO


def _leaving_days(terms: LicenceTerms) -> int | None:
    return terms.termination.convenience_notice_days if terms.termination else None


def due_of(act: Act, terms: LicenceTerms) -> datetime | None:
    """Return when the consequence of a notice follows by itself; None where none does."""
    days: int | None = None
    if act.kind is Kind.LEAVING:
        days = _leaving_days(terms)
    elif act.kind is Kind.NOTICE and act.ground is not None:
        found = consequence_of(act.ground, terms)
        days = found.cure_days if found.kind is not None else None
    return days_after(act.at, days) if days is not None else None


def end_of(act: Act, life: Life, terms: LicenceTerms, *, asked: datetime | None) -> datetime | None:
    """Return the new end of a renewal: as proposed, or one period later as the terms say."""
    if act.kind is not Kind.RENEWED or life.end is None:
        return None
    if asked is not None:
        return asked
    assert terms.term.renewal is not None
    return renewed(life.end, terms.term.renewal.period_months)
