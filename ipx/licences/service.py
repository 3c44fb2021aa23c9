"""The door to licences. Grants only what both sides signed, once for each agreement."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.audit.service import THE_EXCHANGE, AuditService
from ipx.chain.events import TransactionFailed, TransactionFinal
from ipx.chain.service import ChainService
from ipx.core.canonical import Json
from ipx.core.errors import NotFound
from ipx.core.ports import Clock, Entropy
from ipx.core.typed_data import GRANT
from ipx.db.events import Events
from ipx.licences.book import GrantBook
from ipx.licences.claims import LicenceClaim, licence_claims
from ipx.licences.declarations import Declarations
from ipx.licences.events import LicenceActivated, LicenceRefused
from ipx.licences.models import LicenceRow
from ipx.licences.policy import may_see
from ipx.licences.records import Grant, Licence, LicenceChange
from ipx.licences.rows import licence_of
from ipx.licences.rules import State
from ipx.technologies.service import TechnologyService
from ipx.technologies.status import StatusLine, Step

REGISTRY = "LicenceRegistry"


class LicenceService:
    """Issues licences and follows them to their final block.

    ``book`` compares grants, ``declarations`` holds those made elsewhere.
    """

    def __init__(
        self,
        *,
        audit: AuditService,
        events: Events,
        clock: Clock,
        entropy: Entropy,
        chain: ChainService,
        technologies: TechnologyService,
    ) -> None:
        self._audit = audit
        self._events = events
        self._clock = clock
        self._entropy = entropy
        self._chain = chain
        self.book = GrantBook(audit=audit, clock=clock, entropy=entropy)
        self.declarations = Declarations(audit=audit, clock=clock, entropy=entropy, technologies=technologies)

    def refuse_conflict(self, session: Session, *, technology_id: str, terms: Mapping[str, Any]) -> None:
        """Raise Conflict when a grant excludes these terms, or when that is undecided and nobody has decided it.

        ``terms``: as they are written, of either version. Until this transaction ends nobody else can decide about the
        technology.
        """
        self.book.refuse(session, technology_id=technology_id, terms=terms)

    def issue(self, session: Session, *, grant: Grant) -> Licence:
        """Put the grant on its way to the chain; the same agreement always gives the same licence.

        Raises Conflict when a grant excludes it, or when that is undecided and nobody has decided it.
        """
        self.book.lock(session, grant.technology_id)
        found = session.scalar(select(LicenceRow).where(LicenceRow.agreement_id == grant.agreement_id))
        if found is None:
            self.book.refuse(session, technology_id=grant.technology_id, terms=grant.terms)
            found = self._submit(session, grant)
        return licence_of(found)

    def licence(self, session: Session, *, actor: Actor, licence_id: str) -> Licence:
        """Return a licence to one of its parties. Raises NotFound for everybody else."""
        row = session.get(LicenceRow, licence_id)
        if row is None:
            raise NotFound("There is no such licence, or it is not yours to see.")
        may_see(actor, row)
        return licence_of(row)

    def known(self, session: Session, *, licence_id: str) -> Licence:
        """Return a licence for another room; the caller has checked who asks."""
        return licence_of(session.get_one(LicenceRow, licence_id))

    def change(self, session: Session, *, licence_id: str, change: LicenceChange, step: str) -> None:
        """Change a licence in force as a step of its life says, which is final on the chain. Grants compare with it."""
        row = session.get_one(LicenceRow, licence_id, with_for_update=True)
        self.book.lock(session, row.technology_id)
        row.state = change.state or row.state
        row.is_converted = row.is_converted if change.is_converted is None else change.is_converted
        row.renewed_to = change.renewed_to or row.renewed_to
        if change.licensee is not None:
            row.licensee_id, row.licensee_name = change.licensee.organisation_id, change.licensee.name
            row.holder = change.licensee.address
        session.flush()
        self._record(
            session, "licence:state:changed", row, {"step": step, "state": row.state, "licensee": row.licensee_id}
        )

    def find_by_agreement(self, session: Session, *, agreement_id: str) -> Licence | None:
        """Return the licence of an agreement, if it has been issued."""
        row = session.scalar(select(LicenceRow).where(LicenceRow.agreement_id == agreement_id))
        return licence_of(row) if row else None

    def licences_of(self, session: Session, *, organisation_id: str) -> list[Licence]:
        """Return the licences that an organisation gave or holds, newest first."""
        mine = or_(LicenceRow.licensor_id == organisation_id, LicenceRow.licensee_id == organisation_id)
        rows = session.scalars(select(LicenceRow).where(mine).order_by(LicenceRow.created_at.desc(), LicenceRow.id))
        return [licence_of(row) for row in rows]

    def licences_on(self, session: Session, *, technology_id: str) -> list[Licence]:
        """Return the licences of a technology, oldest first; the caller has checked who asks."""
        rows = session.scalars(
            select(LicenceRow).where(LicenceRow.technology_id == technology_id).order_by(LicenceRow.created_at)
        )
        return [licence_of(row) for row in rows]

    def status_lines(self, session: Session, technology_id: str) -> list[StatusLine]:
        """Return the step *licensed* for the page of a technology (``technologies.status``)."""
        alive = [row for row in self.licences_on(session, technology_id=technology_id) if row.state is State.ACTIVE]
        if not alive:
            return []
        words = "Licensed once" if len(alive) == 1 else f"Licensed {len(alive)} times"
        return [StatusLine(Step.LICENSED, is_done=True, text=words, href=f"/licences/{alive[-1].id}")]

    def on_transaction_final(self, session: Session, final: TransactionFinal) -> None:
        """Make the licence active when its grant can no longer be undone."""
        row = self._of_transaction(session, final.transaction_id)
        if row is None or row.state != State.GRANTING:
            return
        row.state, row.activated_at = State.ACTIVE, self._clock.now()
        self._record(session, "licence:grant:final", row, {"token": row.token})
        self._events.publish(
            session,
            LicenceActivated(row.id, row.agreement_id, row.technology_id, row.licensor_id, row.licensee_id),
        )

    def on_transaction_failed(self, session: Session, failed: TransactionFailed) -> None:
        """Give up a licence that the chain refused for good."""
        row = self._of_transaction(session, failed.transaction_id)
        if row is None or row.state != State.GRANTING:
            return
        row.state, row.refused = State.ISSUE_FAILED, failed.reason
        self._record(session, "licence:grant:refused", row, {"reason": failed.reason})
        self._events.publish(session, LicenceRefused(row.id, row.agreement_id, failed.reason))

    def claims(self, session: Session) -> Iterator[LicenceClaim]:
        """Return what our table says about every grant, for a comparison with the chain."""
        return licence_claims(session)

    def _submit(self, session: Session, grant: Grant) -> LicenceRow:
        licence_id = self._entropy.new_id()
        message = cast(Mapping[str, Json], grant.message)
        transaction_id = self._chain.submit(
            session,
            key=f"licence:{grant.agreement_id}",
            contract=REGISTRY,
            function="grant",
            arguments=[
                [_abi_value(message[name], kind) for name, kind in GRANT],
                "0x" + grant.licensor_signature.hex(),
                "0x" + grant.licensee_signature.hex(),
            ],
            purpose="grant a licence",
        )
        row = LicenceRow(
            id=licence_id,
            agreement_id=grant.agreement_id,
            technology_id=grant.technology_id,
            technology_title=grant.technology_title,
            licensor_id=grant.licensor_id,
            licensor_name=grant.licensor_name,
            licensee_id=grant.licensee_id,
            licensee_name=grant.licensee_name,
            token=str(message["commitment"]),
            message=dict(grant.message),
            licensor_signature=grant.licensor_signature,
            licensee_signature=grant.licensee_signature,
            terms=dict(grant.terms),
            state=State.GRANTING,
            is_converted=False,
            transaction_id=transaction_id,
            created_at=self._clock.now(),
        )
        session.add(row)
        session.flush()
        self._record(session, "licence:grant:submitted", row, {"token": row.token, "transaction": transaction_id})
        return row

    def _of_transaction(self, session: Session, transaction_id: str) -> LicenceRow | None:
        query = select(LicenceRow).where(LicenceRow.transaction_id == transaction_id)
        return session.scalar(query.with_for_update())

    def _record(self, session: Session, action: str, row: LicenceRow, details: Mapping[str, Json]) -> None:
        self._audit.record(
            session,
            action=action,
            by=THE_EXCHANGE,
            subject_kind="licence",
            subject_id=row.id,
            details={"agreement": row.agreement_id, "technology": row.technology_id, **details},
        )


def _abi_value(value: Json, kind: str) -> Json:
    """Return a message's value as the chain's encoder takes it: integers as decimal strings stay strings."""
    if kind.endswith("[]"):
        return [_abi_value(item, kind[:-2]) for item in cast(Sequence[Json], value)]
    return value
