"""The index held against the database: what it lacks, what it has in another version, what it should not have."""

from collections.abc import Iterable
from dataclasses import dataclass

from ipx.core.ports import IndexEntry, SearchDocument


@dataclass(frozen=True)
class IndexComparison:
    """``documents`` are public in the database, ``entries`` can be found. Each difference is ``kind:id``."""

    documents: int
    entries: int
    missing: tuple[str, ...]
    outdated: tuple[str, ...]
    strays: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Tell whether the index finds exactly what is public, in its present version."""
        return not (self.missing or self.outdated or self.strays)


def compared(documents: Iterable[SearchDocument], entries: Iterable[IndexEntry]) -> IndexComparison:
    """Compare all public documents with all entries. ``documents`` are read to their end, and none is kept."""
    found = {(entry.kind, entry.id): entry.version for entry in entries}
    total, missing, outdated, strays = 0, [], [], set(found)
    for document in documents:
        total += 1
        place = (document.kind, document.id)
        strays.discard(place)
        if place not in found:
            missing.append(_name(place))
        elif found[place] != document.version:
            outdated.append(_name(place))
    return IndexComparison(
        documents=total,
        entries=len(found),
        missing=tuple(missing),
        outdated=tuple(outdated),
        strays=tuple(sorted(_name(place) for place in strays)),
    )


def _name(place: tuple[str, str]) -> str:
    return ":".join(place)
