"""Steps, deadlines and answers in words, in the reader's language."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _

from ipx.deals.rules import Side
from ipx.life.duties import Duty, DutyKind
from ipx.life.duty_words import DutyStanding, ground_of, standing_of, words_open_to
from ipx.life.folding import Due
from ipx.life.forms import GROUNDS, PROPOSALS
from ipx.life.records import LifeView, Told
from ipx.life.rules import Chain, Ground, Kind, Outcome, Proposal, Standing
from ipx.web.render import day

STANDINGS = {
    Standing.IN_FORCE: _("in force"),
    Standing.SUSPENDED: _("suspended"),
    Standing.TERMINATED: _("terminated"),
    Standing.EXPIRED: _("expired"),
}
_STEPS = {
    Kind.BEGAN: _("The licence came into force"),
    Kind.NOTICE: _("Notice: %(what)s"),
    Kind.LEAVING: _("The licensee gave notice to leave"),
    Kind.WITHDRAWN: _("Taken back: %(answered)s"),
    Kind.CURED: _("Confirmed as made good: %(answered)s"),
    Kind.CONTESTED: _("Contested: %(answered)s"),
    Kind.PROPOSED: _("Proposed: %(what)s"),
    Kind.DECLINED: _("Declined: %(answered)s"),
    Kind.SUSPENDED: _("Suspended, as both agreed"),
    Kind.RESUMED: _("Goes on, as both agreed"),
    Kind.CONVERTED: _("Non-exclusive from now on"),
    Kind.RENEWED: _("Renewed"),
    Kind.NOT_RENEWED: _("Said no to the next renewal"),
    Kind.TERMINATED: _("Terminated"),
    Kind.SURRENDERED: _("Given back by the licensee"),
    Kind.HANDED_ON: _("Handed on to %(what)s"),
    Kind.DUTY_DONE: _("Stated as done: %(what)s"),
    Kind.DUTY_RECEIVED: _("Received: %(what)s"),
    Kind.DUTY_REFUSED: _("Stated as not received: %(what)s"),
    Kind.EXPIRED: _("The term ended"),
    Kind.ACCESS_CLOSED: _("Documents closed to the licensee"),
}
_OUTCOMES = {
    Outcome.STANDS: _("The contest has ended: it stands (%(answered)s)"),
    Outcome.FALLS: _("The contest has ended: it falls (%(answered)s)"),
}
_COMING = {
    Kind.TERMINATED: _("The licence ends, as the licensee has said"),
    Kind.CONVERTED: _(
        "The licence becomes non-exclusive, unless what the notice names is made good or contested before"
    ),
    Kind.RENEWED: _("The licence renews itself"),
    Kind.EXPIRED: _("The term ends"),
    Kind.ACCESS_CLOSED: _("The documents close to the licensee"),
}
_ENDS_BY_NOTICE = _("The licence ends, unless what the notice names is made good or contested before")
DUTIES = {
    DutyKind.STATEMENT: _("Statement of royalties for the period up to %(period)s"),
    DutyKind.PROGRESS: _("Report on diligence for the period up to %(period)s"),
    DutyKind.SPEND: _("Least spending of the year up to %(period)s"),
    DutyKind.MINIMUM: _("Minimum royalty of the year up to %(period)s"),
    DutyKind.MILESTONE: _("Milestone %(period)s"),
}
DUTY_STANDINGS = {
    DutyStanding.OPEN: _("open"),
    DutyStanding.OVERDUE: _("overdue"),
    DutyStanding.DONE: _("done, says the licensee"),
    DutyStanding.RECEIVED: _("received"),
    DutyStanding.REFUSED: _("not received, says the licensor"),
}
DUTY_WORDS = {
    Kind.DUTY_DONE: _("It was done"),
    Kind.DUTY_RECEIVED: _("We received it"),
    Kind.DUTY_REFUSED: _("We did not receive it"),
}
SIGNED = {
    Kind.SUSPENDED: _("The licence is suspended: its holder may not use it until it goes on."),
    Kind.RESUMED: _("The licence goes on after it was suspended."),
    Kind.TERMINATED: _("The licence ends now, and for good."),
    Kind.SURRENDERED: _("The licence is given back: it ends now, and for good."),
    Kind.HANDED_ON: _("The licence goes over to another licensee, with its rights and duties from then on."),
    Kind.CONVERTED: _("The licence is non-exclusive from now on. This cannot be undone."),
    Kind.RENEWED: _("The licence goes on for another term."),
}
ANSWERS = {
    Kind.CURED: _("It has been made good"),
    Kind.WITHDRAWN: _("Take it back"),
    Kind.CONTESTED: _("Contest it"),
    Kind.DECLINED: _("Decline"),
    Kind.SUSPENDED: _("Accept"),
    Kind.RESUMED: _("Accept"),
    Kind.CONVERTED: _("Accept"),
    Kind.RENEWED: _("Accept"),
    Kind.TERMINATED: _("Accept"),
}
_STAMPS = {Chain.WAITING: "pending", Chain.SENT: "pending", Chain.FINAL: "final", Chain.FAILED: "absent"}


@dataclass(frozen=True)
class Line:
    """A step as the page shows it. ``stamp``: the state of its act on the chain, None where it has none."""

    id: str
    at: datetime
    who: str
    text: str
    words: str
    until: datetime | None
    stamp: str | None
    has_failed: bool
    was_withdrawn: bool
    waits_for_wallet: Side | None
    recorded_later: datetime | None


@dataclass(frozen=True)
class OpenLine:
    """A notice or proposal that is open, with the answers that the reader's side has. ``is_contested``: its clock
    stands still."""

    id: str
    text: str
    by: str
    at: datetime
    words: str
    due: datetime | None
    until: datetime | None
    is_contested: bool
    answers: Sequence[Kind]


def lines_of(view: LifeView) -> list[Line]:
    """Return the steps, oldest first."""
    told = {one.step.id: one for one in view.steps}
    return [_line(one, told, view) for one in view.steps]


def open_lines(view: LifeView) -> list[OpenLine]:
    """Return what is open, oldest first."""
    told = {one.step.id: one for one in view.steps}
    notices = {one.step.id: one for one in view.life.notices}
    found = [one.step for one in view.life.notices] + list(view.life.proposals)
    if view.life.conversion is not None:
        found.append(view.life.conversion)
    return [
        OpenLine(
            id=step.id,
            text=_text(told[step.id], told),
            by=_who(told[step.id], view),
            at=step.at,
            words=told[step.id].words,
            due=notices[step.id].due if step.id in notices else None,
            until=step.until,
            is_contested=step.id in view.life.contested,
            answers=view.moves.answers.get(step.id, ()),
        )
        for step in sorted(found, key=lambda step: step.at)
    ]


def coming(due: Due) -> str:
    """Return what follows by itself, and what keeps it from following."""
    ends_by_notice = due.kind is Kind.TERMINATED and due.ground is not None
    return str(_ENDS_BY_NOTICE if ends_by_notice else _COMING[due.kind])


@dataclass(frozen=True)
class DutyLine:
    """Something that is due. ``kinds``: what the reader's side may say of it; ``ground``: on which notice is given
    where it is missed, None where the reader's side does not give it or nothing is missed."""

    duty: Duty
    text: str
    standing: DutyStanding
    kinds: Sequence[Kind]
    ground: Ground | None


