"""Steps between their table and the frozen forms. Decides nothing."""

from ipx.life.models import StepRow
from ipx.life.records import Told
from ipx.life.rules import Chain, Ground, Kind, Outcome, Proposal, Step


def step_of(row: StepRow) -> Step:
    """Return a step."""
    return Step(
        id=row.id,
        kind=Kind(row.kind),
        side=row.side,
        at=row.at,
        ground=Ground(row.ground) if row.ground else None,
        proposal=Proposal(row.proposal) if row.proposal else None,
        outcome=Outcome(row.outcome) if row.outcome else None,
        answers=row.answers,
        due=row.due,
        until=row.until,
        duty=row.duty,
    )


def told_of(row: StepRow, *, licensee: str = "", handed_to: str = "", was_withdrawn: bool = False) -> Told:
    """Return a step with what was written, what became of it on the chain, and who held the licence then."""
    return Told(
        step=step_of(row),
        recorded_at=row.recorded_at,
        person_id=row.person_id,
        words=row.words,
        chain=Chain(row.chain) if row.chain else None,
        transaction_id=row.transaction_id,
        failure=row.failure,
        licensee=licensee,
        handed_to=handed_to,
        was_withdrawn=was_withdrawn,
    )
