"""What the register on the chain says about a title, as conveyances between the parties that accounts stand for.

An act on the same document as an entry, of the same kind, is that entry's proof, and is not counted twice.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any

from sqlalchemy.orm import Session

from ipx.accounts.service import AccountService
from ipx.chain.service import ChainService, EventView
from ipx.core.typed_data import ZERO_WORD
from ipx.titles.entries import Conveyance, Giver
from ipx.titles.records import Announcement, Block, EntryView
from ipx.titles.rules import CONVEYS_SHARE, REGISTER_CODES, Basis, ConveyanceKind

REGISTRY = "TitleRegistry"
WHOLE_BPS = 10_000
ACCOUNT_CHANGE = 12


class RegisterReader:
    """Reads the mirrored events of one title."""

    def __init__(self, *, chain: ChainService, accounts: AccountService) -> None:
        self._chain = chain
        self._accounts = accounts

    def acts(self, session: Session, *, token: int) -> list[tuple[EntryView, str]]:
        """Return the conveyances and rectifications of a title, each with the commitment of its document, in order."""
        events = self._chain.events_of(session, contract=REGISTRY, subject=token)
        acts = [event for event in events if event.event in ("Conveyed", "Rectified")]
        addresses = {str(event.arguments[name]) for event in acts for name in _parties_of(event)}
        names = self._accounts.names_of_addresses(session, sorted(addresses))
        found = []
        for event in acts:
            found.append((_view(event, names), str(event.arguments["document"])))
            if event.arguments.get("kind") == ACCOUNT_CHANGE:  # the same party, from now on by another account
                giver, receiver = (str(event.arguments[name]).lower() for name in _parties_of(event))
                names.setdefault(receiver, names.get(giver, giver))
        return found

    def announcements(self, session: Session, *, token: int) -> list[Announcement]:
        """Return the rectifications of a title that were announced, and what became of each, in the chain's order."""
        proposed = self._chain.events_of(session, contract=REGISTRY, event="RectificationProposed", subject=token)
        if not proposed:
            return []
        done = self._chain.events_of(session, contract=REGISTRY, event="Rectified", subject=token)
        rectified = {event.arguments["digest"] for event in done}
        addresses = {str(event.arguments[name]) for event in proposed for name in ("holder", "to")}
        names = self._accounts.names_of_addresses(session, sorted(addresses))
        return [self._announcement(session, event, names, rectified) for event in proposed]

    def _announcement(
        self, session: Session, event: EventView, names: Mapping[str, str], rectified: set[Any]
    ) -> Announcement:
        said = event.arguments
        digest = str(said["digest"])
        withdrawn = self._chain.events_of(session, contract=REGISTRY, event="RectificationWithdrawn", subject=digest)
        state = "rectified" if said["digest"] in rectified else "withdrawn" if withdrawn else "announced"
        return Announcement(
            holder=_named(str(said["holder"]), names),
            to=_named(str(said["to"]), names),
            basis=list(Basis)[int(said["basis"]) - 1],
            not_before=datetime.fromtimestamp(int(said["notBefore"]), UTC),
            state=state,
            block=block_of(event),
        )


def joined(entries: Sequence[EntryView], acts: Sequence[tuple[EntryView, str]]) -> list[EntryView]:
    """Return entries with the blocks of their acts, and the acts that no entry states."""
    rest = list(acts)
    found = []
    for view in entries:
        same = next((each for each in rest if _is_same(view, *each)), None)
        if same is not None:
            rest.remove(same)
        found.append(replace(view, block=same[0].block) if same else view)
    return [*found, *(act for act, _ in rest)]


def _is_same(view: EntryView, act: EntryView, document: str) -> bool:
    if view.instrument is None or not isinstance(view.entry, Conveyance) or not isinstance(act.entry, Conveyance):
        return False
    commitment = "0x" + view.instrument.stamp.commitment.hex()
    return document != ZERO_WORD and document == commitment and view.entry.kind is act.entry.kind


def _parties_of(event: EventView) -> tuple[str, str]:
    return ("from", "to") if event.event == "Conveyed" else ("original", "holder")


def _view(event: EventView, names: Mapping[str, str]) -> EntryView:
    said = event.arguments
    giver, receiver = (_named(str(said[name]), names) for name in _parties_of(event))
    moment = datetime.fromtimestamp(event.block_time, UTC)
    kind = REGISTER_CODES[int(said["kind"])] if event.event == "Conveyed" else ConveyanceKind.CORRECTION
    executed = int(said.get("executed", 0))
    day = datetime.fromtimestamp(executed, UTC).date() if executed else moment.date()
    share = Fraction(int(said["shareBps"]), WHOLE_BPS) if kind in CONVEYS_SHARE and "shareBps" in said else None
    conveyance = Conveyance(
        kind=kind,
        givers=(Giver(giver, day),),
        receiver=receiver,
        share=None if share == 1 else share,
        reference=f"{event.event}, block {event.block_number}",
    )
    block = block_of(event)
    place = f"{event.transaction}:{event.log_index}"
    return EntryView(place, conveyance, None, None, None, "", block)


def block_of(event: EventView) -> Block:
    """Return where the chain says it."""
    moment = datetime.fromtimestamp(event.block_time, UTC)
    return Block(event.transaction, event.block_number, moment, event.is_final)


def _named(address: str, names: Mapping[str, str]) -> str:
    return names.get(address.lower(), address)
