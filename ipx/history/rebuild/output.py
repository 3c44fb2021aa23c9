"""A rebuilt record as JSON (``ipx/rebuild/v1``) and as words. It must never say more than the record does."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ipx.core.canonical import Json
from ipx.core.opening import Opening
from ipx.history.rebuild.codes import Basis, ConveyanceKind, Evidence, Reason
from ipx.history.rebuild.openings import terms_of
from ipx.history.rebuild.reader import Tip
from ipx.history.rebuild.records import Act, Gap, Interest, Licence, Record, Title

FORMAT = "ipx/rebuild/v1"
NOTE = (
    "Rebuilt from the logs of the contracts alone. A record here transfers nothing by itself and is no recordation at "
    "a patent office."
)


def as_json(
    record: Record,
    tip: Tip,
    *,
    chain_id: int,
    contradictions: Sequence[str],
    openings: Mapping[str, Opening],
    unused: Mapping[str, str],
) -> dict[str, Json]:
    """Return everything as JSON; ``unused``: files of openings that opened nothing, and why."""
    return {
        "format": FORMAT,
        "note": NOTE,
        "chain": {"id": chain_id, "height": tip.height, "hash": tip.hash, "time": iso(tip.time), "final": tip.final},
        "as_of": iso(record.as_of),
        "known_at": iso(record.known_at),
        "holds": not record.problems and not contradictions,
        "problems": [*record.problems, *contradictions],
        "titles": [_title(title, tip, openings) for title in in_order(record.titles)],
        "licences": [_licence(licence, tip, openings) for licence in in_order(record.licences)],
        "unused_openings": dict(unused),
    }


def in_order(tokens: Mapping[Any, Any]) -> list[Any]:
    """Return titles or licences in the order in which they came to the chain."""
    return sorted(tokens.values(), key=lambda one: (_first_block(one), one.token))


def sentences(content: Mapping[str, Any]) -> list[str]:
    """Return the same in words, one line each."""
    chain = content["chain"]
    said = [
        (
            f"Chain {chain['id']}, read up to block {chain['height']}; as of {content['as_of']}, "
            f"as known at {content['known_at']}."
        ),
        content["note"],
    ]
    for title in content["titles"]:
        shares = ", ".join(f"{holder} {share}" for holder, share in title["shares"].items())
        said.append(f"Title {title['token']}: holder {title['holder']}; shares {shares}; evidence {title['evidence']}.")
        said += [f"  open: {one['kind']} of {one['holder']}" for one in title["interests"] if one["released"] is None]
        said += [f"  look into it: {gap['words']}" for gap in title["gaps"]]
    for licence in content["licences"]:
        said.append(
            f"Licence {licence['token']}: {licence['status']}, holder {licence['holder']}, exclusivity "
            f"{licence['exclusivity']}, under {len(licence['titles'])} title(s)."
        )
        said += [f"  look into it: {gap['words']}" for gap in licence["gaps"]]
    said += [f"FAILS: {problem}" for problem in content["problems"]]
    if content["holds"]:
        said.append("The logs are whole: nonces have no gap, and the contracts' own answers say the same.")
    return said


def iso(moment: int) -> str:
    """Return Unix seconds as ISO 8601 in UTC."""
    return datetime.fromtimestamp(moment, UTC).isoformat().replace("+00:00", "Z")


def _first_block(one: Title | Licence) -> int:
    return one.registered_block if isinstance(one, Title) else one.block


def _title(title: Title, tip: Tip, openings: Mapping[str, Opening]) -> dict[str, Json]:
    opening = openings.get(title.token)
    return {
        "registry": title.registry,
        "token": title.token,
        "holder": title.holder,
        "recorded_holder": title.recorded_holder,
        "shares": {holder: str(share) for holder, share in sorted(title.shares.items())},
        "interests": [_interest(one) for one in title.interests],
        "evidence": _name(Evidence, title.evidence),
        "document": title.document,
        "nonce": title.nonce,
        "registered": {"block": title.registered_block, "time": iso(title.registered_time), "by": title.transaction},
        "is_final": is_final(title.last_block, tip),
        "acts": [_conveyance(act) for act in title.acts],
        "rectifications": [
            {**one.__dict__, "basis": _name(Basis, one.basis), "not_before": iso(one.not_before)}
            for one in title.rectifications
        ],
        "grants": list(title.grants),
        "grant_head": title.grant_head,
        "gaps": [_gap(gap) for gap in title.gaps],
        "record": dict(opening.value) if opening else None,
    }


def _licence(licence: Licence, tip: Tip, openings: Mapping[str, Opening]) -> dict[str, Json]:
    opening = openings.get(licence.token)
    return {
        "registry": licence.registry,
        "token": licence.token,
        "holder": licence.holder,
        "licensor": licence.licensor,
        "status": licence.status.name.lower(),
        "own_status": licence.own_status.name.lower(),
        "in_force": licence.is_in_force,
        "titles": list(licence.titles),
        "parent": licence.parent,
        "sublicences": list(licence.children),
        "survives": licence.survives,
        "hangs_on_title": licence.hangs_on_title,
        "authority": licence.authority,
        "transfer_rule": licence.transfer_rule.name.lower(),
        "exclusivity": licence.exclusivity.name.lower(),
        "start": iso(licence.start) if licence.start else None,
        "end": iso(licence.end) if licence.end else None,
        "nonce": licence.nonce,
        "granted": {"block": licence.block, "time": iso(licence.time), "by": licence.transaction},
        "is_final": is_final(licence.last_block, tip),
        "acts": [_change(act) for act in licence.acts],
        "gaps": [_gap(gap) for gap in licence.gaps],
        "terms": terms_of(opening) if opening else None,
    }


def is_final(block: int, tip: Tip) -> bool:
    """Tell whether a block can no longer be replaced."""
    return tip.final is not None and block <= tip.final


def _conveyance(act: Act) -> dict[str, Json]:
    codes = Basis if act.name == "Rectified" else ConveyanceKind
    return {
        "act": act.name.lower(),
        "kind": _name(codes, act.kind),
        "from": act.by,
        "to": act.to,
        "share_bps": act.share_bps,
        "executed": iso(act.executed) if 0 < act.executed < 1 << 36 else None,
        "takes_effect": iso(act.takes_effect),
        **_where(act),
    }


def _change(act: Act) -> dict[str, Json]:
    reason = _name(Reason, act.kind) if act.kind else None
    return {"act": act.name.lower(), "by": act.by, "to": act.to or None, "reason": reason, **_where(act)}


def _where(act: Act) -> dict[str, Json]:
    return {
        "document": act.document,
        "nonce": act.nonce,
        "block": act.block,
        "time": iso(act.time),
        "transaction": act.transaction,
    }


def _interest(one: Interest) -> dict[str, Json]:
    return {
        "kind": one.kind.name.lower(),
        "holder": one.holder,
        "grantor": one.grantor,
        "share_bps": one.share_bps,
        "document": one.document,
        "block": one.block,
        "transaction": one.transaction,
        "released": one.released,
    }


def _gap(gap: Gap) -> dict[str, Json]:
    return dict(gap.__dict__)


def _name(codes: Any, value: int) -> str:
    """Return a code's name; a code of a later contract stays a number."""
    try:
        return str(codes(value).name).lower()
    except ValueError:
        return str(value)
