"""What the room hands out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from ipx.core.money import Money
from ipx.core.typed_data import TypedData
from ipx.deals.rules import Side
from ipx.licences.records import Licence
from ipx.licences.terms_v2.terms import LicenceTerms
from ipx.life.acts import Moves
from ipx.life.duties import Duty
from ipx.life.folding import Due, Life
from ipx.life.rules import Chain, Handing, Kind, Step


@dataclass(frozen=True)
class Told:
    """A step as its page tells it. ``words``: what the side wrote; ``transaction_id``: ours, of its act on chain;
    ``licensee``: who held the licence then; ``handed_to``: who took it over by this step;
    ``was_withdrawn``: or would have, had it not been taken back."""

    step: Step
    recorded_at: datetime
    person_id: str | None
    words: str
    chain: Chain | None
    transaction_id: str | None
    failure: str | None
    licensee: str = ""
    handed_to: str = ""
    was_withdrawn: bool = False


@dataclass(frozen=True)
class ActToSign:
    """An act on the chain that waits for a side's own wallet. ``until``: the end of the term from then on."""

    step_id: str
    kind: Kind
    until: datetime | None
    wallet: str
    data: TypedData


@dataclass(frozen=True)
class Awaited:
    """The step that waits, and the side whose own wallet has to sign it."""

    step_id: str
    side: Side


@dataclass(frozen=True)
class HandingView:
    """A licence that is being handed on. ``fee``: what the terms ask for it; ``wallet``: that of who takes it over;
    ``may_withdraw``: the licensee can still take it back."""

    licence: Licence
    terms: LicenceTerms
    state: Handing
    from_name: str
    to_name: str
    words: str
    offered_at: datetime
    needs_consent: bool
    fee: Money | None
    wallet: str | None
    may_withdraw: bool


@dataclass(frozen=True)
class LifeView:
    """The life of a licence as one side sees it. ``due``: what follows by itself, ``duties``: what the terms ask for,
    both soonest first; ``overdue``: what was due and is not received, as of ``today`` (UTC); ``wallet``: the own one of
    the licensor, where it alone can sign acts on the chain; ``waits_for_wallet``: the step that waits for a side's."""

    licence: Licence
    terms: LicenceTerms
    life: Life
    steps: Sequence[Told]
    due: Sequence[Due]
    side: Side
    moves: Moves
    has_authority: bool
    wallet: str | None
    waits_for_wallet: Awaited | None
    today: date
    duties: Sequence[Duty] = ()
    handing: HandingView | None = None
    overdue: Sequence[Duty] = ()
