"""Reduces a licence's events to what the contract stores, and computes its status as the contract does. Pure.

A status is never stored for what follows from something else: a sublicence ends with its parent without any act
(*lazily*), unless it survives; then it hangs on the title. docs/spec/rebuild.md says the rule.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ipx.history.rebuild.codes import IN_FORCE, NOBODY, Exclusivity, Status, TransferRule
from ipx.history.rebuild.records import Act, ChainEvent

NO_PARENT = "0x" + "0" * 64
CHANGES = {
    "Suspended": Status.SUSPENDED,
    "Resumed": Status.ACTIVE,
    "Terminated": Status.TERMINATED,
}


class StoredLicence:
    """What the contract stores of one licence, after its events in the chain's order."""

    def __init__(self, granted: ChainEvent) -> None:
        arguments = granted.arguments
        self.granted = granted
        self.holder: str = arguments["holder"]
        self.parent: str | None = None if arguments["parent"] == NO_PARENT else arguments["parent"]
        self.titles: Sequence[str] = arguments["titles"]
        self.authority: str | None = None if arguments["authority"] == NOBODY else arguments["authority"]
        self.transfer_rule = TransferRule(arguments["transferRule"])
        self.survives: bool = arguments["survives"]
        self.exclusivity = Exclusivity(arguments["exclusivity"])
        self.start: int = arguments["start"]
        self.end: int = arguments["end"]
        self.is_published = bool(self.exclusivity or self.start or self.end)
        self.status = Status.ACTIVE
        self.is_converted = False
        self.nonce = 0
        self.acts: list[Act] = []
        self.last_block = granted.block

    @property
    def lead_title(self) -> str:
        """The title that the licence hangs on."""
        return self.titles[0]

    def apply(self, event: ChainEvent) -> None:
        """Follow one event after the grant."""
        if event.name == "LicenceTransferred":
            self.holder = event.arguments["to"]
        elif event.name == "Converted":
            self.is_converted = True
            self.exclusivity = Exclusivity.NON_EXCLUSIVE if self.is_published else self.exclusivity
        elif event.name == "Renewed":
            self.end = event.arguments["end"] if self.is_published else 0
        else:
            self.status = CHANGES[event.name]
        self.nonce += 1
        self.last_block = event.block
        self.acts.append(_act(event))


def status_of(licence: StoredLicence, licences: Mapping[str, StoredLicence], *, at: int) -> Status:
    """Return the status at a time, with what the licence hangs on: the walk of ``_statusNow``, tier by tier."""
    above = _status_above(licence, licences, at=at)
    if Status.TERMINATED in (licence.status, above):
        return Status.TERMINATED
    if licence.status is Status.SUSPENDED:
        return Status.SUSPENDED
    if licence.is_published and licence.end and at >= licence.end:
        return Status.EXPIRED
    if licence.is_published and at < licence.start:
        return Status.NOT_BEGUN
    if above not in IN_FORCE:
        return above
    return Status.CONVERTED if licence.is_converted else Status.ACTIVE


def _status_above(licence: StoredLicence, licences: Mapping[str, StoredLicence], *, at: int) -> Status:
    """Return the parent's status; ACTIVE where there is none, or where it has ended and the licence survives it."""
    if licence.parent is None:
        return Status.ACTIVE
    parent = licences.get(licence.parent)
    above = status_of(parent, licences, at=at) if parent else Status.NONE
    return Status.ACTIVE if above is Status.TERMINATED and licence.survives else above


def hangs_on_title(licence: StoredLicence, licences: Mapping[str, StoredLicence], *, at: int) -> bool:
    """Tell whether the licensor is the title's holder: no parent, or one that has ended."""
    if licence.parent is None:
        return True
    parent = licences.get(licence.parent)
    return parent is not None and status_of(parent, licences, at=at) is Status.TERMINATED


def _act(event: ChainEvent) -> Act:
    arguments: Mapping[str, Any] = event.arguments
    is_transfer = event.name == "LicenceTransferred"
    return Act(
        name=event.name,
        by=arguments["from"] if is_transfer else arguments["by"],
        to=arguments["to"] if is_transfer else "",
        kind=0 if is_transfer else arguments["reason"],
        share_bps=0,
        executed=0,
        document=arguments["document"],
        nonce=arguments["nonce"],
        takes_effect=event.time,
        block=event.block,
        time=event.time,
        transaction=event.transaction,
    )
