"""Signatures of contract wallets: the block as of which each said yes, and what can be asked again. Pure."""

from collections.abc import Sequence

from ipx.audit.rules import AuditLine
from ipx.deals.claims import AgreementClaim, NdaClaim
from ipx.history.check.licences import AGREEMENT, UNDERTAKING
from ipx.history.check.records import Difference

SIGNED, ACCEPTED = "deal:agreement:signed", "deal:nda:accepted"


def block_differences(
    agreements: Sequence[AgreementClaim], undertakings: Sequence[NdaClaim], lines: Sequence[AuditLine]
) -> list[Difference]:
    """Compare the blocks in our rows with the lines that were written with them.

    A row that names none is asked about as of now, as all were before blocks were kept.
    """
    told = {
        (line.subject_id, str(line.details.get("side", ""))): line.details.get("block")
        for line in lines
        if line.action in (SIGNED, ACCEPTED)
    }
    ours = [(AGREEMENT, one.id, str(side), block) for one in agreements for side, block in one.blocks.items()]
    ours += [(UNDERTAKING, one.id, "", one.block) for one in undertakings if one.block is not None]
    return [
        Difference(area, subject, "block_number", f"our table says {block}, but the audit log says {said}")
        for area, subject, side, block in ours
        if (said := told.get((subject, side))) != block
    ]


def unasked(agreements: Sequence[AgreementClaim], undertakings: Sequence[NdaClaim]) -> list[str]:
    """Say which contract wallets could not be asked again, as the node no longer has the block of their signature."""
    found = [(f"{AGREEMENT} {one.id}, {side}", block) for one in agreements for side, block in one.unasked.items()]
    found += [(f"{UNDERTAKING} {one.id}", one.unasked) for one in undertakings if one.unasked is not None]
    return [
        f"{what}: its contract wallet accepted the signature as of block {block}, whose state this node no longer has"
        for what, block in found
    ]
