"""One file on its way to its evidence. The receipt is on the disk before anything is sent, so no salt is ever lost."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from ipx.core.errors import Conflict, ExchangeError, Invalid, Tampered
from ipx.evidence import bundle as bundles
from ipx.evidence import stamp_receipt
from ipx.evidence.bundle import NotABundle
from ipx.evidence.stamp_receipt import StampedFile, StampReceipt
from ipx.evidence.verification import HOLDS, verify_bundle
from ipx.stamping.files import remove, sha256_of, sweep, write_new


@dataclass(frozen=True)
class Job:
    """A file and its stamp; ``is_done`` when its evidence was there already."""

    file: Path
    stamp: StampedFile
    owner: str
    is_done: bool

    @property
    def evidence(self) -> Path:
        """Where the evidence goes."""
        return evidence_of(self.file)


def evidence_of(file: Path) -> Path:
    """Return the name of a file's evidence."""
    return file.with_name(f"{file.name}.ipx-evidence.json")


def receipt_of(file: Path) -> Path:
    """Return the name of a file's receipt."""
    return file.with_name(f"{file.name}.ipx-stamp.json")


def prepare(file: Path, *, exchange: str, owner: str, report: Callable[[int], None]) -> Job:
    """Hash a file and see to it that its receipt is on the disk, the one that is there or a new one.

    Raises Invalid (unreadable), Conflict (evidence or a receipt of something else is in the way), Tampered.
    """
    for path in (evidence_of(file), receipt_of(file)):
        sweep(path)
    try:
        digest, size = sha256_of(file, report), file.stat().st_size
        done = _stamped_before(file, digest, owner)
        if done is not None:
            return Job(file, done, owner, is_done=True)
        stamp = _kept(file, owner) or _new(file, size, digest, exchange, owner)
    except OSError as error:
        raise Invalid(f"{file}: {error.strerror or error}.") from error
    if stamp.content_sha256 != digest:
        raise Conflict(f"{file} has changed since {receipt_of(file).name} was made. Move that file away to stamp anew.")
    return Job(file, stamp, owner, is_done=False)


def finish(job: Job, bundle: bytes) -> None:
    """Write a job's evidence, in full, and then remove its receipt. Raises Conflict, Tampered, OSError."""
    try:
        full = stamp_receipt.full_bundle(bundle, job.stamp, owner=job.owner)
    except NotABundle as error:
        raise Tampered(f"{job.file}: what the exchange sent is no evidence.") from error
    verdict = verify_bundle(full, file_sha256=job.stamp.content_sha256)
    if verdict.outcome != HOLDS:
        raise Tampered(f"{job.file}: the evidence that the exchange sent does not hold. {verdict.summary}")
    write_new(job.evidence, full)
    remove(receipt_of(job.file))


def _stamped_before(file: Path, digest: bytes, owner: str) -> StampedFile | None:
    """Return what the file's evidence says when it is evidence of this very content. Raises Conflict otherwise."""
    path = evidence_of(file)
    if not path.exists():
        return None
    try:
        found = bundles.read(path.read_bytes())
    except (NotABundle, ExchangeError) as error:
        raise Conflict(f"{path} is there already, and is no evidence. Move it away first.") from error
    opening = found.opening
    if opening is None or opening.content_sha256 != digest:
        raise Conflict(f"{path} is there already, and is about other content. Move it away first.")
    if opening.owner != owner.lower():
        raise Conflict(f"{path} is there already, for another account. Move it away first.")
    remove(receipt_of(file))  # a run before this one may have been killed right before it did
    return StampedFile(_readable(file.name), file.stat().st_size, digest, opening.salt, found.value)


def _kept(file: Path, owner: str) -> StampedFile | None:
    path = receipt_of(file)
    if not path.exists():
        return None
    try:
        receipt = stamp_receipt.read(path.read_bytes())
    except Tampered as error:
        raise Conflict(f"{path} is damaged: {error.message} Move it away to stamp anew.") from error
    if len(receipt.stamps) != 1:
        raise Conflict(f"{path} is about several files; finish those on the page where it was made.")
    if receipt.owner != owner.lower():
        raise Conflict(f"{path} was made for another account. Use a token of that organisation.")
    return receipt.stamps[0]


def _new(file: Path, size: int, digest: bytes, exchange: str, owner: str) -> StampedFile:
    salt = secrets.token_bytes(32)
    stamp = stamp_receipt.commit_file(
        file_name=_readable(file.name), file_size=size, content_sha256=digest, salt=salt, owner=owner
    )
    write_new(receipt_of(file), stamp_receipt.write(StampReceipt(exchange, owner.lower(), [stamp])))
    return stamp


def _readable(name: str) -> str:
    """Return a file's name as text; names on a disk may be bytes that are none."""
    return name.encode("utf-8", "replace").decode()
