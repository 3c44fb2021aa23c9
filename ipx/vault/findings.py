"""What follows from what was found inside a file: taken, taken without pages, quarantine, or refused. Pure."""

from dataclasses import dataclass
from enum import StrEnum

from ipx.core.errors import Invalid
from ipx.core.port_records import Inspected, Scanned, ScanResult, Unfitness


class InspectionState(StrEnum):
    """What a document's content was found to be."""

    CLEAN = "clean"  # looked into as far as its type asks for; nothing found
    OPAQUE = "opaque"  # nobody could look into it, so no page of it can be shown or marked
    QUARANTINED = "quarantined"  # given to nobody
    RELEASED = "released"  # was in quarantine; the operator let it out


SCAN_LIMIT, SCANNER_AWAY, HARMFUL = "scan-limit", "scanner-away", "harmful"

CURES = {
    Unfitness.DAMAGED: "This file is damaged: no reader can open it. Save it again",
    Unfitness.LOCKED: "This PDF needs a password to open. Save it without one: access is what the exchange looks after",
    Unfitness.TOO_LARGE: "This file is too large to be looked into, as files for everybody have to be. Make it smaller",
    Unfitness.LIMIT: "This file takes far more time or memory to open than it should. Save it again, or divide it",
    Unfitness.SCRIPT: "This PDF runs scripts when it is opened. Print it into a new PDF, and send that one",
    Unfitness.LAUNCH: "This PDF starts programs or fetches files. Print it into a new PDF, and send that one",
    Unfitness.FLOOD: "This picture unfolds to more than 64 million pixels. Scale it down",
    Unfitness.TWO_IN_ONE: "This file is an archive as well: two files in one. Send them one by one",
}
HOSTILE = (Unfitness.SCRIPT, Unfitness.LAUNCH, Unfitness.FLOOD, Unfitness.TWO_IN_ONE)


@dataclass(frozen=True)
class Finding:
    """The outcome for a file that is taken; ``reason`` is a word of Unfitness or of this page.

    ``unpacked``: how many bytes its archives unfold to, all layers together.
    """

    state: InspectionState
    reason: str | None = None
    pages: int | None = None
    scanner: str | None = None
    unpacked: int = 0


def outcome_of(inspected: Inspected, scanned: Scanned | None, *, is_sealed: bool) -> Finding:
    """Return what follows. Raises Invalid for what nobody shall be handed.

    A secret may be odd, since it is its owner's: damaged or locked, it is kept as it is, and no page of it is shown.
    What strangers open must be readable, and cannot wait in quarantine.
    """
    unfit = inspected.unfit
    if unfit is not None and (unfit in HOSTILE or not is_sealed):
        raise Invalid(CURES[unfit] + ".", field="file")
    if scanned is not None and scanned.result is ScanResult.FOUND:
        raise Invalid(f"The virus scanner found {scanned.signature} in this file. Nothing was stored.", field="file")
    if scanned is not None and scanned.result is not ScanResult.CLEAN:
        return _unscanned(scanned, inspected, is_sealed=is_sealed)
    scanner = scanned.scanner if scanned else None
    if unfit is Unfitness.LIMIT:
        return Finding(InspectionState.QUARANTINED, str(unfit), scanner=scanner)
    if unfit is not None:
        return Finding(InspectionState.OPAQUE, str(unfit), scanner=scanner)
    return Finding(InspectionState.CLEAN, pages=inspected.pages, scanner=scanner)


def _unscanned(scanned: Scanned, inspected: Inspected, *, is_sealed: bool) -> Finding:
    if not is_sealed:
        raise Invalid(
            "The virus scanner cannot look through this file, which files for everybody have to be. Make it smaller, "
            "or try again later.",
            field="file",
        )
    reason = SCAN_LIMIT if scanned.result is ScanResult.OVER_LIMIT else SCANNER_AWAY
    return Finding(InspectionState.QUARANTINED, reason, pages=inspected.pages, scanner=scanned.scanner)
