"""What an organisation's key wraps in this room (``KeyRotations``)."""

from sqlalchemy import select

from ipx.accounts.service import WrappedColumn
from ipx.challenges.models import ChallengeRow, EntryRow, ScoreRow

DRAFT, RECORD, REMARK = "challenge-draft/{}", "challenge-record/{}", "challenge-remark/{}"

WRAPPED = (
    WrappedColumn(
        key=EntryRow.id,
        value=EntryRow.sealed_draft,
        owned=lambda organisation_id: EntryRow.organisation_id == organisation_id,
        context=DRAFT,
        parts=(EntryRow.id,),
    ),
    WrappedColumn(
        key=EntryRow.id,
        value=EntryRow.sealed_record,
        owned=lambda organisation_id: EntryRow.organisation_id == organisation_id,
        context=RECORD,
        parts=(EntryRow.id,),
    ),
    WrappedColumn(
        key=ScoreRow.id,
        value=ScoreRow.sealed_remark,
        owned=lambda organisation_id: ScoreRow.challenge_id.in_(
            select(ChallengeRow.id).where(ChallengeRow.organisation_id == organisation_id)
        ),
        context=REMARK,
        parts=(ScoreRow.id,),
    ),
)
