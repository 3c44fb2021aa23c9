"""What an organisation's key wraps in this room (``KeyRotations``)."""

from ipx.accounts.models import ChainAccountRow
from ipx.accounts.wrapped_columns import WrappedColumn

WRAPPED = (
    WrappedColumn(
        key=ChainAccountRow.id,
        value=ChainAccountRow.wrapped_private_key,
        owned=lambda organisation_id: ChainAccountRow.organisation_id == organisation_id,
        context="chain-account/{}",
        parts=(ChainAccountRow.id,),
    ),
)
