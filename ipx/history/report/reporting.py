"""Makes reports: from a node for the operator, from our mirror of the chain for an organisation's administrators.

A page must work while the chain is down, so its report says that it rests on the mirror; ``ipx audit check`` holds the
mirror against the chain.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any, Protocol

from sqlalchemy.orm import Session

from ipx.accounts.records import Actor
from ipx.accounts.service import AccountService
from ipx.audit.service import AuditService
from ipx.chain.service import ChainService, EventView
from ipx.core.ports import Clock
from ipx.history.policy import check_may_see_history
from ipx.history.rebuild.decoding import TOKENS
from ipx.history.rebuild.reader import Tip
from ipx.history.rebuild.records import ChainEvent, Record
from ipx.history.rebuild.reducer import Reducer
from ipx.history.records import Export
from ipx.history.report.gathering import Period, ReportGatherer
from ipx.history.report.output import as_file, media_type
from ipx.history.report.records import AuditReport, drawn
from ipx.history.rules import REPORTED, ExportForm
from ipx.technologies.records import PublicTechnology
from ipx.technologies.service import TechnologyService

REGISTRIES = ("TitleRegistry", "LicenceRegistry")


class Source(Protocol):
    """Where titles and licences are known from."""

    @property
    def tip(self) -> Tip:
        """The block up to which the logs are known."""

    @property
    def chain_id(self) -> int:
        """Which chain."""

    @property
    def contradictions(self) -> Sequence[str]:
        """What the contracts say otherwise, where they were asked."""

    def record(self, *, as_of: int, known_at: int) -> Record:
        """Return everything as of one date, as known on another (Unix seconds)."""


@dataclass(frozen=True)
class Mirrored:
    """The same as ``Rebuilt``, from our mirror of the logs."""

    reducer: Reducer
    tip: Tip
    chain_id: int
    contradictions: Sequence[str] = ()

    def record(self, *, as_of: int, known_at: int) -> Record:
        """As Source."""
        return self.reducer.record(as_of=as_of, known_at=known_at)


class Reporting:
    """Reports on technologies and portfolios."""

    def __init__(
        self,
        *,
        accounts: AccountService,
        audit: AuditService,
        chain: ChainService,
        technologies: TechnologyService,
        gatherer: ReportGatherer,
        clock: Clock,
    ) -> None:
        self._accounts = accounts
        self._audit = audit
        self._chain = chain
        self._technologies = technologies
        self._gatherer = gatherer
        self._clock = clock

    def report(
        self,
        session: Session,
        *,
        source: Source,
        technology_id: str | None,
        organisation_id: str | None,
        period: Period,
        sample: tuple[int, int] | None = None,
        only: Collection[str] | None = None,
    ) -> AuditReport:
        """Return who owned, licensed and could read what at the end of a period; the caller has checked who asks.

        ``sample``: how many lines, and the seed. ``only``: of an organisation's technologies, these. Raises NotFound.
        """
        found = self._gatherer.technologies(session, technology_id=technology_id, organisation_id=organisation_id)
        found = [one for one in found if only is None or one.id in only]
        as_of = int(period.as_of.timestamp())
        record = source.record(as_of=as_of, known_at=max(as_of, source.tip.time))
        lines, exceptions = self._gatherer.gather(session, found, record, period)
        check = self._audit.check(session)
        if check.broken_at is not None:
            exceptions.insert(0, f"The audit log is broken at line {check.broken_at}: ask for ipx audit check.")
        owner = self._accounts.organisation(session, organisation_id).name if organisation_id else ""
        return AuditReport(
            subject=_subject(owner, found, only),
            begin=period.begin,
            as_of=period.as_of,
            made_at=self._clock.now(),
            chain_id=source.chain_id,
            height=source.tip.height,
            audit_head=check.head,
            lines=lines,
            exceptions=[*exceptions, *record.problems, *source.contradictions],
            seed=sample[1] if sample else None,
            sample=drawn(lines, count=sample[0], seed=sample[1]) if sample else (),
        )

    def period(self, begin: date | None, end: date | None) -> Period:
        """Return a period of whole days, UTC; without an end it ends now."""
        last = datetime.combine(end, time.max, UTC) if end else self._clock.now()
        return Period(datetime.combine(begin, time.min, UTC) if begin else None, last)

    def make(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str | None,
        period: Period,
        sample: tuple[int, int] | None,
        only: Collection[str] | None = None,
    ) -> AuditReport:
        """Return a report on the actor's organisation (or on ``only`` some of its technologies), or on one technology.
        Raises Forbidden, NotFound.
        """
        check_may_see_history(actor)
        if technology_id is not None:
            self._technologies.technology(session, actor=actor, technology_id=technology_id)
        return self.report(
            session,
            source=self._mirrored(session),
            technology_id=technology_id,
            organisation_id=None if technology_id else actor.organisation_id,
            period=period,
            sample=sample,
            only=only,
        )

    def export(
        self,
        session: Session,
        *,
        actor: Actor,
        technology_id: str | None,
        period: Period,
        sample: tuple[int, int] | None,
        form: ExportForm,
        only: Collection[str] | None = None,
    ) -> Export:
        """Return the same as a file; that it was taken away is on record. Raises Forbidden, NotFound."""
        made = self.make(session, actor=actor, technology_id=technology_id, period=period, sample=sample, only=only)
        self._audit.record(
            session,
            action=REPORTED,
            by=actor.by,
            subject_kind="technology" if technology_id else "organisation",
            subject_id=technology_id or actor.organisation_id,
            details={"form": str(form), "lines": len(made.lines), "head": made.audit_head},
        )
        name = f"audit-report-{made.as_of.date().isoformat()}.{form}"
        return Export(name, media_type(form), as_file(made, form))

    def _mirrored(self, session: Session) -> Mirrored:
        events = [event for name in REGISTRIES for event in self._chain.events_of(session, contract=name)]
        reducer = Reducer(title_registry_of=self._chain.registry_pairs())
        reducer.read(sorted(map(_event, events), key=lambda event: event.place))
        status = self._chain.status(session)
        now = int(self._clock.now().timestamp())
        return Mirrored(reducer, Tip(status.mirrored_to, "", now, status.final_to), self._chain.chain_id)


def _subject(owner: str, found: Sequence[PublicTechnology], only: Collection[str] | None) -> str:
    if not owner:
        return found[0].title
    return owner if only is None else f"{owner}: " + ", ".join(one.title for one in found)


def _event(event: EventView) -> ChainEvent:
    return ChainEvent(
        registry=event.address.lower(),
        name=event.event,
        arguments={name: _plain(name, value) for name, value in event.arguments.items()},
        transaction=event.transaction.lower(),
        block=event.block_number,
        time=event.block_time,
        index=event.log_index,
    )


def _plain(name: str, value: Any) -> Any:
    """Return a mirrored value as the rebuild spells it."""
    if name in TOKENS:
        return f"0x{int(value):064x}"
    if isinstance(value, list):
        return tuple(f"0x{int(item):064x}" for item in value)
    return value.lower() if isinstance(value, str) else value
