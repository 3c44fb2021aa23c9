"""What an organisation's key wraps in this room (``KeyRotations``)."""

from ipx.accounts.service import WrappedColumn
from ipx.vault.models import DocumentRow

WRAPPED = (
    WrappedColumn(
        key=DocumentRow.id,
        value=DocumentRow.wrapped_secret,
        owned=lambda organisation_id: DocumentRow.organisation_id == organisation_id,
        context="document/{}",
        parts=(DocumentRow.id,),
    ),
)
