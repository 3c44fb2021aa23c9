"""What an operator wants to know of the chain: queue, purse, endpoints, contracts, alarms. Reads tables only."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ipx.chain.alarms import money_needed
from ipx.chain.health import facts_of
from ipx.chain.models import AlarmRow, AttemptRow, BlockRow, HealthRow, ReceiptRow, TransactionRow
from ipx.chain.rules import WAITING, AlarmKind, AlarmLimits, RelayLimits, TransactionState
from ipx.core.ports import ChainGateway, Clock, DeployedContract, EndpointHealth

DAYS_SHOWN = 14
QUEUE_SHOWN = 50
ALARMS_SHOWN = 20


@dataclass(frozen=True)
class QueueLine:
    """One transaction that is not final. ``attempts`` counts its signatures; ``since`` is when it was queued."""

    id: str
    purpose: str
    state: TransactionState
    since: datetime
    nonce: int | None
    attempts: int
    note: str | None


@dataclass(frozen=True)
class StateCount:
    """How many transactions are in a state, and when the oldest of them was queued."""

    state: TransactionState
    count: int
    oldest: datetime | None


@dataclass(frozen=True)
class DaySpent:
    """What a day's transactions cost, in wei; refused ones cost as well."""

    day: date
    transactions: int
    gas: int
    wei: int


@dataclass(frozen=True)
class AlarmView:
    """One alarm; ``ended_at`` is None while it lasts."""

    kind: AlarmKind
    subject: str
    note: str
    since: datetime
    ended_at: datetime | None


@dataclass(frozen=True)
class ChainOverview:
    """Everything on the operator's page. Amounts in wei; None where no endpoint said, or nobody looked yet.

    ``needed`` is what the queue and a reserve may cost at the present fees.
    """

    looked_at: datetime | None
    chain_id: int
    relayer: str
    balance: int | None
    needed: int | None
    max_fee: int | None
    fee_cap: int
    counts: Sequence[StateCount]
    queue: Sequence[QueueLine]
    spent: Sequence[DaySpent]
    mirrored_to: int
    final_to: int
    endpoints: Sequence[EndpointHealth]
    contracts: Sequence[DeployedContract]
    alarms: Sequence[AlarmView]

    @property
    def head(self) -> int | None:
        """The newest block of any endpoint when last looked at."""
        return max((health.head for health in self.endpoints if health.head is not None), default=None)


class ChainOperations:
    """The chain as its operator sees it."""

    def __init__(self, *, gateway: ChainGateway, clock: Clock, limits: RelayLimits) -> None:
        self._gateway = gateway
        self._clock = clock
        self._limits = limits

    def overview(self, session: Session) -> ChainOverview:
        """Return the present state, as tables have it: no endpoint is asked."""
        row = session.get(HealthRow, 1)
        endpoints = [EndpointHealth(**found) for found in row.endpoints] if row else []
        balance, max_fee = (_wei(row.balance), _wei(row.max_fee)) if row else (None, None)
        facts = facts_of(session, endpoints, balance, max_fee, self._limits)
        return ChainOverview(
            looked_at=row.looked_at if row else None,
            chain_id=self._gateway.chain_id,
            relayer=self._gateway.relayer(),
            balance=balance,
            needed=money_needed(facts, AlarmLimits()),
            max_fee=max_fee,
            fee_cap=self._limits.fee_cap,
            counts=_counts(session),
            queue=_queue(session),
            spent=self._spent(session),
            mirrored_to=facts.mirrored_to,
            final_to=facts.final_to,
            endpoints=endpoints,
            contracts=self._gateway.contracts(),
            alarms=_alarms(session),
        )

    def open_alarms(self, session: Session) -> list[AlarmView]:
        """Return the alarms that last."""
        return [alarm for alarm in _alarms(session) if alarm.ended_at is None]

    def _spent(self, session: Session) -> list[DaySpent]:
        """Return the last days, oldest first, those without a transaction too. The days are UTC's, by block time."""
        today = self._clock.now().astimezone(UTC).date()
        days = [today - timedelta(days=back) for back in reversed(range(DAYS_SHOWN))]
        begin = int(datetime(days[0].year, days[0].month, days[0].day, tzinfo=UTC).timestamp())
        query = select(BlockRow.timestamp, ReceiptRow.gas_used, ReceiptRow.gas_price)
        query = query.join(BlockRow, BlockRow.hash == ReceiptRow.block_hash)
        query = query.where(ReceiptRow.orphaned.is_(False), BlockRow.timestamp >= begin)
        by_day: dict[date, list[tuple[int, int]]] = defaultdict(list)
        for moment, gas, price in session.execute(query):
            by_day[datetime.fromtimestamp(moment, UTC).date()].append((gas, gas * price))
        return [
            DaySpent(day, len(by_day[day]), sum(gas for gas, _ in by_day[day]), sum(wei for _, wei in by_day[day]))
            for day in days
        ]


def _counts(session: Session) -> list[StateCount]:
    query = select(TransactionRow.state, func.count(), func.min(TransactionRow.created_at))
    found = {state: (count, oldest) for state, count, oldest in session.execute(query.group_by(TransactionRow.state))}
    return [StateCount(state, *found.get(state, (0, None))) for state in TransactionState]


def _queue(session: Session) -> list[QueueLine]:
    is_open = TransactionRow.state.in_((*WAITING, TransactionState.MINED))
    attempts = select(func.count()).where(AttemptRow.transaction_id == TransactionRow.id).scalar_subquery()
    query = select(TransactionRow, attempts).where(is_open).order_by(TransactionRow.sequence).limit(QUEUE_SHOWN)
    return [
        QueueLine(
            id=row.id,
            purpose=row.purpose,
            state=TransactionState(row.state),
            since=row.created_at,
            nonce=row.nonce,
            attempts=count,
            note=row.note,
        )
        for row, count in session.execute(query)
    ]


def _alarms(session: Session) -> list[AlarmView]:
    """Those that last first, then the newest of those that are over."""
    query = select(AlarmRow).where(AlarmRow.began_at.is_not(None))
    query = query.order_by(AlarmRow.ended_at.is_not(None), AlarmRow.began_at.desc()).limit(ALARMS_SHOWN)
    return [
        AlarmView(AlarmKind(row.kind), row.subject, row.note, row.since, row.ended_at) for row in session.scalars(query)
    ]


def _wei(text: str | None) -> int | None:
    return None if text is None else int(text)
