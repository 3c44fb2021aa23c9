"""What an organisation's key wraps in this room (``KeyRotations``)."""

from ipx.accounts.service import WrappedColumn
from ipx.evidence.models import StampRow

WRAPPED = (
    WrappedColumn(
        key=StampRow.id,
        value=StampRow.sealed_opening,
        owned=lambda organisation_id: StampRow.organisation_id == organisation_id,
        context="evidence-stamp/{}",
        parts=(StampRow.id,),
    ),
)
