"""Several RPC endpoints of one chain, asked as one node: fail-over, pins, and others to second a word.

An endpoint is used only after chain id and code were compared with the deployment, at its first use and again after
every time that it did not answer. It must never fall back to one that is on another chain, nor show a key in a name.
"""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from ipx.adapters.evm.deployment import known_chains, read_deployment, verify_deployment
from ipx.adapters.evm.refusals import is_revert
from ipx.adapters.evm.rpc import NodeError, Rpc
from ipx.core.errors import ExchangeError, Tampered, Unavailable

logger = logging.getLogger(__name__)

AWAY_SECONDS = 5.0  # before one that did not answer, or is wrong, is tried again while another one is well
Pin = Callable[[Rpc], None]
Answer = TypeVar("Answer")


class Endpoint:
    """One node, and what we know of it. ``trouble`` is None while it is well."""

    def __init__(self, rpc: Rpc, name: str) -> None:
        self.rpc = rpc
        self.name = name
        self.is_verified = False
        self.trouble: ExchangeError | None = None
        self.retry_at = 0.0


class Endpoints:
    """Asks one endpoint as long as it is well, then the next. The first one is preferred at the start only.

    ``pin`` raises Tampered for a node on another chain or with other code; ``now`` is in seconds, monotonic.
    """

    def __init__(
        self, endpoints: Sequence[Endpoint], *, pin: Pin = lambda rpc: None, now: Callable[[], float] = time.monotonic
    ) -> None:
        self.all = tuple(endpoints)
        self._pin = pin
        self._now = now
        self._current = self.all[0]
        self._lock = threading.Lock()

    # ── questions ────────────────────────────────────────────────────────────────────────────────

    def call(self, method: str, *params: object) -> Any:
        """Return the first answer. Raises NodeError when the contract reverts or all refuse, Unavailable, Tampered."""
        refusal: NodeError | None = None
        trouble: ExchangeError | None = None
        for endpoint in self._in_turn():
            try:
                answer = self.ask(endpoint, lambda rpc: rpc.call(method, *params))
            except NodeError as error:
                if is_revert(error):
                    raise
                refusal = refusal or error
            except (Unavailable, Tampered) as error:
                trouble = _graver(trouble, error)
            else:
                self.prefer(endpoint)
                return answer
        raise refusal or trouble or Unavailable("The chain node does not answer.")

    def find(self, method: str, *params: object) -> Any:
        """Return the first answer that is not null: the absence of something on one endpoint is no evidence."""
        answer = self.call(method, *params)
        if answer is not None:
            return answer
        for endpoint in self._others():
            try:
                found = self.ask(endpoint, lambda rpc: rpc.call(method, *params))
            except (NodeError, Unavailable, Tampered):
                continue  # the preferred one has answered already
            if found is not None:
                return found
        return None

    def spread(self, method: str, *params: object) -> Any:
        """Hand something to every endpoint. One that takes it is enough; raises NodeError when none does and one
        refused, else Unavailable, Tampered."""
        refusal: NodeError | None = None
        trouble: ExchangeError | None = None
        taken: list[Any] = []
        for endpoint in self._in_turn():
            if taken and not self._is_due(endpoint):
                continue
            try:
                taken.append(self.ask(endpoint, lambda rpc: rpc.call(method, *params)))
            except NodeError as error:
                refusal = refusal or error
            except (Unavailable, Tampered) as error:
                trouble = _graver(trouble, error)
        if taken:
            return taken[0]
        raise refusal or trouble or Unavailable("The chain node does not answer.")

    def ask(self, endpoint: Endpoint, question: Callable[[Rpc], Answer]) -> Answer:
        """Ask one endpoint, verified first where it has to be. Raises Unavailable, Tampered, NodeError."""
        try:
            if not endpoint.is_verified:
                self._pin(endpoint.rpc)
                endpoint.is_verified = True
            answer = question(endpoint.rpc)
        except (Unavailable, Tampered) as error:
            self._set_aside(endpoint, error)
            raise
        if endpoint.trouble is not None:
            logger.warning("the chain endpoint %s is well again", endpoint.name)
            endpoint.trouble = None
        return answer

    # ── which one ────────────────────────────────────────────────────────────────────────────────

    @property
    def current(self) -> Endpoint:
        """The one that questions go to at present."""
        return self._current

    def prefer(self, endpoint: Endpoint) -> None:
        """Ask this one from now on."""
        with self._lock:
            if self._current is not endpoint:
                logger.warning("the chain is now asked at %s instead of %s", endpoint.name, self._current.name)
                self._current = endpoint

    def witnesses(self) -> list[Endpoint]:
        """Return the others that are not known to be in trouble."""
        return [endpoint for endpoint in self._others() if endpoint.trouble is None]

    def forget(self, endpoint: Endpoint) -> None:
        """Compare chain id and code again before the next question."""
        endpoint.is_verified = False

    def _in_turn(self) -> list[Endpoint]:
        """The current one first; those set aside come last until their time is over."""
        ordered = [self._current, *self._others()]
        return sorted(ordered, key=lambda endpoint: not self._is_due(endpoint))

    def _is_due(self, endpoint: Endpoint) -> bool:
        return endpoint.trouble is None or endpoint.retry_at <= self._now()

    def _others(self) -> list[Endpoint]:
        current = self._current
        return [endpoint for endpoint in self.all if endpoint is not current]

    def _set_aside(self, endpoint: Endpoint, error: Unavailable | Tampered) -> None:
        if endpoint.trouble is None:
            logger.warning("the chain endpoint %s is not used: %s", endpoint.name, error.message)
        endpoint.is_verified = False
        endpoint.trouble = error
        endpoint.retry_at = self._now() + AWAY_SECONDS


def endpoints_at(urls: Sequence[str], *, pin: Pin = lambda rpc: None) -> Endpoints:
    """Return the endpoints at these addresses, in the order in which they are preferred."""
    names: list[str] = []
    for url in urls:
        parts = urlsplit(url)
        name = f"{parts.hostname}:{parts.port}" if parts.port else str(parts.hostname)  # a path may hold an API key
        names.append(name if name not in names else f"{name} ({len(names) + 1})")
    return Endpoints([Endpoint(Rpc(url), name) for url, name in zip(urls, names, strict=True)], pin=pin)


def single(rpc: Rpc) -> Endpoints:
    """Return one node as endpoints; nothing is pinned, since it is ours or its caller compares by itself."""
    return Endpoints([Endpoint(rpc, "embedded")])


def pin_to(folder: Path, chain_id: int | None = None) -> Pin:
    """Return the comparison with the deployment of a folder; before there is one, nothing can be compared."""

    def verify(rpc: Rpc) -> None:
        known = known_chains(folder)
        if chain_id is None and len(known) != 1:
            return
        deployment = read_deployment(folder, known[0] if chain_id is None else chain_id)
        if deployment.current is None:
            return
        try:
            verify_deployment(rpc, deployment)
        except NodeError as error:
            raise Unavailable(f"The chain node refuses to answer: {error.message}") from error

    return verify


def _graver(before: ExchangeError | None, now: ExchangeError) -> ExchangeError:
    """A node that is away may come back; that all the others are wrong is what must be said."""
    return before if isinstance(before, Tampered) and not isinstance(now, Tampered) else now
