"""What an organisation's key wraps in this room (``KeyRotations``)."""

from ipx.accounts.service import WrappedColumn
from ipx.titles.models import EntryRow, RectificationRow

ENTRY, RECTIFICATION = "title-entry/{}", "title-rectification/{}"

WRAPPED = (
    WrappedColumn(
        key=EntryRow.id,
        value=EntryRow.sealed_content,
        owned=lambda organisation_id: EntryRow.organisation_id == organisation_id,
        context=ENTRY,
        parts=(EntryRow.id,),
    ),
    WrappedColumn(
        key=RectificationRow.id,
        value=RectificationRow.sealed_content,
        owned=lambda organisation_id: RectificationRow.organisation_id == organisation_id,
        context=RECTIFICATION,
        parts=(RectificationRow.id,),
    ),
)
