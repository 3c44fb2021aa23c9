"""States of a listing, the statement that goes before publishing, and what a need must say. Pure."""

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from ipx.core.errors import Invalid


class State(StrEnum):
    """States of a listing."""

    PUBLISHED = "PUBLISHED"
    WITHDRAWN = "WITHDRAWN"


class Novelty(StrEnum):
    """What the publisher states: publishing before filing can destroy novelty (EPC Art. 54)."""

    FILED = "filed"
    CLEARED = "cleared"  # not filed; the summary is cleared as non-enabling


FIRST_PATENT_YEAR = 1790  # the first United States patent; an earlier year is a slip of the pen
LONGEST_NEED_TITLE, LONGEST_NEED_TEXT = 200, 20_000
MOST_KEYWORDS, LONGEST_KEYWORD = 20, 60


def check_novelty(novelty: Novelty, filed_on: date | None, *, today: date) -> None:
    """Raise Invalid unless the statement is whole: a filing date that has passed, or the clearance without one."""
    if novelty is Novelty.CLEARED and filed_on is not None:
        raise Invalid("“Not filed” has no filing date: leave it empty, or choose “filed”.", field="filed_on")
    if novelty is Novelty.CLEARED:
        return
    if filed_on is None:
        raise Invalid("State the day of filing, as the office recorded it.", field="filed_on")
    if filed_on > today:
        raise Invalid(
            "This day has not come yet. Publish after filing, or have the summary cleared as non-enabling.",
            field="filed_on",
        )
    if filed_on.year < FIRST_PATENT_YEAR:
        raise Invalid("This filing date lies too far back; check the year.", field="filed_on")


def clean_need(title: str, text: str) -> tuple[str, str]:
    """Return title and text of a need without control characters. Raises Invalid."""
    title = " ".join("".join(c if c.isprintable() else " " for c in title).split())
    text = "".join(c for c in text.replace("\r\n", "\n") if c.isprintable() or c == "\n").strip()
    if not title:
        raise Invalid("Write a title: what is sought, in a few words.", field="title")
    if len(title) > LONGEST_NEED_TITLE:
        raise Invalid(f"Use {LONGEST_NEED_TITLE} characters at most for the title.", field="title")
    if len(text) < 20:
        raise Invalid(
            "Describe the problem in a sentence or two, so that others know whether they can help.", field="text"
        )
    if len(text) > LONGEST_NEED_TEXT:
        raise Invalid(f"Use {LONGEST_NEED_TEXT:,} characters at most.", field="text")
    return title, text


def clean_keywords(keywords: Sequence[str]) -> tuple[str, ...]:
    """Return the different keywords with single spaces. Raises Invalid when there are too many or one is too long."""
    cleaned = tuple(dict.fromkeys(" ".join(word.split()) for word in keywords if word.strip()))
    if len(cleaned) > MOST_KEYWORDS:
        raise Invalid(f"Give {MOST_KEYWORDS} keywords at most.", field="keywords")
    if any(len(word) > LONGEST_KEYWORD or not word.isprintable() for word in cleaned):
        raise Invalid(f"A keyword is a word or a few, {LONGEST_KEYWORD} characters at most.", field="keywords")
    return cleaned
