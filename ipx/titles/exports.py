"""A chain of title as a file: CSV for a spreadsheet, JSON for a program, the items of a cover sheet for the office.

All state the same entries in the same order. A cell of the CSV is never a formula. It says what each line rests on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ipx.core.canonical import Json, encode
from ipx.core.csv_table import written
from ipx.titles.consents import Requirement
from ipx.titles.entries import Conveyance, to_json
from ipx.titles.holdings import Gap
from ipx.titles.records import ChainOfTitle, EntryView, RectificationView
from ipx.titles.rules import CONVEYS_SHARE

FORMAT = "ipx/chain-of-title/v1"
COVER_SHEET_FORMAT = "ipx/cover-sheet/v1"
NOTE = (
    "A record here transfers nothing by itself and is no recordation at a patent office. Shares of joint first owners "
    "are presumed equal where nothing else is stated."
)
COLUMNS = (
    "number", "kind", "givers", "receiver", "receiver_address", "share", "executed", "effective", "recorded", "office",
    "reference", "document_commitment", "transaction", "block", "rests_on", "gaps",
)  # fmt: skip


class Form(StrEnum):
    """How it can be taken away."""

    PDF = "pdf"
    CSV = "csv"
    JSON = "json"


@dataclass(frozen=True)
class Taken:
    """A file to take away."""

    name: str
    media_type: str
    body: bytes


def rests_on(view: EntryView) -> str:
    """Return what stands behind an entry: the chain, a document, or the owner's word."""
    if view.block is not None:
        return "register on the chain" if view.is_register else "instrument attached, in the register on the chain"
    return "instrument attached" if view.instrument is not None else "declared"


def commitment_of(view: EntryView) -> str | None:
    """Return the salted commitment of the document, as 0x-string."""
    return "0x" + view.instrument.stamp.commitment.hex() if view.instrument else None


def as_csv(chain: ChainOfTitle) -> bytes:
    """Return the conveyances, RFC 4180 in UTF-8."""
    rows = [view for view in chain.entries if isinstance(view.entry, Conveyance)]
    return written(COLUMNS, (_cells(number, chain, view) for number, view in enumerate(rows, start=1)))


def as_json(chain: ChainOfTitle) -> bytes:
    """Return canonical JSON (docs/spec/chain-of-title.md)."""
    stated = chain.right.particulars
    return encode(
        {
            "format": FORMAT,
            "note": NOTE,
            "made_at": chain.made_at.isoformat(timespec="seconds"),
            "right": chain.right.id,
            "technology": chain.technology_id,
            "owner": chain.organisation_name,
            "office": stated.office,
            "number": stated.number,
            "kind_code": stated.kind_code,
            "inventors": [{"name": each.name, "source": each.source} for each in chain.inventors],
            "first_holders": {name: str(share) for name, share in chain.chain.first_holders.items()},
            "entries": [_entry(view) for view in chain.entries],
            "holders": {name: str(share) for name, share in chain.chain.holders.items()},
            "interests": [
                {
                    "entry": one.entry_id,
                    "kind": str(one.kind),
                    "holder": one.holder,
                    "grantors": list(one.grantors),
                    "released_by": one.released_by,
                }
                for one in chain.chain.interests
            ],
            "rectified": [_rectified(each) for each in chain.rectifications if each.is_done],
            "gaps": [_gap(gap) for gap in chain.chain.gaps],
            "consents_needed": [_requirement(each) for each in chain.requirements.values()],
        }
    )


def cover_sheet(chain: ChainOfTitle, view: EntryView) -> bytes:
    """Return the items of 37 CFR 3.31(a)(1) to (7) for one conveyance; null where nothing is stated.

    The signature of the party submitting (item 7) is that party's to make; it is never filled in here.
    """
    said, stated = view.entry, chain.right.particulars
    assert isinstance(said, Conveyance)
    number: Mapping[str, Json] = {"office": stated.office, "kind": str(stated.kind), "number": stated.number}
    return encode(
        {
            "format": COVER_SHEET_FORMAT,
            "source": "37 CFR 3.31(a)(1)-(7)",
            "note": NOTE,
            "1_conveying": [giver.name for giver in said.givers],
            "2_receiving": {"name": said.receiver, "address": said.receiver_address or None},
            "3_interest": {
                "kind": str(said.kind),
                "description": said.words or None,
                "share": share_in_words(said) or None,
            },
            "4_identification": number if stated.number else None,
            "5_correspondence": said.correspondent or None,
            "6_executed": [
                {"name": giver.name, "on": giver.executed_on.isoformat() if giver.executed_on else None}
                for giver in said.givers
            ],
            "7_signature": None,
        }
    )


def _entry(view: EntryView) -> dict[str, Json]:
    block: Json = None
    if view.block is not None:
        block = {"number": view.block.number, "transaction": view.block.transaction, "final": view.block.is_final}
    return {
        "id": view.id,
        "content": to_json(view.entry),
        "document_commitment": commitment_of(view),
        "releases": view.releases_id,
        "entered_at": view.entered_at.isoformat(timespec="seconds") if view.entered_at else None,
        "block": block,
        "rests_on": rests_on(view),
    }


def _rectified(one: RectificationView) -> dict[str, Json]:
    """Return an entry that was put right, whole: it no longer counts, and stays to be seen."""
    return {
        "original": _entry(one.original),
        "basis": str(one.basis),
        "words": one.words,
        "replaced_by": one.replacement_id,
        "approvals": len(one.approvals),
        "carried_out_at": one.settled_at.isoformat(timespec="seconds") if one.settled_at else None,
    }


def _cells(number: int, chain: ChainOfTitle, view: EntryView) -> Sequence[str]:
    said = view.entry
    assert isinstance(said, Conveyance)
    days = [giver.executed_on.isoformat() if giver.executed_on else "" for giver in said.givers]
    gaps = [str(gap.code) for gap in chain.chain.gaps if gap.entry_id == view.id]
    return (
        str(number),
        str(said.kind),
        "; ".join(giver.name for giver in said.givers),
        said.receiver,
        said.receiver_address,
        share_in_words(said),
        "; ".join(days) if len(set(days)) > 1 else days[0],
        said.effective_on.isoformat() if said.effective_on else "",
        said.recorded_on.isoformat() if said.recorded_on else "",
        chain.right.particulars.office or "",
        said.reference,
        commitment_of(view) or "",
        view.block.transaction if view.block else "",
        str(view.block.number) if view.block else "",
        rests_on(view),
        "; ".join(gaps),
    )


def share_in_words(said: Conveyance) -> str:
    """Return the share as a fraction, or that it is everything; nothing for what conveys no share."""
    if said.kind not in CONVEYS_SHARE:
        return ""
    return "all that they hold" if said.share is None else str(said.share)


def _gap(gap: Gap) -> dict[str, Json]:
    return {
        "code": str(gap.code),
        "entry": gap.entry_id,
        "party": gap.party,
        "other": gap.other,
        "day": gap.day.isoformat() if gap.day else None,
    }


def _requirement(needed: Requirement) -> dict[str, Json]:
    return {
        "act": str(needed.act),
        "rule": str(needed.rule),
        "source": needed.source,
        "others": list(needed.others),
        "missing": list(needed.missing),
    }
