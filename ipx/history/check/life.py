"""Steps of licences' lives against the chain's acts and the audit log's lines. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import zip_longest

from ipx.audit.rules import AuditLine
from ipx.chain.service import TransactionView
from ipx.core.canonical import Json
from ipx.history.check.records import Difference, unlike
from ipx.history.rebuild.reader import Tip
from ipx.history.rebuild.records import Act, Licence
from ipx.licences.claims import LicenceClaim
from ipx.life.claims import StepClaim

AREA = "step of a licence"
ACTS = {0: "LicenceTransferred", 1: "Suspended", 2: "Resumed", 3: "Terminated", 4: "Converted", 5: "Renewed"}
_NAMES = ("side", "ground", "proposal", "outcome", "answers", "duty")
_MOMENTS = ("at", "due", "until")


def life_differences(
    claims: Sequence[StepClaim],
    rows: Sequence[LicenceClaim],
    licences: Mapping[str, Licence],
    transactions: Mapping[str, TransactionView],
    lines: Sequence[AuditLine],
    tip: Tip,
) -> list[Difference]:
    """Compare steps with acts by the licence's token, and with the lines that were written with them."""
    told = {str(line.details.get("step")): line for line in lines if line.details.get("number") is not None}
    found = [difference for claim in claims for difference in _of_line(claim, told.get(claim.id))]
    known = {claim.id for claim in claims}
    found += [
        Difference(AREA, step, "", "the audit log tells of it, and no row of ours does")
        for step in told
        if step not in known
    ]
    for row in rows:
        licence = licences.get(row.token)
        if licence is not None:
            steps = [claim for claim in claims if claim.licence_id == row.id and claim.chain == "final"]
            found += _of_acts(row.id, steps, _final_acts(licence, tip), transactions)
    return found


def _final_acts(licence: Licence, tip: Tip) -> list[Act]:
    final = tip.final if tip.final is not None else -1
    return [act for act in licence.acts if act.name in ACTS.values() and act.block <= final]


def _of_acts(
    licence_id: str, steps: Sequence[StepClaim], acts: Sequence[Act], transactions: Mapping[str, TransactionView]
) -> Iterable[Difference]:
    for step, act in zip_longest(steps, acts):
        if step is None:
            words = f"the chain has {act.name} in block {act.block}, and no step of ours says so"
            yield Difference(AREA, licence_id, "chain", words)
        elif act is None:
            yield Difference(AREA, step.id, "chain", "called final, but the chain has no such act in a final block")
        else:
            transaction = transactions.get(step.transaction_id or "")
            yield from unlike(
                AREA,
                step.id,
                {
                    "action": (ACTS.get(step.action or 0), act.name),
                    "reason": (step.reason, act.kind),
                    "transaction": (transaction.hash if transaction else None, act.transaction),
                },
            )


def _of_line(claim: StepClaim, line: AuditLine | None) -> Iterable[Difference]:
    if line is None or line.subject_id != claim.licence_id:
        yield Difference(AREA, claim.id, "", "the audit log has no line of it")
        return
    details = line.details
    moments = {name: (_moment(getattr(claim, name)), details.get(name)) for name in _MOMENTS}
    names: dict[str, tuple[object, Json]] = {name: (getattr(claim, name), details.get(name)) for name in _NAMES}
    kind = (f"licence:life:{claim.kind.replace('-', '_')}", line.action)
    yield from unlike(
        AREA, claim.id, {"kind": kind, "number": (claim.number, details.get("number")), **names, **moments}
    )


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
