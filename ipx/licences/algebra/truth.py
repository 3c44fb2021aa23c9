"""Three answers instead of two: yes, no, undecided (Kleene's strong logic)."""

from collections.abc import Iterable
from enum import StrEnum


class Truth(StrEnum):
    """An answer. Undecided means: the words of the grants allow both."""

    YES = "yes"
    NO = "no"
    UNDECIDED = "undecided"


def truth_of(*, surely: bool, possibly: bool) -> Truth:
    """Return the answer of something that is surely so, possibly so, or neither."""
    if surely:
        return Truth.YES
    return Truth.UNDECIDED if possibly else Truth.NO


def all_of(answers: Iterable[Truth]) -> Truth:
    """Return no when one is no, else undecided when one is undecided, else yes."""
    found = set(answers)
    if Truth.NO in found:
        return Truth.NO
    return Truth.UNDECIDED if Truth.UNDECIDED in found else Truth.YES


def any_of(answers: Iterable[Truth]) -> Truth:
    """Return yes when one is yes, else undecided when one is undecided, else no."""
    found = set(answers)
    if Truth.YES in found:
        return Truth.YES
    return Truth.UNDECIDED if Truth.UNDECIDED in found else Truth.NO
