"""What a proposed grant shares with an existing one, and what that means."""

from dataclasses import dataclass

from ipx.licences.algebra.extent import Shared
from ipx.licences.algebra.grants import Grant
from ipx.licences.algebra.table import Verdict
from ipx.licences.algebra.truth import Truth


@dataclass(frozen=True)
class Overlap:
    """What a proposed grant shares with one existing grant, and what that means.

    ``truth``: yes where both cannot stand, undecided where people have to decide. ``verdict`` says why: CLASH, COUNTED
    (too many), ASK (somebody's right comes first).
    """

    grant: Grant
    truth: Truth
    verdict: Verdict
    shared: Shared
