"""Time: from a first day to the day after the last, either of which may be known only within bounds. Days as ordinals.

Two spans are never empty, so one that begins before the other's last certain day, or ends by the same event, meets it.
"""

from dataclasses import dataclass
from datetime import date

from ipx.licences.algebra.truth import Truth, all_of, truth_of

FOREVER = date.max.toordinal()
PAYMENT_WITHIN = 92
"""Days within which a licence that begins on payment or on signature begins, if it begins; docs/spec says why."""


@dataclass(frozen=True)
class Span:
    """``[start, end)`` as bounds. ``end_event`` names what ends it where no date does, such as ``last-to-expire``."""

    start_min: int
    start_max: int
    end_min: int
    end_max: int
    end_event: str | None = None

    def meet(self, other: "Span") -> Truth:
        """Tell whether both share a day."""
        return all_of((_begins_in_time(self, other), _begins_in_time(other, self)))

    def within(self, other: "Span") -> Truth:
        """Tell whether this begins no earlier and ends no later than the other."""
        same_end = self.end_event is not None and self.end_event == other.end_event
        return all_of(
            (
                truth_of(surely=other.start_max <= self.start_min, possibly=other.start_min <= self.start_max),
                truth_of(surely=same_end or self.end_max <= other.end_min, possibly=self.end_min <= other.end_max),
            )
        )

    def overlap(self, other: "Span") -> "Span":
        """Return the span that both share, within bounds."""
        first = min((self, other), key=lambda span: (span.end_max, span.end_min))
        return Span(
            max(self.start_min, other.start_min),
            max(self.start_max, other.start_max),
            min(self.end_min, other.end_min),
            min(self.end_max, other.end_max),
            first.end_event,
        )


def _begins_in_time(one: Span, other: Span) -> Truth:
    """Tell whether the first begins before the second ends."""
    same_end = one.end_event is not None and one.end_event == other.end_event
    surely = same_end or one.start_max < other.end_min or one.start_max <= other.start_min
    return truth_of(surely=surely, possibly=one.start_min < other.end_max)


def days(start: date, end: date | None) -> Span:
    """Return a span of known days; None is without end."""
    last = FOREVER if end is None else end.toordinal()
    return Span(start.toordinal(), start.toordinal(), last, last)
