"""The operator's page of the chain: queue, purse, spending, lag, endpoints, contracts, alarms."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Blueprint, jsonify, render_template
from flask_babel import format_decimal, format_timedelta
from flask_babel import lazy_gettext as _

from ipx.chain.operations import ChainOperations, ChainOverview, DaySpent
from ipx.chain.rules import AlarmKind, TransactionState
from ipx.core.ports import Clock
from ipx.web.errors import wants_json
from ipx.web.guards import operators
from ipx.web.services import provided
from ipx.web.transactions import db

blueprint = Blueprint("chain", __name__)

WEI_IN_ETHER, WEI_IN_GWEI = 10**18, 10**9
STATES = {
    TransactionState.QUEUED: _("queued"),
    TransactionState.SIGNED: _("signed, not sent"),
    TransactionState.SENT: _("sent"),
    TransactionState.MINED: _("in a block, not final"),
    TransactionState.REORGED: _("its block vanished"),
    TransactionState.FINAL: _("final"),
    TransactionState.FAILED: _("refused by the contract"),
}
ALARMS = {
    AlarmKind.STUCK: _("The queue is stuck"),
    AlarmKind.MONEY: _("The money for gas runs out"),
    AlarmKind.FEES: _("Gas costs more than the cap"),
    AlarmKind.ENDPOINT: _("An endpoint cannot be relied on"),
    AlarmKind.LAG: _("The mirror of the chain stays behind"),
}
HEALTH = {
    "ok": _("well"),
    "behind": _("behind"),
    "away": _("away"),
    "wrong": _("wrong: not used"),
    "disagrees": _("disagrees with the others"),
}


@blueprint.get("/operator/chain")
@operators
def operator() -> Any:
    """Show how the chain's part of the exchange is, from what was last seen."""
    overview = provided(ChainOperations).overview(db())
    if wants_json():
        return jsonify(_plain(asdict(overview) | {"head": overview.head}))
    now = provided(Clock).now()  # type: ignore[type-abstract]
    return render_template(
        "operator/chain.html",
        chain=overview,
        lag=_lag(overview),
        bars=_bars(overview.spent),
        states=STATES,
        alarm_words=ALARMS,
        health_words=HEALTH,
        ether=ether,
        gwei=gwei,
        age=lambda since: format_timedelta(now - since, granularity="second"),
    )


def ether(wei: int | None) -> str | None:
    """Return an amount in ETH, to a millionth; None stays None."""
    return None if wei is None else f"{format_decimal(Decimal(wei) / WEI_IN_ETHER, format='#,##0.######')} ETH"


def gwei(wei: int | None) -> str | None:
    """Return a price of gas in gwei."""
    return None if wei is None else f"{format_decimal(Decimal(wei) / WEI_IN_GWEI, format='#,##0.###')} gwei"


def _lag(overview: ChainOverview) -> int | None:
    return None if overview.head is None else max(0, overview.head - overview.mirrored_to)


def _bars(spent: Sequence[DaySpent]) -> list[dict[str, float]]:
    """Return each day's bar in per cent of the picture: left edge, width, top, height."""
    most = max((day.wei for day in spent), default=0) or 1
    step = 100 / len(spent)
    return [
        {
            "x": round(number * step + step * 0.15, 3),
            "width": round(step * 0.7, 3),
            "height": round(100 * day.wei / most, 3),
        }
        for number, day in enumerate(spent)
    ]


def _plain(value: Any) -> Any:
    """Return what JSON can hold: moments as text, and amounts beyond 2^53 as decimal text."""
    if isinstance(value, dict):
        return {key: _amount(key, item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, (datetime, date)) else value


def _amount(key: str, value: Any) -> Any:
    is_wei = key in ("balance", "needed", "max_fee", "fee_cap", "wei")
    return str(value) if is_wei and value is not None else _plain(value)
