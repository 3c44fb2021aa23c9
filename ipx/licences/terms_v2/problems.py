"""What is wrong with terms: every fault at once, each with the path of its field and the cure."""

from collections.abc import Sequence
from dataclasses import dataclass

from ipx.core.errors import Invalid


@dataclass(frozen=True)
class Problem:
    """One fault. ``path`` names the field as the JSON has it, such as ``royalty.tiers[1].from``."""

    path: str
    message: str

    def __str__(self) -> str:
        return f"{self.path}: {self.message}" if self.path else self.message


class InvalidTerms(Invalid):
    """Terms that cannot be taken; ``problems`` are all that was found, ``field`` is the path of the first."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems), field=problems[0].path or None)
        self.problems = tuple(problems)


def below(path: str, name: str) -> str:
    """Return the path of a field inside another."""
    return f"{path}.{name}" if path else name
