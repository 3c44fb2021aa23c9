"""What an organisation's key wraps in this room (``KeyRotations``)."""

from ipx.accounts.service import WrappedColumn
from ipx.deals.models import AgreementRow, NdaDraftRow, NdaRow

WRAPPED = (
    WrappedColumn(
        key=NdaRow.id,
        value=NdaRow.licensor_salt,
        owned=lambda organisation_id: NdaRow.licensor_id == organisation_id,
        context="nda/{}",
        parts=(NdaRow.id,),
    ),
    WrappedColumn(
        key=NdaRow.id,
        value=NdaRow.licensee_salt,
        owned=lambda organisation_id: NdaRow.licensee_id == organisation_id,
        context="nda/{}",
        parts=(NdaRow.id,),
    ),
    WrappedColumn(
        key=NdaDraftRow.id,
        value=NdaDraftRow.salt,
        owned=lambda organisation_id: NdaDraftRow.organisation_id == organisation_id,
        context="nda/{}",
        parts=(NdaDraftRow.id,),
    ),
    WrappedColumn(
        key=AgreementRow.id,
        value=AgreementRow.licensor_salt,
        owned=lambda organisation_id: AgreementRow.licensor_id == organisation_id,
        context="agreement/{}",
        parts=(AgreementRow.id,),
    ),
    WrappedColumn(
        key=AgreementRow.id,
        value=AgreementRow.licensee_salt,
        owned=lambda organisation_id: AgreementRow.licensee_id == organisation_id,
        context="agreement/{}",
        parts=(AgreementRow.id,),
    ),
)
