"""How a chain of title looks on paper: the same picture, and the same words. It states nothing that is not in it."""

from typing import Any

from flask_babel import gettext as _
from reportlab.lib import colors
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, Spacer, Table, TableStyle

from ipx.titles.entries import Conveyance
from ipx.titles.exports import NOTE, commitment_of, rests_on, share_in_words
from ipx.titles.graph import ROW, Graph, Lane, Row, drawn
from ipx.titles.labels import ACTS, BASES, KINDS, RULES, gap_words
from ipx.titles.records import ChainOfTitle, EntryView
from ipx.web.paper_parts import BODY, HASH, INK, SMALL, STRONG, TITLE, WIDTH, facts_table, in_utc, printed
from ipx.web.pdf_fonts import marked, register_fonts
from ipx.web.render import day

SHRINK = 0.7  # points for a pixel
TINTS = [colors.HexColor(code) for code in ("#0a5672", "#7d4b00", "#1d6737", "#6b3fa0", "#a3221b", "#596671")]
CLAIM = (2, 2)


class Lanes(Flowable):
    """One row of the picture, as high as its text; below the bands the lanes go straight on."""

    def __init__(self, graph: Graph, row: Row | None, lanes: list[Lane], height: float) -> None:
        super().__init__()
        self.width, self.height = graph.width * SHRINK, height
        self._row, self._lanes = row, lanes

    def wrap(self, *_available: float) -> tuple[float, float]:
        """Return the size, whatever there is."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw bands from the top, then straight lanes to the bottom."""
        bands = ROW * SHRINK if self._row else 0.0
        for band in self._row.bands if self._row else ():
            self._begin(band.tint, band.is_claim, band.width)
            path = self.canv.beginPath()
            path.moveTo(band.top * SHRINK, self.height)
            middle = self.height - bands / 2
            path.curveTo(
                band.top * SHRINK, middle, band.bottom * SHRINK, middle, band.bottom * SHRINK, self.height - bands
            )
            self.canv.drawPath(path)
        for lane in self._lanes:
            self._begin(lane.tint, lane.is_claim, lane.width)
            self.canv.line(lane.x * SHRINK, self.height - bands, lane.x * SHRINK, 0)

    def _begin(self, tint: int, is_claim: bool, width: float) -> None:
        self.canv.setStrokeColor(TINTS[tint])
        self.canv.setLineWidth(1 if is_claim else width * SHRINK)
        self.canv.setDash(*CLAIM) if is_claim else self.canv.setDash()


def draw_chain(chain: ChainOfTitle) -> bytes:
    """Return the chain as a PDF with numbered pages."""
    register_fonts()
    made = in_utc(chain.made_at)
    story = [
        Paragraph(_("Chain of title"), TITLE),
        _head(chain),
        Spacer(0, 4 * mm),
        _picture(chain),
        Spacer(0, 4 * mm),
        *_gaps(chain),
        *_consents(chain),
        *_rectified(chain),
    ]
    foot = f"IPX · confidential · made {made} UTC"
    return printed(story, title=f"Chain of title: {chain.right.particulars.title}", audit_head="-", foot=foot)


def _head(chain: ChainOfTitle) -> Flowable:
    stated = chain.right.particulars
    number = " ".join(part for part in (stated.office, stated.number, stated.kind_code) if part)
    holders = "; ".join(f"{name}: {share}" for name, share in chain.chain.holders.items())
    return facts_table(
        [
            (_("Right"), marked(stated.title), BODY),
            (_("Number"), marked(number or "-"), BODY),
            (_("Kept by"), marked(chain.organisation_name), BODY),
            (_("Holders now"), marked(holders or "-"), BODY),
            (_("Made"), f"{in_utc(chain.made_at)} UTC", BODY),
            (_("Note"), marked(NOTE), SMALL),
        ]
    )


