"""What an organisation's key wraps in this room (``KeyRotations``)."""

from sqlalchemy import ColumnElement, select

from ipx.accounts.service import WrappedColumn
from ipx.technologies.models import TechnologyRow, TitleRow


def _owned(organisation_id: str) -> ColumnElement[bool]:
    theirs = select(TechnologyRow.id).where(TechnologyRow.organisation_id == organisation_id)
    return TitleRow.technology_id.in_(theirs)


WRAPPED = (
    WrappedColumn(
        key=TitleRow.right_id,
        value=TitleRow.wrapped_salt,
        owned=_owned,
        context="title-salt/{}/{}",
        parts=(TitleRow.right_id, TitleRow.attempt),
    ),
)
