"""The mutation fuzzer: every spoiled bundle must be refused by both verifiers, at the same step.

One verifier is ours, the other is verify.py, which shares no code with it. A mutation whose digest was computed again
may hold below the level *chain*; with a node it must be refused, without one it is counted apart. It must never mend a
failure by itself: what was accepted is shown with what was done to it.
"""

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from ipx.core.canonical import Json
from ipx.core.errors import Tampered, Unavailable
from ipx.evidence import verify
from ipx.evidence.certificate import is_certificate, read_certificate
from ipx.evidence.mutations import Mutation, at_random, single_bytes
from ipx.evidence.node import NodeReader
from ipx.evidence.verification import CHAIN, HOLDS, UNREADABLE, Anchored, verify_bundle

MOST_SHOWN = 20


@dataclass(frozen=True)
class Opinion:
    """What a verifier says: the outcome, the level that was reached, and the first step that failed."""

    outcome: str
    level: str | None
    step: str | None


Verifier: TypeAlias = Callable[[bytes], Opinion]


@dataclass
class Findings:
    """What the fuzzer found. ``accepted`` are the failures; ``by_step`` counts the step at which it was refused."""

    tried: int = 0
    refused: int = 0
    needs_chain: int = 0
    seconds: float = 0.0
    by_kind: Counter[str] = field(default_factory=Counter)
    by_step: Counter[str] = field(default_factory=Counter)
    accepted: list[str] = field(default_factory=list)
    disagreed: list[str] = field(default_factory=list)

    @property
    def per_second(self) -> float:
        """Mutations a second, each given to all verifiers."""
        return self.tried / self.seconds if self.seconds else 0.0

    @property
    def is_good(self) -> bool:
        """Nothing was accepted, and the verifiers said the same."""
        return not self.accepted and not self.disagreed

    def record(self) -> dict[str, Json]:
        """Return the findings as JSON."""
        return {
            "tried": self.tried,
            "refused": self.refused,
            "needs_chain": self.needs_chain,
            "accepted": list(self.accepted),
            "disagreed": list(self.disagreed),
            "seconds": str(round(self.seconds, 3)),
            "mutations_per_second": round(self.per_second),
            "by_kind": dict(sorted(self.by_kind.items())),
            "by_step": dict(sorted(self.by_step.items())),
        }


def bundle_in(data: bytes) -> bytes:
    """Return the bundle: the bytes themselves, or what a certificate carries. Raises Tampered."""
    return read_certificate(data)[0] if is_certificate(data) else data


def verifiers(*, file_sha256: bytes | None = None, rpc: str | None = None) -> dict[str, Verifier]:
    """Return both verifiers by name; what a node answered once is remembered. Raises Unavailable for a bad address."""
    reader = _Remembering(NodeReader(rpc)) if rpc else None
    node = _node(rpc) if rpc else None

    def ours(data: bytes) -> Opinion:
        verdict = verify_bundle(data, file_sha256=file_sha256, chain=reader)
        return Opinion(verdict.outcome, verdict.level, verdict.failed.name if verdict.failed else None)

    def alone(data: bytes) -> Opinion:
        verdict = verify.verify(data, file_sha256, node)
        failed = next((step["step"] for step in verdict["steps"] if step["ok"] is False), None)
        return Opinion(verdict["outcome"], verdict["level"], failed)

    return {"ipx verify": ours, "verify.py": alone}


def check_genuine(bundle: bytes, judges: Mapping[str, Verifier], *, needs_chain: bool) -> None:
    """Raise Tampered unless all verifiers accept the bundle, on the level *chain* when there is a node."""
    for name, judge in judges.items():
        opinion = judge(bundle)
        if opinion.outcome != HOLDS:
            raise Tampered(f"{name} does not accept the bundle itself, at the step {opinion.step}.")
        if needs_chain and opinion.level != CHAIN:
            raise Tampered(f"{name} does not reach the level chain with the bundle itself: is this the right node?")


def mutations_of(bundle: bytes, *, count: int, seed: int, every_value: bool = False) -> Iterable[Mutation]:
    """Return the sweep over every byte, then ``count`` random mutations; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - the same run again, not a secret
    return itertools.chain(single_bytes(bundle, chance, every_value=every_value), at_random(bundle, chance, count))


def fuzz(mutations: Iterable[Mutation], judges: Mapping[str, Verifier], *, has_chain: bool) -> Findings:
    """Give every mutation to every verifier and count what they say."""
    findings = Findings()
    started = time.monotonic()
    for mutation in mutations:
        _judge(findings, mutation, {name: judge(mutation.data) for name, judge in judges.items()}, has_chain)
    findings.seconds = time.monotonic() - started
    return findings


def _judge(findings: Findings, mutation: Mutation, opinions: Mapping[str, Opinion], has_chain: bool) -> None:
    findings.tried += 1
    findings.by_kind[mutation.kind] += 1
    said = set(opinions.values())
    if len(said) > 1:
        _note(findings.disagreed, mutation, opinions)
    believers = [name for name, opinion in opinions.items() if opinion.outcome == HOLDS]
    if not believers:
        findings.refused += 1
        findings.by_step[_step(next(iter(opinions.values())))] += 1
    elif mutation.resealed and not has_chain:
        findings.needs_chain += 1
    else:
        _note(findings.accepted, mutation, opinions)


def _note(notes: list[str], mutation: Mutation, opinions: Mapping[str, Opinion]) -> None:
    said = "; ".join(f"{name}: {opinion.outcome} {_step(opinion)}" for name, opinion in opinions.items())
    sealed = ", digest computed again" if mutation.resealed else ""
    if len(notes) < MOST_SHOWN:
        notes.append(f"{mutation.kind} ({mutation.what}{sealed}): {said}")


def _step(opinion: Opinion) -> str:
    return "no bundle" if opinion.outcome == UNREADABLE else str(opinion.step or opinion.level)


class _Remembering:
    """A ChainReader that asks the node once for each transaction."""

    def __init__(self, reader: NodeReader) -> None:
        self.chain_id = cache(reader.chain_id)
        self.final_height = cache(reader.final_height)
        self._anchored_in = cache(reader.anchored_in)

    def anchored_in(self, transaction: str) -> Sequence[Anchored]:
        """Return the node's answer, the first one again."""
        return self._anchored_in(transaction)


def _node(rpc: str) -> verify.Node:
    try:
        node = verify.Node(rpc)
    except verify.Unreadable as error:
        raise Unavailable(str(error)) from error
    ask: Any = cache(node.ask)
    node.ask = ask  # type: ignore[method-assign]
    return node
