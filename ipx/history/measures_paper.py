"""How the report on reasonable measures looks on paper. It must never state anything that is not on record."""

from collections.abc import Sequence
from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer

from ipx.deals.records import Nda
from ipx.history.measures import Measures
from ipx.vault.export_control import UNLISTED
from ipx.vault.records import Document, Grant, HandOver, Receipt, Screening
from ipx.vault.rules import Decision, Form, Outcome, SourceKind
from ipx.web.paper_parts import (
    BODY,
    HASH,
    SMALL,
    STRONG,
    TITLE,
    facts_table,
    in_utc,
    lines_table,
    printed,
)
from ipx.web.pdf_fonts import marked, register_fonts

NOTE = (
    "This paper states what is on record at the exchange. Whether these measures were reasonable in the circumstances "
    "(Directive (EU) 2016/943, Art. 2(1)(c); 18 U.S.C. § 1839(3)(A)) is for a court to say. Measures outside the "
    "exchange are not in it."
)
RULE = (
    "The rules at the time of this paper: nobody reads by rank. Besides who deposited it, those read whom a grant, "
    "a licence or a disclosure lets in. Before the first reading they declare nationality and end use, their names are "
    "compared with the denied-party list at each reading, and each reading leaves a receipt before the first byte "
    "leaves. Lab administrators see the receipts and cannot read."
)
WAITS = "Not reviewed for export control: whoever is not of the owner's organisation cannot open it at present."
_WHY = {
    SourceKind.LICENCE: "licence",
    SourceKind.NDA: "disclosed under an undertaking",
    SourceKind.PERSON: "granted by hand",
    SourceKind.OWN: "depositor",
}
_OUTCOMES = {
    Outcome.COMPLETE: "delivered",
    Outcome.ABORTED: "broken off",
    Outcome.FAILED: "failed",
    None: "not ended",
}
_DECISIONS = {
    Decision.CLEARED: "decided: another party",
    Decision.REFUSED: "decided: stays refused",
    None: "refused, nobody has decided",
}


def draw_measures(measures: Measures) -> bytes:
    """Return the report as a PDF with numbered pages."""
    register_fonts()
    head = measures.audit.head
    return printed(
        _story(measures),
        title=f"Measures of secrecy: {measures.document.file_name}",
        audit_head=head,
        foot=f"IPX · confidential · made {in_utc(measures.made_at)} UTC · audit head {head[:16]}…",
    )


def _story(measures: Measures) -> list[Flowable]:
    return [
        Paragraph("Measures that kept a document secret", TITLE),
        _head(measures),
        Spacer(0, 2 * mm),
        Paragraph(NOTE, SMALL),
        *_part("Marking", [_marking(measures)]),
        *_part("Need-to-know: who may open it now", _need_to_know(measures)),
        *_part("Undertakings of confidentiality about its technology", _ndas(measures.ndas)),
        *_part("Readings", _readings(measures)),
        *_part("Accesses that have ended", _grants(measures, measures.ended_grants)),
        *_part("Names compared with the denied-party list and refused", _screenings(measures)),
    ]


def _part(title: str, content: Sequence[Flowable]) -> list[Flowable]:
    return [Spacer(0, 5 * mm), Paragraph(title, STRONG), Spacer(0, 1 * mm), *content]


def _head(measures: Measures) -> Flowable:
    return facts_table(
        [
            ("Document", marked(measures.document.file_name), BODY),
            ("Owner", marked(measures.owner), BODY),
            ("Made", f"{in_utc(measures.made_at)} UTC", BODY),
            ("Audit log", _state(measures.audit.lines, measures.audit.broken_at), BODY),
            ("Receipts", _state(measures.receipt_chain.lines, measures.receipt_chain.broken_at), BODY),
            ("Audit head", measures.audit.head, HASH),
            ("Id", measures.document.id, HASH),
        ]
    )


def _state(lines: int, broken_at: int | None) -> str:
    if broken_at is None:
        return f"verified whole, {lines} lines"
    return f"BROKEN at line {broken_at} of {lines}: nothing from there on is proven"


def _marking(measures: Measures) -> Flowable:
    document, stamp = measures.document, measures.stamp
    control = "on no list, stated by the owner" if document.export_control == UNLISTED else document.export_control
    stamped = "not in a block yet" if stamp.block_number is None else f"{stamp.state}, block {stamp.block_number}"
    depositor = marked(measures.person(document.created_by))
    return facts_table(
        [
            ("Marked", f"{document.role}: {_sealed_how(document)}", BODY),
            ("Since", f"{in_utc(document.created_at)} UTC, deposited by {depositor}", BODY),
            ("Export control", control, BODY),
            ("Time stamp", stamped, BODY),
            ("Stored as", document.cid, HASH),
        ]
    )


def _sealed_how(document: Document) -> str:
    if document.is_browser_sealed:
        return (
            "encrypted in a browser of its owner before it was sent; the exchange never had a key, and delivers it by "
            "the rules below. Readers open it with a key that the owner handed over"
        )
    return "encrypted before it was stored, opened by the rules below alone"


