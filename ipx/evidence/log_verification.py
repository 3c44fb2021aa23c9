"""Verification of a proof about one of our logs (``ipx/log-proof/v1``), by somebody who trusts us in nothing. Pure.

docs/spec/log-head.md says what is checked, in which order. It must never need our database.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from ipx.core import canonical, merkle, merkle_log
from ipx.core.canonical import Json
from ipx.core.errors import Invalid, Tampered
from ipx.evidence.log_head import PROOF_FORMAT, TAG, LogHead, read_record
from ipx.evidence.verification import CHAIN, HOLDS, ChainReader, verify_bundle

_HASH = re.compile("[0-9a-f]{64}")


@dataclass(frozen=True)
class Finding:
    """One thing that was checked: whether it holds (None: not checked), in words."""

    ok: bool | None
    words: str


def verify_proof(proof: Json, *, chain: ChainReader | None = None) -> list[Finding]:
    """Check everything in a proof. The first finding that is False names what does not hold. Never raises."""
    try:
        return _findings(proof, chain)
    except (Tampered, Invalid) as error:
        return [Finding(ok=False, words=error.message)]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return [Finding(ok=False, words=f"This is no proof of the form {PROOF_FORMAT}: {error}")]


def _findings(proof: Json, chain: ChainReader | None) -> list[Finding]:
    if not isinstance(proof, Mapping) or proof["format"] != PROOF_FORMAT:
        raise Tampered(f"This is no proof of the form {PROOF_FORMAT}.")
    _only(proof, ("format", "log", "heads", "consistency", "lines"))
    entries = _objects(proof["heads"], ("record", "bundle"))
    heads = [read_record(entry["record"]) for entry in entries]
    if not 1 <= len(heads) <= 2 or {head.log for head in heads} != {proof["log"]}:
        raise Tampered("A proof is about one head or two of the log that it names.")
    found = [_head(head, entry["bundle"], chain) for head, entry in zip(heads, entries, strict=True)]
    if (len(heads) == 2) != (proof["consistency"] is not None):
        raise Tampered("Two heads, and they alone, come with the proof that one continues the other.")
    if len(heads) == 2:
        found.append(_consistency(heads[0], heads[1], _hashes(proof["consistency"], most=128)))
    lines = _objects(proof["lines"], ("number", "hash", "line", "path"))
    return [*found, *(_line(line, heads[-1]) for line in lines)]


def _head(head: LogHead, bundle: Json, chain: ChainReader | None) -> Finding:
    name = f"The head of the log “{head.log}” at line {head.lines}"
    verdict = verify_bundle(canonical.encode(bundle), file_sha256=head.content_sha256(), chain=chain)
    if verdict.outcome != HOLDS or verdict.bundle is None:
        return Finding(ok=False, words=f"{name} does not hold. {verdict.summary}")
    if verdict.bundle.tag != TAG:
        return Finding(ok=False, words=f"{name} does not hold: its commitment is one of another kind.")
    if chain is not None and verdict.level != CHAIN:
        asked = next(step for step in verdict.steps if step.name == CHAIN)
        return Finding(ok=False, words=f"{name} could not be looked up: {asked.detail}")
    anchor = verdict.bundle.anchor
    where = f"in the batch of block {anchor.block_number}, {anchor.sender} anchored it"
    return Finding(ok=True, words=f"{name} is {where}{'' if chain else ' (the chain was not asked)'}.")


def _consistency(first: LogHead, last: LogHead, path: Sequence[bytes]) -> Finding:
    holds = merkle_log.is_consistent(
        first=first.lines, second=last.lines, first_root=first.root, second_root=last.root, path=path
    )
    words = "continues" if holds else "DOES NOT continue"
    return Finding(holds, f"The log of {last.lines} lines {words} the log of {first.lines} lines.")


def _line(entry: Mapping[str, Json], head: LogHead) -> Finding:
    number, [line_hash] = entry["number"], _hashes([entry["hash"]])
    if not isinstance(number, int) or isinstance(number, bool):
        raise Tampered("The number of a line must be a whole number.")
    line = entry["line"]
    if line is not None and hashlib.sha256(canonical.encode(line)).digest() != line_hash:
        return Finding(ok=False, words=f"Line {number} does not have the hash that is given for it.")
    if isinstance(line, Mapping) and line.get("sequence") != number:
        return Finding(ok=False, words=f"Line {number} calls itself line {line.get('sequence')}.")
    root = merkle.root_from_path(line_hash, index=number - 1, size=head.lines, path=_hashes(entry["path"]))
    words = "is in the log" if root == head.root else "IS NOT in the log"
    shown = "" if line is not None else " (its hash alone is shown)"
    return Finding(root == head.root, f"Line {number} {words} of {head.lines} lines{shown}.")


def _objects(value: Json, names: Sequence[str]) -> Sequence[Mapping[str, Json]]:
    if not isinstance(value, list) or not all(isinstance(item, Mapping) for item in value):
        raise Tampered("Heads and lines are lists of objects.")
    items = cast("Sequence[Mapping[str, Json]]", value)
    for item in items:
        _only(item, names)
    return items


def _only(fields: Mapping[str, Json], names: Sequence[str]) -> None:
    if set(fields) != set(names):
        raise Tampered("In this proof a field is missing or unknown.")


def _hashes(value: Json, *, most: int = 64) -> list[bytes]:
    if not isinstance(value, list) or len(value) > most:
        raise Tampered(f"A path is a list of {most} hashes at most.")
    if not all(isinstance(item, str) and _HASH.fullmatch(item) for item in value):
        raise Tampered("A hash is written as 64 lower-case hexadecimal digits.")
    return [bytes.fromhex(str(item)) for item in value]
