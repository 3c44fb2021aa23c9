"""Who may rectify the register on the chain: asked of the contract once, as it is fixed for ever at deployment.

It asks the node, so nothing may be locked meanwhile; what was asked before is answered from memory.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from ipx.core.ports import ChainGateway, RectifierKeys
from ipx.core.typed_data import TypedData
from ipx.titles.register import REGISTRY


@dataclass(frozen=True)
class Rule:
    """How rectifications are decided: so many rectifiers, so many of whom must sign, after a public delay."""

    rectifiers: int
    threshold: int
    delay: timedelta


class Rectifiers:
    """The rectifiers of the present register. ``keys``: those of simulated ones, None in production."""

    def __init__(self, *, gateway: ChainGateway, keys: RectifierKeys | None) -> None:
        self._gateway = gateway
        self._keys = keys
        self._rules: dict[str, Rule] = {}
        self._known: dict[tuple[str, str], bool] = {}

    def rule(self) -> Rule:
        """Return how many must sign, and how long it is public before. Raises Unavailable."""
        registry = self._gateway.contract_address(REGISTRY)
        if registry not in self._rules:
            answer = cast("tuple[int, int, int]", self._gateway.call(REGISTRY, "rectificationRule", []))
            rectifiers, threshold, delay = (int(each) for each in answer)
            self._rules[registry] = Rule(rectifiers, threshold, timedelta(seconds=delay))
        return self._rules[registry]

    def includes(self, address: str) -> bool:
        """Tell whether an account is a rectifier of the register. Raises Unavailable."""
        key = (self._gateway.contract_address(REGISTRY), address)
        if key not in self._known:
            self._known[key] = bool(self._gateway.call(REGISTRY, "isRectifier", [address]))
        return self._known[key]

    def simulated(self) -> list[str]:
        """Return the rectifiers whose keys the exchange keeps, in the embedded mode. Raises Unavailable."""
        return [] if self._keys is None else [each for each in self._keys.addresses() if self.includes(each)]

    def sign(self, address: str, data: TypedData) -> bytes:
        """Return a simulated rectifier's signature. Raises NotFound: there is none with that address."""
        assert self._keys is not None
        return self._keys.sign(address, data)
