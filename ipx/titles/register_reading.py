"""Rectifications of the register as people see them: their organisation, and rectifiers, who see what they sign."""

from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.chain.service import ChainService
from ipx.core.errors import NotFound
from ipx.technologies.service import TechnologyService
from ipx.titles import policy
from ipx.titles.instruments import Instruments
from ipx.titles.models import RegisterRectificationRow
from ipx.titles.records import RectifierSignature, RegisterRectification
from ipx.titles.register import block_of
from ipx.titles.register_rows import OnChain, data_of, on_chain, signatures_of, state_of
from ipx.titles.rules import Basis, SignatureOrigin


class RegisterReading:
    """Reads; whoever is neither of the organisation nor a rectifier is told that there is nothing."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        chain: ChainService,
        instruments: Instruments,
        technologies: TechnologyService,
    ) -> None:
        self._accounts = accounts
        self._chain = chain
        self._instruments = instruments
        self._technologies = technologies

    def of_right(self, session: Session, *, actor: Actor, right_id: str) -> list[RegisterRectification]:
        """Return those of an own right, newest first. Raises NotFound, Forbidden."""
        policy.check_may_read(actor)
        self._technologies.right(session, actor=actor, right_id=right_id)
        table = RegisterRectificationRow
        query = select(table).where(table.right_id == right_id).order_by(table.proposed_at.desc(), table.id)
        return [self._view(session, row, is_own=True) for row in session.scalars(query)]

    def open_for(self, session: Session, *, actor: Actor) -> list[RegisterRectification]:
        """Return all open ones of other organisations, oldest first; the caller has checked that a rectifier asks."""
        table = RegisterRectificationRow
        query = select(table).where(table.settled_as.is_(None), table.organisation_id != actor.organisation_id)
        return [self._view(session, row, is_own=False) for row in session.scalars(query.order_by(table.proposed_at))]

    def one(
        self, session: Session, *, actor: Actor, rectification_id: str, is_rectifier: bool
    ) -> RegisterRectification:
        """Return one, to its organisation's keepers of titles and to rectifiers. Raises NotFound, Forbidden."""
        row = session.get(RegisterRectificationRow, rectification_id)
        if row is None:
            raise NotFound("There is no such rectification.")
        is_own = row.organisation_id == actor.organisation_id
        if is_own:
            policy.check_may_read(actor)
        elif not is_rectifier:
            raise NotFound("There is no such rectification.")
        return self._view(session, row, is_own=is_own)

    def _view(self, session: Session, row: RegisterRectificationRow, *, is_own: bool) -> RegisterRectification:
        seen = on_chain(session, self._chain, row)
        names = self._accounts.names_of_addresses(session, [row.holder, row.to_address])
        people = self._accounts.names(session, [row.proposed_by]) if is_own else {}
        return RegisterRectification(
            id=row.id,
            organisation_id=row.organisation_id,
            organisation_name=self._accounts.organisation(session, row.organisation_id).name,
            technology_id=self._technologies.technology_of_right(session, right_id=row.right_id) if is_own else None,
            right_id=row.right_id if is_own else None,
            right_title=self._title_of(session, row) if is_own else None,
            holder=row.holder,
            holder_name=names.get(row.holder.lower(), ""),
            to=row.to_address,
            to_name=names.get(row.to_address.lower(), ""),
            basis=Basis(row.basis),
            document=row.document,
            instrument=self._instruments.find(session, row.document_id) if is_own else None,
            data=data_of(row),
            digest=row.digest,
            deadline=datetime.fromtimestamp(row.deadline, UTC),
            proposed_by=people.get(row.proposed_by),
            proposed_at=row.proposed_at,
            state=state_of(row, seen),
            not_before=seen.not_before,
            block=block_of(seen.announced) if seen.announced else None,
            signatures=_signatures(session, row),
            failure=_failure(row, seen),
            settled_at=row.settled_at,
        )

    def _title_of(self, session: Session, row: RegisterRectificationRow) -> str:
        technology_id = self._technologies.technology_of_right(session, right_id=row.right_id)
        rights = self._technologies.whole(session, technology_id=technology_id).rights
        return next(right.particulars.title for right in rights if right.id == row.right_id)


def _signatures(session: Session, row: RegisterRectificationRow) -> list[RectifierSignature]:
    return [
        RectifierSignature(each.rectifier, SignatureOrigin(each.origin), each.brought_at)
        for each in signatures_of(session, row)
    ]


def _failure(row: RegisterRectificationRow, seen: OnChain) -> str | None:
    return seen.failure if row.settled_as is None else None
