"""What the picture of a chain of title needs, whoever looks at it."""

from typing import Any

from ipx.technologies.forms import RIGHT_LABELS
from ipx.titles.entries import Conveyance
from ipx.titles.exports import commitment_of
from ipx.titles.graph import drawn, path
from ipx.titles.labels import KINDS, REMARKS, gap_words
from ipx.titles.records import ChainOfTitle


def picture_of(chain: ChainOfTitle) -> dict[str, Any]:
    """Return the chain with its lanes, conveyances and gaps in words, by the names that the template knows."""
    gaps: dict[str | None, list[tuple[str, bool]]] = {}
    for gap in chain.chain.gaps:
        gaps.setdefault(gap.entry_id, []).append((gap_words(gap), gap.code in REMARKS))
    return {
        "chain": chain,
        "graph": drawn(chain.chain),
        "path": path,
        "conveyances": [view for view in chain.entries if isinstance(view.entry, Conveyance)],
        "gaps": gaps,
        "breaks": sum(gap.code not in REMARKS for gap in chain.chain.gaps),
        "kinds": KINDS,
        "labels": RIGHT_LABELS,
        "commitment_of": commitment_of,
    }
