"""What an organisation's key wraps in this room (``KeyRotations``)."""

from collections.abc import Callable

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute

from ipx.accounts.service import WrappedColumn
from ipx.inventions.models import InventionRow, InventorRow, StepRow, SubmissionRow

DRAFT, RECORD = "invention-draft/{}", "invention-record/{}"
INVENTOR, WORDS = "invention-inventor/{}", "invention-words/{}"


def _owned(of: InstrumentedAttribute[str]) -> Callable[[str], ColumnElement[bool]]:
    def owned(organisation_id: str) -> ColumnElement[bool]:
        return of.in_(select(InventionRow.id).where(InventionRow.organisation_id == organisation_id))

    return owned


WRAPPED = (
    WrappedColumn(
        key=InventionRow.id,
        value=InventionRow.sealed_draft,
        owned=lambda organisation_id: InventionRow.organisation_id == organisation_id,
        context=DRAFT,
        parts=(InventionRow.id,),
    ),
    WrappedColumn(
        key=SubmissionRow.id,
        value=SubmissionRow.sealed_record,
        owned=_owned(SubmissionRow.invention_id),
        context=RECORD,
        parts=(SubmissionRow.id,),
    ),
    WrappedColumn(
        key=InventorRow.id,
        value=InventorRow.sealed_entry,
        owned=_owned(InventorRow.invention_id),
        context=INVENTOR,
        parts=(InventorRow.id,),
    ),
    WrappedColumn(
        key=StepRow.id,
        value=StepRow.sealed_words,
        owned=_owned(StepRow.invention_id),
        context=WORDS,
        parts=(StepRow.id,),
    ),
)
