"""What a check finds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ipx.core.canonical import Json


@dataclass(frozen=True)
class Difference:
    """One thing that our tables say otherwise than the chain, or than what was signed. ``subject``: an id of ours, or
    a token where no row is left; ``field``: the column, empty where the whole row is concerned."""

    area: str
    subject: str
    field: str
    words: str


@dataclass(frozen=True)
class CheckReport:
    """All differences, how many things of each area were compared, and up to which block. ``unchecked``: sentences
    about what could not be asked any more; it is no difference, nor is it known to be right."""

    height: int
    compared: Mapping[str, int]
    differences: Sequence[Difference] = field(default_factory=tuple)
    unchecked: Sequence[str] = ()

    @property
    def holds(self) -> bool:
        """Tell whether nothing differs."""
        return not self.differences

    def record(self) -> dict[str, Json]:
        """Return the report as JSON."""
        found: list[Json] = [dict(one.__dict__) for one in self.differences]
        return {
            "holds": self.holds,
            "height": self.height,
            "compared": dict(self.compared),
            "differences": found,
            "unchecked": list(self.unchecked),
        }

    def sentences(self) -> list[str]:
        """Return the report in words, one line each."""
        counts = ", ".join(f"{count} {area}" for area, count in self.compared.items())
        said = [f"Compared with the chain up to block {self.height}: {counts}."]
        for one in self.differences:
            where = f"{one.area} {one.subject}" + (f", {one.field}" if one.field else "")
            said.append(f"DIFFERS ({where}): {one.words}")
        said += [f"NOT CHECKED: {words}" for words in self.unchecked]
        if self.holds:
            said.append("Our tables say what the chain says, and what was signed.")
        return said


def unlike(area: str, subject: str, values: Mapping[str, tuple[object, object]]) -> list[Difference]:
    """Return a difference for each field whose two values (ours, theirs) are not the same."""
    return [
        Difference(area, subject, name, f"our table says {ours}, but it is {theirs}")
        for name, (ours, theirs) in values.items()
        if ours != theirs
    ]
