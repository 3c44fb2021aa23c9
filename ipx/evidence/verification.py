"""Verification of an evidence bundle, step by step, in plain words; pure.

A verdict names its level, because a forger can invent a root: *content* (this content is under this root), *header*
(the root is in this block header), *chain* (the block is on the chain). It must never call anything below *chain*
genuine, and never needs this company, its server or its database.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol

from ipx.core import commitment, merkle
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.evidence import bundle as bundles
from ipx.evidence.bundle import Bundle, NotABundle
from ipx.evidence.header import header_problem
from ipx.evidence.time_stamps import are_apart, verify_time_stamps

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

CONTENT, HEADER, CHAIN = "content", "header", "chain"
LEVELS = (CONTENT, HEADER, CHAIN)
HOLDS, REFUSED, UNREADABLE = "holds", "refused", "unreadable"


@dataclass(frozen=True)
class Anchored:
    """An ``Anchored`` event as a node tells it, in the spelling of the bundle."""

    contract: str
    sender: str
    root: bytes
    size: int
    head: bytes
    block_number: int
    block_hash: str
    block_time: int


class ChainReader(Protocol):
    """Any node of the chain. Every method may raise Unavailable."""

    def chain_id(self) -> int:
        """Return the node's chain id."""

    def anchored_in(self, transaction: str) -> Sequence[Anchored]:
        """Return the events of a successful transaction on the node's present chain, none when it is not there."""

    def final_height(self) -> int | None:
        """Return the height up to which blocks are final, None when the node does not say."""


@dataclass(frozen=True)
class Step:
    """One step: its name, what it means, whether it holds (None: not checked), and what was found."""

    name: str
    words: str
    ok: bool | None
    detail: str


@dataclass(frozen=True)
class Verdict:
    """What became of a bundle: the outcome, the level that was reached, and every step."""

    outcome: str
    level: str | None
    steps: Sequence[Step]
    summary: str
    bundle: Bundle | None

    def reaches(self, required: str) -> bool:
        """Tell whether the bundle holds at least on the level ``required``."""
        return self.level is not None and LEVELS.index(self.level) >= LEVELS.index(required)

    @property
    def failed(self) -> Step | None:
        """The first step that failed."""
        return next((step for step in self.steps if step.ok is False), None)

    def record(self) -> dict[str, Json]:
        """Return the verdict as JSON."""
        steps: list[Json] = [
            {"step": step.name, "words": step.words, "ok": step.ok, "detail": step.detail} for step in self.steps
        ]
        return {"outcome": self.outcome, "level": self.level, "summary": self.summary, "steps": steps}


def verify_bundle(
    data: bytes,
    *,
    file_sha256: bytes | None = None,
    chain: ChainReader | None = None,
    tsa_roots: Sequence["Certificate"] = (),
) -> Verdict:
    """Check everything that can be checked with what is given. Never raises for any bytes."""
    try:
        bundle = bundles.read(data)
    except NotABundle as error:
        return Verdict(UNREADABLE, None, (), str(error), None)
    except Tampered as error:
        step = Step("form", WORDS["form"], False, error.message)
        return Verdict(REFUSED, None, (step,), f"Refused. {error.message}", None)
    steps = (
        Step("form", WORDS["form"], True, f"It is a bundle of the format {bundle.format.name}."),
        _digest(bundle),
        _file(bundle, file_sha256),
        _commitment(bundle),
        _path(bundle),
        _head(bundle),
        _header(bundle),
        _chain(bundle, chain),
        _time_stamp(bundle, tsa_roots),
    )
    return _verdict(bundle, steps)


WORDS = {
    "form": "The file is an evidence bundle, written the one way that its format allows.",
    "digest": "The bundle's own checksum holds (it guards against accidents, not against forgers).",
    "file": "The file given has the SHA-256 that the bundle names.",
    "commitment": "The commitment is made of this SHA-256, the salt and the owner's account.",
    "path": "The commitment is a leaf of the batch: leaf and path lead to the anchored root.",
    "head": "Root, number of leaves and previous head give the anchored head.",
    "header": "The root is in a receipt of the block header that the bundle brings.",
    "chain": "The chain holds this root in this transaction and block.",
    "time_stamp": "An independent authority confirms the time of the root (RFC 3161): the second clock.",
}


def _digest(bundle: Bundle) -> Step:
    holds = bundle.digest == bundle.computed_digest
    found = "" if holds else f" It computes to {bundle.computed_digest.hex()}."
    return Step("digest", WORDS["digest"], holds, f"The bundle says {bundle.digest.hex()}.{found}")


def _file(bundle: Bundle, file_sha256: bytes | None) -> Step:
    if file_sha256 is None:
        return Step("file", WORDS["file"], None, "No file was given to compare.")
    if bundle.opening is None:
        detail = "The bundle does not disclose what its commitment is made of: it cannot tell which file it is about."
        return Step("file", WORDS["file"], False, detail)
    holds = file_sha256 == bundle.opening.content_sha256
    return Step("file", WORDS["file"], holds, f"The file's SHA-256 is {file_sha256.hex()}.")


def _commitment(bundle: Bundle) -> Step:
    opening = bundle.opening
    if opening is None:
        detail = f"The bundle discloses only the commitment {bundle.value.hex()}, not what it is made of."
        return Step("commitment", WORDS["commitment"], None, detail)
    value = commitment.commit(bundle.tag, salt=opening.salt, content_sha256=opening.content_sha256, owner=opening.owner)
    detail = f"SHA-256 {opening.content_sha256.hex()} and owner {opening.owner} give the commitment {value.hex()}."
    return Step("commitment", WORDS["commitment"], value == bundle.value, detail)


