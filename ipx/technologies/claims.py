"""What our table says about titles on the chain, row by row, for whoever compares it with the chain itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.core.canonical import decode
from ipx.core.errors import ExchangeError
from ipx.technologies.models import RightRow, TechnologyRow, TitleRow
from ipx.technologies.title_record import token_id


@dataclass(frozen=True)
class TitleClaim:
    """One row, with what it cannot say without its salt: ``opens`` is False when the record does not give the token,
    ``names_right`` when it is about another right. ``own_account``: the account's address in our table;
    ``state``: as it is written there, which need not be one that there is."""

    right_id: str
    technology_id: str
    token: str
    holder: str
    own_account: str | None
    state: str
    evidence: int
    document: str
    acts: int
    act_pending: bool
    transaction_id: str
    block: int | None
    block_time: datetime | None
    opens: bool
    names_right: bool


def title_claims(session: Session, accounts: AccountService) -> Iterator[TitleClaim]:
    """Return every row in the order of registration."""
    query = select(TitleRow, RightRow, TechnologyRow).join(RightRow, RightRow.id == TitleRow.right_id, isouter=True)
    query = query.join(TechnologyRow, TechnologyRow.id == TitleRow.technology_id, isouter=True)
    for row, right, technology in session.execute(query.order_by(TitleRow.registered_at, TitleRow.right_id)):
        yield _claim(session, accounts, row, right, technology)


def _claim(
    session: Session,
    accounts: AccountService,
    row: TitleRow,
    right: RightRow | None,
    technology: TechnologyRow | None,
) -> TitleClaim:
    own = accounts.account_of(session, technology.organisation_id) if technology else None
    return TitleClaim(
        right_id=row.right_id,
        technology_id=row.technology_id,
        token=f"0x{row.token}",
        holder=row.holder.lower(),
        own_account=own.address.lower() if own and own.id == row.account_id else None,
        state=row.state,
        evidence=row.evidence,
        document=row.instrument,
        acts=row.acts,
        act_pending=row.act_pending,
        transaction_id=row.transaction_id,
        block=row.block_number,
        block_time=row.block_time,
        opens=_opens(session, accounts, row, own.address if own else "", technology),
        names_right=_names_right(row, right),
    )


def _opens(
    session: Session, accounts: AccountService, row: TitleRow, registrant: str, technology: TechnologyRow | None
) -> bool:
    """The token is bound to the account that registered it, whoever holds it now."""
    if row.wrapped_salt is None or technology is None:
        return row.wrapped_salt is None and technology is not None  # forgotten: nothing is left to compare
    context = f"title-salt/{row.right_id}/{row.attempt}"
    try:
        salt = accounts.unwrap(
            session, organisation_id=technology.organisation_id, wrapped=row.wrapped_salt, context=context
        )
        return f"{token_id(row.record.encode(), salt=salt, holder=registrant):064x}" == row.token
    except ExchangeError:
        return False


def _names_right(row: TitleRow, right: RightRow | None) -> bool:
    try:
        record = decode(row.record.encode())
    except ExchangeError:
        return False
    if right is None or not isinstance(record, dict):
        return False
    expected = (row.right_id, row.technology_id, right.technology_id, right.kind)
    return (record["right"], record["technology"], record["technology"], record["kind"]) == expected