def _picture(chain: ChainOfTitle) -> Table:
    graph = drawn(chain.chain)
    words_width = WIDTH - graph.width * SHRINK - 6 * mm
    first = "; ".join(f"{name}: {share}" for name, share in chain.chain.first_holders.items()) or "-"
    cells: list[tuple[Row | None, list[Lane], list[Any]]] = [
        (None, list(graph.first), [Paragraph(_("First owners"), STRONG), Paragraph(marked(first), BODY)])
    ]
    views = [view for view in chain.entries if isinstance(view.entry, Conveyance)]
    for view, row in zip(views, graph.rows, strict=True):
        cells.append((row, list(row.lanes_after), _words(chain, view)))
    rows = []
    heights = []
    for drawing, lanes, words in cells:
        text = sum(each.wrap(words_width, 10_000)[1] for each in words) + 4 * mm
        heights.append(max(text, ROW * SHRINK if drawing else 10 * mm))
        rows.append([Lanes(graph, drawing, lanes, heights[-1]), words])
    table = Table(rows, colWidths=(graph.width * SHRINK + 6 * mm, words_width), rowHeights=heights, hAlign="LEFT")
    zero = [(f"{side}PADDING", (0, 0), (0, -1), 0) for side in ("TOP", "BOTTOM", "LEFT", "RIGHT")]
    table.setStyle(TableStyle([*zero, ("VALIGN", (0, 0), (-1, -1), "TOP"), ("TEXTCOLOR", (0, 0), (-1, -1), INK)]))
    return table


def _words(chain: ChainOfTitle, view: EntryView) -> list[Any]:
    said = view.entry
    assert isinstance(said, Conveyance)
    givers = ", ".join(giver.name for giver in said.givers)
    share = share_in_words(said) or _("no share")
    days = [
        _("signed %(day)s", day=day(said.executed_on)) if said.executed_on else _("day of signing not stated"),
        _("recorded %(day)s", day=day(said.recorded_on)) if said.recorded_on else _("not recorded at the office"),
    ]
    if said.reference:
        days.append(said.reference)
    lines = [
        Paragraph(marked(f"{KINDS[said.kind]}: {givers} {_('to')} {said.receiver}"), STRONG),
        Paragraph(marked(f"{share} · {' · '.join(days)} · {rests_on(view)}"), BODY),
    ]
    proof = [commitment_of(view), view.block.transaction if view.block else None]
    lines += [Paragraph(each, HASH) for each in proof if each]
    gaps = [gap for gap in chain.chain.gaps if gap.entry_id == view.id]
    return lines + [Paragraph(marked(f"! {gap_words(gap)}"), BODY) for gap in gaps]


def _gaps(chain: ChainOfTitle) -> list[Any]:
    whole = [gap for gap in chain.chain.gaps if gap.entry_id is None]
    if not chain.chain.gaps:
        return [Paragraph(_("No gap is seen in what is stated here."), STRONG)]
    head = Paragraph(_("%(n)s points to look into", n=len(chain.chain.gaps)), STRONG)
    return [head, *(Paragraph(marked(f"! {gap_words(gap)}"), BODY) for gap in whole)]


def _rectified(chain: ChainOfTitle) -> list[Any]:
    done = [each for each in chain.rectifications if each.is_done]
    if not done:
        return []
    lines: list[Any] = [Spacer(0, 4 * mm), Paragraph(_("Put right"), STRONG)]
    for each in done:
        said = each.original.entry
        words = (
            f"{KINDS[said.kind]}: {', '.join(g.name for g in said.givers)} – {said.receiver}"
            if isinstance(said, Conveyance)
            else "–"
        )
        why = f"{BASES[each.basis]}: {each.words}"
        lines.append(Paragraph(f"<strike>{marked(words)}</strike> {marked(why)}", BODY))
    return lines


def _consents(chain: ChainOfTitle) -> list[Any]:
    if not chain.requirements:
        return []
    lines: list[Any] = [Spacer(0, 4 * mm), Paragraph(_("Joint owners: who has to be asked"), STRONG)]
    for act, needed in chain.requirements.items():
        missing = ", ".join(needed.missing)
        words = f"{ACTS[act]}: {RULES[needed.rule]}. {needed.source}"
        lines.append(Paragraph(marked(words + (f" ({missing})" if missing else "")), BODY))
    return lines
