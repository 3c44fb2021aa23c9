"""Licences that were handed on: rows against the chain's transfers, the audit log's lines, and the licences they moved.

Pure. A licence's row names who holds it now; who took it at first is in the agreement that both signed.
"""

from collections.abc import Iterable, Mapping, Sequence

from ipx.audit.rules import AuditLine
from ipx.core.canonical import Json
from ipx.history.check.records import Difference, unlike
from ipx.history.rebuild.records import Licence
from ipx.licences.claims import LicenceClaim
from ipx.life.claims import HandingClaim, StepClaim

AREA = "licence handed on"
ACCEPTED = "licence:handing:accepted"
DONE = "done"


def handing_differences(
    claims: Sequence[HandingClaim],
    steps: Sequence[StepClaim],
    rows: Sequence[LicenceClaim],
    licences: Mapping[str, Licence],
    lines: Sequence[AuditLine],
) -> list[Difference]:
    """Compare every row. ``licences``: of the chain, by their token; ``lines``: those about licences."""
    told = {str(line.details.get("handing")): line for line in lines if line.action == ACCEPTED}
    by_step = {step.id: step for step in steps if step.kind == "handed-on"}
    found = [difference for claim in claims for difference in _of_line(claim, told.get(claim.id))]
    found += [difference for claim in claims for difference in _of_step(claim, by_step)]
    known = {claim.id for claim in claims}
    words = "the audit log tells of it, and no row of ours does"
    found += [Difference(AREA, handing, "", words) for handing in told if handing not in known]
    for row in rows:
        done = done_of(row, claims)
        found += _of_chain(row, done, licences.get(row.token))
        found += _of_row(row, done)
    return found


def done_of(row: LicenceClaim, claims: Iterable[HandingClaim]) -> list[HandingClaim]:
    """Return by whom a licence was taken over, in order."""
    return [claim for claim in claims if claim.licence_id == row.id and claim.state == DONE]


def _of_line(claim: HandingClaim, line: AuditLine | None) -> Iterable[Difference]:
    if claim.step_id is None and line is None:
        return
    details: Mapping[str, Json] = line.details if line else {}
    ours = {"step": claim.step_id, "from": claim.from_id, "to": claim.to_id, "holder": claim.address}
    yield from unlike(AREA, claim.id, {name: (value, details.get(name)) for name, value in ours.items()})


def _of_step(claim: HandingClaim, steps: Mapping[str, StepClaim]) -> Iterable[Difference]:
    if claim.step_id is None:
        return
    step = steps.get(claim.step_id)
    is_final = step is not None and step.chain == "final"
    if step is None or step.licence_id != claim.licence_id:
        yield Difference(AREA, claim.id, "step_id", "there is no such step of this licence")
    elif is_final != (claim.state == DONE):
        yield Difference(AREA, claim.id, "state", f"called {claim.state}, but its step on the chain is {step.chain}")


def _of_chain(row: LicenceClaim, done: Sequence[HandingClaim], licence: Licence | None) -> Iterable[Difference]:
    if licence is None:
        return
    moved = [act.to.lower() for act in licence.acts if act.name == "LicenceTransferred"]
    for place, claim in enumerate(done):
        ours = (claim.address or "").lower()
        yield from unlike(AREA, claim.id, {"address": (ours, moved[place] if place < len(moved) else "")})


def _of_row(row: LicenceClaim, done: Sequence[HandingClaim]) -> Iterable[Difference]:
    last = done[-1] if done else None
    if last is None:
        yield from unlike(AREA, row.id, {"holder": (row.holder, None)})
        return
    yield from unlike(
        AREA,
        row.id,
        {
            "holder": (row.holder, last.address),
            "licensee_id": (row.licensee_id, last.to_id),
            "licensee_name": (row.licensee_name, last.to_name),
        },
    )