def _need_to_know(measures: Measures) -> list[Flowable]:
    waits = [] if measures.document.is_reviewed else [Paragraph(WAITS, BODY)]
    keys = [Paragraph(_handed_over(measures, one), BODY) for one in measures.hand_overs]
    return [Paragraph(RULE, SMALL), *waits, *_grants(measures, measures.open_grants), *keys]


def _handed_over(measures: Measures, one: HandOver) -> str:
    to, by = measures.organisation(one.organisation_id), measures.person(one.made_by)
    state = "delivered with the file" if one.is_open else "not delivered any more; who has kept it has it still"
    return marked(f"Key sealed for {to} by the owner's browser on {in_utc(one.made_at)} UTC ({by}): {state}.")


def _grants(measures: Measures, grants: Sequence[Grant]) -> list[Flowable]:
    widths = (47 * mm, 62 * mm, 30 * mm, 30.5 * mm)
    rows = [_grant(measures, grant) for grant in grants]
    return [lines_table(("Who", "Because of", "From (UTC)", "Until (UTC)"), rows, widths)] if rows else [_none()]


def _grant(measures: Measures, grant: Grant) -> list[Any]:
    who = [Paragraph(marked(measures.organisation(grant.organisation_id)), BODY)]
    if grant.person_id:
        who.insert(0, Paragraph(marked(measures.person(grant.person_id)), BODY))
    why = [Paragraph(marked(grant.reason or _WHY[grant.source_kind]), BODY)]
    if grant.nda:
        why.append(Paragraph(marked(f"Undertaking: {grant.nda}"), SMALL))
    if grant.granted_by:
        why.append(Paragraph(marked(f"by {measures.person(grant.granted_by)}"), SMALL))
    if grant.revoked_at:
        until = f"revoked {in_utc(grant.revoked_at)}"
    else:
        until = in_utc(grant.expires_at) if grant.expires_at else "no end set"
    return [who, why, Paragraph(in_utc(grant.granted_at), BODY), Paragraph(until, BODY)]


def _ndas(ndas: Sequence[Nda]) -> list[Flowable]:
    rows = [
        [
            Paragraph(marked(nda.licensee_name), BODY),
            Paragraph(in_utc(nda.accepted_at), BODY),
            Paragraph(in_utc(nda.expires_at), BODY),
            Paragraph(nda.id, HASH),
        ]
        for nda in ndas
    ]
    widths = (57.5 * mm, 36 * mm, 36 * mm, 40 * mm)
    return [lines_table(("Who", "Accepted (UTC)", "Until (UTC)", "Id"), rows, widths)] if rows else [_none()]


def _readings(measures: Measures) -> list[Flowable]:
    rows = [_reading(measures, receipt) for receipt in measures.receipts]
    widths = (27 * mm, 42 * mm, 59.5 * mm, 41 * mm)
    return [lines_table(("When (UTC)", "Who", "Purpose", "How"), rows, widths)] if rows else [_none()]


def _reading(measures: Measures, receipt: Receipt) -> list[Any]:
    form = "in clear" if receipt.form is Form.CLEAR else "as an age file"
    how = [Paragraph(f"{form}, {_OUTCOMES[receipt.outcome]}; {_WHY[receipt.source_kind]}", BODY)]
    if receipt.delivered_sha256 and receipt.delivered_bytes:
        how.append(Paragraph(f"SHA-256 {receipt.delivered_sha256}", HASH))
    how.append(Paragraph(f"receipt line {receipt.sequence}", SMALL))
    who = [
        Paragraph(marked(measures.person(receipt.person_id)), BODY),
        Paragraph(marked(measures.organisation(receipt.organisation_id)), SMALL),
    ]
    purpose = Paragraph(marked(receipt.purpose or "erased"), BODY)
    return [Paragraph(in_utc(receipt.opened_at), BODY), who, purpose, how]


def _screenings(measures: Measures) -> list[Flowable]:
    rows = [_screening(measures, found) for found in measures.screenings]
    widths = (27 * mm, 48 * mm, 48 * mm, 46.5 * mm)
    return [lines_table(("When (UTC)", "Name", "Entry of the list", "Result"), rows, widths)] if rows else [_none()]


def _screening(measures: Measures, found: Screening) -> list[Any]:
    result = "on the list: refused" if found.is_exact else _DECISIONS[found.decision]
    said = [Paragraph(result, BODY)]
    if found.decided_by and found.reason:
        said.append(Paragraph(marked(f"{measures.person(found.decided_by)}: {found.reason}"), SMALL))
    entry = Paragraph(marked(f"{found.entry_name} ({found.entry})"), BODY)
    return [Paragraph(in_utc(found.found_at), BODY), Paragraph(marked(found.party_name), BODY), entry, said]


def _none() -> Flowable:
    return Paragraph("None on record.", BODY)
