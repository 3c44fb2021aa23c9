"""How a history looks on paper. It must never state anything that is not in the history given."""

from typing import Any

from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, Spacer, Table

from ipx.history.records import TechnologyHistory, TimelineLine
from ipx.history.rules import PLATFORM_RECORD_ONLY, ProofKind
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

WIDTHS = (27 * mm, 71 * mm, 36 * mm, 35.5 * mm)
PROOF_NOTE = (
    "Every line is shown with its proof: the block of a contract's transaction, or the words "
    f"<b>{PLATFORM_RECORD_ONLY}</b>, where the exchange's own hash-chained record alone speaks for it."
)
TITLE_NOTE = "A record here transfers nothing by itself and is no recordation at a patent office."


def draw_history(history: TechnologyHistory) -> bytes:
    """Return the history as a PDF with numbered pages."""
    register_fonts()
    head = _audit_head(history)
    return printed(
        [*_head(history), Spacer(0, 5 * mm), _table(history)],
        title=f"History: {history.title}",
        audit_head=head,
        foot=f"IPX · made {in_utc(history.made_at)} UTC · audit head {head[:16]}…",
    )


def _head(history: TechnologyHistory) -> list[Any]:
    facts = [
        ("Technology", marked(history.title), BODY),
        ("Owner", marked(history.organisation), BODY),
        ("Made", f"{in_utc(history.made_at)}, {len(history.lines)} lines", BODY),
        ("Chain", history.chain_in_words, BODY),
        ("Audit log", _audit_state(history), BODY),
        ("Audit head", _audit_head(history), HASH),
        ("Id", history.technology_id, HASH),
    ]
    notes = [Paragraph(note, SMALL) for note in (PROOF_NOTE, TITLE_NOTE)]
    return [Paragraph("History of a technology", TITLE), facts_table(facts), Spacer(0, 3 * mm), *notes]


def _audit_state(history: TechnologyHistory) -> str:
    audit = history.audit
    if audit is None:
        return "not verified"
    if audit.broken_at is None:
        return f"verified whole, {audit.lines} lines"
    return f"BROKEN at line {audit.broken_at} of {audit.lines}: nothing from there on is proven"


def _audit_head(history: TechnologyHistory) -> str:
    return history.audit.head if history.audit else "not verified"


def _table(history: TechnologyHistory) -> Table:
    head = ("When (UTC)", "What", "Who", "Proof")
    return lines_table(head, [_row(line) for line in history.lines], WIDTHS, splits_rows=True)


def _row(line: TimelineLine) -> list[Any]:
    what: list[Any] = [Paragraph(marked(line.what), BODY)]
    if line.transaction is not None:
        what.append(Paragraph(f"transaction {line.transaction}", HASH))
    who = [Paragraph(marked(line.actor), BODY)]
    if line.organisation not in line.actor:
        who.append(Paragraph(marked(line.organisation), SMALL))
    source = f"receipt {line.receipt_sequence}" if line.audit_sequence is None else f"audit line {line.audit_sequence}"
    proof_style = BODY if line.proof_kind is ProofKind.PLATFORM else STRONG
    proof = [Paragraph(line.proof_in_words, proof_style), Paragraph(source, SMALL)]
    return [Paragraph(in_utc(line.at), BODY), what, who, proof]