def duty_lines(view: LifeView) -> list[DutyLine]:
    """Return what is overdue, and what is due next: of what comes again and again, the next that is not received."""
    first: dict[str, Duty] = {}
    for duty in view.duties:
        is_settled = standing_of(duty, view.life, view.today) is DutyStanding.RECEIVED
        if not is_settled:
            first.setdefault(duty.key if duty.kind is DutyKind.MILESTONE else str(duty.kind), duty)
    return [_duty_line(duty, view) for duty in (*view.overdue, *first.values())]


def _duty_line(duty: Duty, view: LifeView) -> DutyLine:
    standing = standing_of(duty, view.life, view.today)
    is_missed = standing in (DutyStanding.OVERDUE, DutyStanding.REFUSED) and duty.day < view.today
    ground = ground_of(duty, view.terms) if is_missed else None
    return DutyLine(
        duty=duty,
        text=duty_text(duty.kind, duty.period),
        standing=standing,
        kinds=() if view.life.is_over else words_open_to(view.side, view.life.duties.get(duty.key)),
        ground=ground if view.side is Side.LICENSOR and ground in view.moves.grounds else None,
    )


def duty_text(kind: DutyKind, period: str) -> str:
    """Return what is due, in words."""
    said = period if kind is DutyKind.MILESTONE else day(date.fromisoformat(period))
    return str(DUTIES[kind]) % {"period": said}


def _line(told: Told, known: Mapping[str, Told], view: LifeView) -> Line:
    step, awaited = told.step, view.waits_for_wallet
    late = (told.recorded_at - step.at).total_seconds() > 86_400
    return Line(
        id=step.id,
        at=step.at,
        who=_who(told, view),
        text=_text(told, known),
        words=told.words,
        until=step.until if step.kind in (Kind.BEGAN, Kind.RENEWED) else None,
        stamp=_STAMPS[told.chain] if told.chain and not told.was_withdrawn else None,
        has_failed=told.chain is Chain.FAILED and not told.was_withdrawn,
        was_withdrawn=told.was_withdrawn,
        waits_for_wallet=awaited.side if awaited and step.id == awaited.step_id else None,
        recorded_later=told.recorded_at if late and step.kind is not Kind.BEGAN else None,
    )


def _who(told: Told, view: LifeView) -> str:
    if told.step.side is None:
        return str(gettext("by itself, as agreed"))
    return view.licence.licensor_name if told.step.side == Side.LICENSOR else told.licensee


def _text(told: Told, known: Mapping[str, Told]) -> str:
    step = told.step
    template: Any = _OUTCOMES[step.outcome] if step.kind is Kind.CONTEST_ENDED and step.outcome else _STEPS[step.kind]
    what = told.handed_to
    if step.ground or step.proposal:
        what = str(GROUNDS[step.ground]) if step.ground else str(PROPOSALS[Proposal(str(step.proposal))])
    elif step.duty:
        kind, _sep, period = step.duty.partition(":")
        what = duty_text(DutyKind(kind), period)
    answered = known.get(step.answers or "")
    return str(template) % {"what": what, "answered": _text(answered, known) if answered else ""}
