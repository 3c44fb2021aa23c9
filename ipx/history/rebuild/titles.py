"""Reduces a title's events to what was so on one date, as known on another. Pure.

Two orders are kept apart. In the *register's* order, that of the chain, the contract counts: holder, nonce, evidence.
In the order of *effect* an instrument counts from the date on which it was executed, and a rectification that calls the
record wrong counts from where that record began: by it shares and interests are derived. The giver must have held what
it gave; an instrument that is dated earlier counts from when its giver held, and is flagged.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ipx.history.rebuild.codes import (
    CONVEYS_SHARE,
    NO_DOCUMENT,
    SAYS_RECORD_WAS_WRONG,
    WHOLE_BPS,
    ConveyanceKind,
    Evidence,
)
from ipx.history.rebuild.records import Act, ChainEvent, Rectification, Title
from ipx.history.rebuild.shares import Ownership

GRANT_HEAD = b"ipx/granthead/v1\x00"
REGISTERED, CONVEYED, SUBSTANTIATED, RECTIFIED = "Registered", "Conveyed", "Substantiated", "Rectified"


@dataclass(frozen=True)
class Placed:
    """An act with its place in the order of effect."""

    effect: int
    after: tuple[int, int]
    place: tuple[int, int]
    act: Act


def moves_token(kind: int, share_bps: int) -> bool:
    """Tell whether a conveyance by the administrative holder to somebody else moves the token."""
    return share_bps == WHOLE_BPS and (kind in CONVEYS_SHARE or kind == ConveyanceKind.ACCOUNT_CHANGE)


def grant_head(grants: Sequence[str]) -> str:
    """Return the chained head of all grants under a title, in their order: what ``grantHeadOf`` answers."""
    head = bytes(32)
    for commitment in grants:
        head = hashlib.sha256(GRANT_HEAD + head + bytes.fromhex(commitment[2:])).digest()
    return "0x" + head.hex()


class Register:
    """What the contract stores of one title, after its events in the chain's order."""

    def __init__(self, registered: ChainEvent) -> None:
        arguments = registered.arguments
        self.holder: str = arguments["holder"]
        self.evidence: int = arguments["evidence"]
        self.document: str = arguments["document"]
        self.nonce = 0

    def apply(self, event: ChainEvent) -> None:
        """Follow one event after the registration; proposals change nothing."""
        arguments = event.arguments
        if event.name == CONVEYED:
            self._convey(arguments)
        elif event.name == RECTIFIED:
            self.holder = arguments["holder"]
            self.evidence, self.document = _evidence_by(arguments["document"]), arguments["document"]
        elif event.name == SUBSTANTIATED:
            self.evidence, self.document = arguments["evidence"], arguments["document"]
        else:
            return
        self.nonce += 1

    def _convey(self, arguments: Mapping[str, object]) -> None:
        kind, to, document = int(str(arguments["kind"])), str(arguments["to"]), str(arguments["document"])
        by_holder = arguments["from"] == self.holder and to != self.holder
        if by_holder and moves_token(kind, int(str(arguments["shareBps"]))):
            self.holder = to
            if kind != ConveyanceKind.ACCOUNT_CHANGE:
                self.evidence, self.document = _evidence_by(document), document


