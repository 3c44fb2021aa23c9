"""Events of the registries made up for tests and benches of the reducer."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

from ipx.history.rebuild.records import ChainEvent

TITLES, LICENCES = "0x" + "a1" * 20, "0x" + "a2" * 20
DAY = 86_400
NO_DOCUMENT, DOCUMENT = "0x" + "0" * 64, "0x" + "d0" * 32


def account(name: str) -> str:
    return "0x" + name.encode().hex().rjust(40, "0")


def word(number: int) -> str:
    return f"0x{number:064x}"


class Story:
    """One title's events, day by day: ``on`` is the day of the block."""

    def __init__(self, title: int = 1) -> None:
        self.title = word(title)
        self.events: list[ChainEvent] = []
        self._index: Iterator[int] = count()
        self._nonce = 0

    def add(self, name: str, *, on: int, registry: str = TITLES, **arguments: Any) -> None:
        index = next(self._index)
        self.events.append(ChainEvent(registry, name, arguments, word(index), on, on * DAY, index))

    def registered(self, holder: str, *, on: int) -> None:
        self.add("Registered", on=on, title=self.title, holder=account(holder), evidence=0, document=NO_DOCUMENT)

    def conveyed(
        self, giver: str, to: str, *, on: int, kind: int = 1, bps: int = 10_000, executed: int = 0, bare: bool = False
    ) -> None:
        self.add(
            "Conveyed",
            on=on,
            title=self.title,
            **{"from": account(giver)},
            to=account(to),
            kind=kind,
            shareBps=bps,
            executed=executed * DAY,
            document=NO_DOCUMENT if bare else DOCUMENT,
            nonce=self._nonce,
        )
        self._nonce += 1

    def rectified(self, original: str, holder: str, *, on: int, basis: int) -> None:
        who: dict[str, Any] = {"title": self.title, "basis": basis, "document": DOCUMENT, "digest": word(99)}
        self.add(
            "RectificationProposed",
            on=on - 1,
            holder=account(original),
            to=account(holder),
            notBefore=on * DAY,
            **who,
        )
        self.add("Rectified", on=on, original=account(original), holder=account(holder), **who)
        self._nonce += 1

    def granted(self, licence: int, holder: str, *, on: int, parent: int = 0, **changes: Any) -> None:
        plain: dict[str, Any] = {
            "authority": account(""),
            "transferRule": 1,
            "survives": False,
            "exclusivity": 0,
            "start": 0,
            "end": 0,
        }
        self.add(
            "Granted",
            on=on,
            registry=LICENCES,
            licence=word(licence),
            holder=account(holder),
            parent=word(parent),
            titles=(self.title,),
            **{**plain, **changes},
        )
