"""Contests between their tables and the frozen forms. Decides nothing."""

from collections.abc import Sequence

from ipx.contests.models import ContestRow, ContestStepRow
from ipx.contests.records import Contest, Told
from ipx.contests.rules import How, Outcome, Pending, Step, Subject


def contest_of(row: ContestRow) -> Contest:
    """Return a contest."""
    return Contest(
        id=row.id,
        subject_kind=Subject(row.subject_kind),
        subject_id=row.subject_id,
        subject_name=row.subject_name,
        place=row.place,
        contester_id=row.contester_id,
        contester_name=row.contester_name,
        respondent_id=row.respondent_id,
        respondent_name=row.respondent_name,
        opened_at=row.opened_at,
        ended_at=row.ended_at,
        outcome=Outcome(row.outcome) if row.outcome else None,
        how=How(row.how) if row.how else None,
    )


def told_of(row: ContestStepRow) -> Told:
    """Return a step."""
    outcome = Outcome(row.outcome) if row.outcome else None
    return Told(Step(row.kind), row.organisation_id, row.at, outcome, row.words, row.document_id)


def pending_of(row: ContestRow, steps: Sequence[ContestStepRow]) -> Pending | None:
    """Return what waits for an answer: the newest proposal or ruling, unless it was answered."""
    last = steps[-1] if steps else None
    if row.ended_at is not None or last is None or last.kind not in (Step.PROPOSED, Step.RULING):
        return None
    assert last.organisation_id is not None
    assert last.outcome is not None
    until = row.next_due if last.kind == Step.RULING else None
    return Pending(Step(last.kind), last.organisation_id, Outcome(last.outcome), until)