class TitleHistory:
    """One title's events, and its state on any date."""

    def __init__(self, registered: ChainEvent) -> None:
        self.registered = registered
        self.events: list[ChainEvent] = []
        self.grants: list[tuple[int, str]] = []  # time and commitment, in order

    def at(self, *, as_of: int, known_at: int) -> Title | None:
        """Return the title, None where it was not registered by then or nobody could know."""
        if self.registered.time > min(as_of, known_at):
            return None
        known = [event for event in self.events if event.time <= known_at]
        register = self.register_at(min(as_of, known_at))
        ownership, acts = self._in_effect(known, as_of)
        grants = [commitment for time, commitment in self.grants if time <= min(as_of, known_at)]
        event = self.registered
        seen = [event, *(later for later in known if later.time <= as_of)]
        return Title(
            registry=event.registry,
            token=event.arguments["title"],
            holder=ownership.holder,
            recorded_holder=register.holder,
            shares=ownership.shares(),
            interests=tuple(ownership.interests),
            evidence=Evidence(register.evidence),
            document=register.document,
            nonce=register.nonce,
            registered_block=event.block,
            registered_time=event.time,
            transaction=event.transaction,
            last_block=seen[-1].block,
            acts=acts,
            rectifications=_rectifications(seen),
            grants=grants,
            grant_head=grant_head(grants),
            gaps=ownership.all_gaps(register),
        )

    def register_at(self, time: int, *, before: tuple[int, int] | None = None) -> Register:
        """Return what the contract stored at a time; ``before``: only acts that stand before this place."""
        register = Register(self.registered)
        for event in self.events:
            if event.time <= time and (before is None or event.place < before):
                register.apply(event)
        return register

    def ownership_at(self, *, as_of: int, known_at: int) -> Ownership:
        """Return who held what on a date, as known at another."""
        return self._in_effect([event for event in self.events if event.time <= known_at], as_of)[0]

    def _in_effect(self, known: Sequence[ChainEvent], as_of: int) -> tuple[Ownership, tuple[Act, ...]]:
        ownership = Ownership(self.registered)
        placed = self._placed(known)
        for item in sorted(placed, key=lambda one: (one.effect, one.after, one.place)):
            if item.effect <= as_of:
                ownership.apply(item.act)
        return ownership, tuple(item.act for item in placed)

    def _placed(self, known: Sequence[ChainEvent]) -> list[Placed]:
        """Give each act the moment from which it counts; in the register's order."""
        first, register = self.registered, Register(self.registered)
        beginning = (first.time, first.place)
        holder_since = beginning
        since = {register.holder: beginning}  # from when an account holds anything
        placed = []
        for event in known:
            before = register.holder
            if event.name == CONVEYED:
                giver = event.arguments["from"]
                item = _conveyance(event, holder_since if giver == before else since.get(giver, beginning))
            elif event.name == RECTIFIED:
                item = _rectification(event, holder_since)
            register.apply(event)
            if event.name not in (CONVEYED, RECTIFIED):
                continue
            placed.append(item)
            if register.holder != before:
                holder_since = (item.effect, item.after)
            since[item.act.to] = min((item.effect, item.after), since.get(item.act.to, (item.effect, item.after)))
        return placed


def _conveyance(event: ChainEvent, held_since: tuple[int, tuple[int, int]]) -> Placed:
    arguments = event.arguments
    dated = arguments["executed"] if 0 < arguments["executed"] <= event.time else event.time
    effect = max(dated, held_since[0])
    act = Act(
        name=CONVEYED,
        by=arguments["from"],
        to=arguments["to"],
        kind=arguments["kind"],
        share_bps=arguments["shareBps"],
        executed=arguments["executed"],
        document=arguments["document"],
        nonce=arguments["nonce"],
        takes_effect=effect,
        block=event.block,
        time=event.time,
        transaction=event.transaction,
    )
    return Placed(effect, event.place, event.place, act)


def _rectification(event: ChainEvent, held_since: tuple[int, tuple[int, int]]) -> Placed:
    arguments = event.arguments
    is_retroactive = arguments["basis"] in SAYS_RECORD_WAS_WRONG
    effect = held_since[0] if is_retroactive else event.time
    after = held_since[1] if is_retroactive else event.place
    act = Act(
        name=RECTIFIED,
        by=arguments["original"],
        to=arguments["holder"],
        kind=arguments["basis"],
        share_bps=WHOLE_BPS,
        executed=0,
        document=arguments["document"],
        nonce=None,
        takes_effect=effect,
        block=event.block,
        time=event.time,
        transaction=event.transaction,
    )
    return Placed(effect, after, event.place, act)


def _rectifications(seen: Sequence[ChainEvent]) -> tuple[Rectification, ...]:
    found: dict[str, Rectification] = {}
    for event in seen:
        arguments = event.arguments
        if event.name == "RectificationProposed":
            found[arguments["digest"]] = Rectification(
                digest=arguments["digest"],
                basis=arguments["basis"],
                holder=arguments["holder"],
                to=arguments["to"],
                document=arguments["document"],
                not_before=arguments["notBefore"],
                state="proposed",
                block=event.block,
            )
        elif event.name in ("RectificationWithdrawn", RECTIFIED) and arguments["digest"] in found:
            state = "rectified" if event.name == RECTIFIED else "withdrawn"
            settled = found[arguments["digest"]]
            found[arguments["digest"]] = Rectification(**{**settled.__dict__, "state": state})
    return tuple(found.values())


def _evidence_by(document: str) -> int:
    return Evidence.DECLARED if document == NO_DOCUMENT else Evidence.INSTRUMENT_ATTACHED