def _path(bundle: Bundle) -> Step:
    proof, anchor = bundle.proof, bundle.anchor
    place = f"Leaf {proof.leaf_index} of {proof.tree_size}"
    if proof.tree_size != anchor.size:
        return Step("path", WORDS["path"], False, f"{place}, but the anchor counts {anchor.size} leaves.")
    try:
        root = merkle.root_from_path(bundle.value, index=proof.leaf_index, size=proof.tree_size, path=proof.path)
    except Invalid as error:
        return Step("path", WORDS["path"], False, error.message)
    leaf = merkle.leaf_hash(bundle.value).hex()
    return Step("path", WORDS["path"], root == anchor.root, f"{place}, {leaf}, leads to the root {root.hex()}.")


def _head(bundle: Bundle) -> Step:
    anchor = bundle.anchor
    if anchor.size >= 1 << 64:
        return Step("head", WORDS["head"], False, "The number of leaves does not fit 64 bits.")
    head = merkle.chained_head(anchor.previous_head, anchor.root, anchor.size)
    return Step("head", WORDS["head"], head == anchor.head, f"After {anchor.previous_head.hex()} comes {head.hex()}.")


def _header(bundle: Bundle) -> Step:
    proof, anchor = bundle.block_proof, bundle.anchor
    if proof is None:
        return Step("header", WORDS["header"], None, "The bundle brings no block header with a receipt proof.")
    problem = header_problem(anchor, proof)
    detail = f"The header hashes to {anchor.block_hash}; receipt {proof.index} under it holds the root."
    return Step("header", WORDS["header"], not problem, problem or detail)


def _chain(bundle: Bundle, chain: ChainReader | None) -> Step:
    if chain is None:
        return Step("chain", WORDS["chain"], None, "No node of the chain was asked.")
    try:
        problem = _chain_problem(bundle, chain)
        final = chain.final_height()
    except Unavailable as error:
        return Step("chain", WORDS["chain"], None, f"The node could not be asked: {error.message}")
    if problem:
        return Step("chain", WORDS["chain"], False, problem)
    anchor = bundle.anchor
    depth = "" if final is None else " It is final." if final >= anchor.block_number else " It is not final yet."
    detail = f"Block {anchor.block_number} of chain {anchor.chain_id}, {moment(anchor.block_time)}.{depth}"
    return Step("chain", WORDS["chain"], True, detail)


def _time_stamp(bundle: Bundle, roots: Sequence["Certificate"]) -> Step:
    words = WORDS["time_stamp"]
    if bundle.time_stamps is None:
        return Step("time_stamp", words, None, "The bundle brings no time stamp of an authority.")
    if not roots:
        return Step("time_stamp", words, None, "No roots of authorities were given (--tsa-roots).")
    try:
        readings = verify_time_stamps(bundle.time_stamps, bundle.anchor.root, roots)
    except Tampered as error:
        return Step("time_stamp", words, False, error.message)
    first, last = readings[0], readings[-1]
    if last.holds_until < datetime.now(UTC):
        detail = f"It ran out on {last.holds_until:%d %B %Y}. The exchange may have a bundle with a renewed one."
        return Step("time_stamp", words, None, detail)
    warning = ""
    if are_apart(first.time, bundle.anchor.block_time):
        apart = timedelta(seconds=round(abs(first.time.timestamp() - bundle.anchor.block_time)))
        warning = f" The block's time is {apart} away: ask why."
    detail = (
        f"{first.authority}: {moment(int(first.time.timestamp()))}, good until {last.holds_until:%d %B %Y}.{warning}"
    )
    return Step("time_stamp", words, True, detail)


def _chain_problem(bundle: Bundle, chain: ChainReader) -> str:
    anchor = bundle.anchor
    found = chain.chain_id()
    if found != anchor.chain_id:
        return f"The bundle names chain {anchor.chain_id}, the node is on chain {found}."
    events = chain.anchored_in(anchor.transaction)
    if not events:
        return f"The node knows no anchor in the transaction {anchor.transaction}."
    expected = Anchored(**{name: getattr(anchor, name) for name in Anchored.__dataclass_fields__})
    if expected in events:
        return ""
    names = [name for name in Anchored.__dataclass_fields__ if getattr(events[0], name) != getattr(anchor, name)]
    return f"The chain says otherwise about: {', '.join(names)}."


def _verdict(bundle: Bundle, steps: Sequence[Step]) -> Verdict:
    failed = [step for step in steps if step.ok is False]
    if failed:
        return Verdict(REFUSED, None, steps, f"Refused at the step “{failed[0].name}”. {failed[0].detail}", bundle)
    held = {step.name for step in steps if step.ok}
    level = next(level for level in (CHAIN, HEADER, CONTENT) if level in held or level == CONTENT)
    return Verdict(HOLDS, level, steps, _summary(bundle, level, "file" in held), bundle)


def _summary(bundle: Bundle, level: str, with_file: bool) -> str:
    what = "the commitment" if bundle.opening is None else "this file" if with_file else "the content that it names"
    if level == CHAIN:
        return f"Genuine: {what} existed on {moment(bundle.anchor.block_time)}, as the chain confirms."
    where = "the root, and the root is in the block header" if level == HEADER else "the root"
    return f"Holds on the level “{level}”: {what} is under {where}. Whether it is on the chain was not checked."


def moment(seconds: int) -> str:
    """Return a Unix time in words, in UTC; the bare number when no calendar reaches so far."""
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime("%d %B %Y, %H:%M:%S UTC").lstrip("0")
    except (OverflowError, ValueError, OSError):
        return f"second {seconds} after 1970"
