"""The certificate of erasure on paper. It must never promise more than was done: what remains is on it as well."""

import io
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from ipx.vault.erasure_records import Erasure, Remains
from ipx.vault.records import Document
from ipx.web.pdf_fonts import BOLD, PLAIN, marked, register_fonts

MARGIN = 20 * mm
BODY = ParagraphStyle("body", fontName=PLAIN, fontSize=9, leading=13, spaceAfter=4)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=7.5, leading=10, wordWrap="CJK", spaceAfter=0)
LABEL = ParagraphStyle("label", parent=SMALL, fontName=BOLD)
HEADING = ParagraphStyle("heading", parent=BODY, fontName=BOLD, fontSize=10.5, spaceBefore=8)
TITLE = ParagraphStyle("title", parent=BODY, fontName=BOLD, fontSize=16, leading=20, spaceAfter=6)

DESTROYED = (
    "The key that alone opened the stored file, the fingerprint of its content, the salt of its time stamp, its file "
    "name, and what readers wrote about their readings were destroyed in the database. The stored file was unpinned "
    "and its blocks removed; another document with the very same public bytes keeps its own."
)
DESTROYED_SEALED = (
    "The copies of its key, each sealed in a browser for an organisation, what opens the commitment of its time stamp, "
    "its name here, and what readers wrote about their readings were destroyed in the database. The stored file was "
    "unpinned and its blocks removed. The exchange never had a key that opens it: whoever kept the file and a key file "
    "can open it still."
)
FILES = {
    "sqlite": "The database file was then built anew and its write-ahead log emptied: no freed byte holds any of it.",
    "postgresql": "The tables were then built anew (VACUUM FULL). The server’s write-ahead log, and archives and "
    "replicas of it, keep the wrapped key until the server overwrites them in its own course; without the key of the "
    "organisation it opens nothing.",
}
STAYS = (
    "The commitment on the chain: a number that says nothing without its salt, and on which the proofs of others rest. "
    "Lines of the exchange’s own logs, with numbers, moments and ids: that there was such a document, who read it and "
    "when, and that it was erased. Copies that readers took away, and evidence that was downloaded before."
)
GONE = "No backup of the exchange holds the document since {day}."
UNTIL = (
    "The last backup that may hold the document is gone on <b>{day}</b>. Each has a key of its own and is destroyed by "
    "the day below. Should one be restored before, the erasure register has the document erased again "
    "before anybody can read."
)
OVERDUE = "<b>Overdue</b>: the operator has not yet said that it is destroyed."


@dataclass(frozen=True)
class CertificateOfErasure:
    """What the certificate states; ``database`` is its kind, ``asked_by`` a name, empty when it is not known."""

    document: Document
    organisation: str
    asked_by: str
    erasure: Erasure
    remains: Remains
    commitment: bytes
    database: str
    made_at: datetime


def draw_certificate(facts: CertificateOfErasure) -> bytes:
    """Return the certificate as a PDF."""
    register_fonts()
    sink = io.BytesIO()
    paper = SimpleDocTemplate(
        sink,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=18 * mm,
        bottomMargin=16 * mm,
        title=f"Certificate of erasure {facts.document.id}",
        author="IPX",
        lang="en",
    )
    paper.build(_story(facts))
    return sink.getvalue()


def _story(facts: CertificateOfErasure) -> list[Any]:
    return [
        Paragraph("Certificate of erasure", TITLE),
        _table(_facts(facts)),
        Paragraph("What was destroyed", HEADING),
        Paragraph(f"{_destroyed(facts.document)} {FILES[facts.database]}", BODY),
        Paragraph("What remains", HEADING),
        Paragraph(STAYS, BODY),
        Paragraph("Backups", HEADING),
        *_backups(facts),
        Spacer(0, 5 * mm),
        Paragraph(f"Made on {_moment(facts.made_at)} from the records of the exchange.", SMALL),
    ]


def _destroyed(document: Document) -> str:
    return DESTROYED_SEALED if document.is_browser_sealed else DESTROYED


def _facts(facts: CertificateOfErasure) -> list[tuple[str, str]]:
    erasure = facts.erasure
    moments = [
        ("Asked for", erasure.asked_at),
        ("Key, salt and name destroyed", erasure.shredded_at),
        ("Stored file removed", erasure.removed_at),
        ("Files of the database cleared", erasure.scrubbed_at),
    ]
    return [
        ("Document", facts.document.id),
        ("Deposited by", facts.organisation),
        ("Deposited on", _moment(facts.document.created_at)),
        ("Asked by", facts.asked_by or "not known here any more"),
        ("Reason", erasure.reason),
        *((label, _moment(moment)) for label, moment in moments if moment is not None),
        ("Stored as", facts.document.cid),
        ("Commitment", facts.commitment.hex()),
        ("Erasure", erasure.id),
    ]


def _backups(facts: CertificateOfErasure) -> list[Any]:
    remains = facts.remains
    day = remains.last_day.strftime("%d %B %Y").lstrip("0")
    if not remains.backups:
        return [Paragraph(GONE.format(day=day), BODY)]
    overdue = remains.overdue(facts.made_at)
    rows = [
        (f"Backup {backup.id[:8]}", f"begun {_moment(backup.begun_at)}, destroyed by {_moment(backup.destroy_by)}")
        for backup in remains.backups
    ]
    late = [Paragraph(f"Backup {backup.id[:8]}. {OVERDUE}", BODY) for backup in overdue]
    return [Paragraph(UNTIL.format(day=day), BODY), _table(rows), *late]


def _table(rows: list[tuple[str, str]]) -> Table:
    cells = [[Paragraph(label, LABEL), Paragraph(marked(value), SMALL)] for label, value in rows]
    table = Table(cells, colWidths=[48 * mm, A4[0] - 2 * MARGIN - 48 * mm - 12], hAlign="LEFT")
    line = ("LINEBELOW", (0, 0), (-1, -1), 0.25, colors.HexColor("#cccccc"))
    table.setStyle(
        TableStyle(
            [
                line,
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("LEFTPADDING", (0, 0), (-1, -1), 0),
                ("TOPPADDING", (0, 0), (-1, -1), 2),
            ]
        )
    )
    return table


def _moment(moment: datetime) -> str:
    return moment.strftime("%d %B %Y, %H:%M:%S UTC").lstrip("0")
