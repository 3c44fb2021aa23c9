"""Points of fields and of time, enough of them to find every different crowd of grants; and whether a set holds one."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ipx.licences.algebra.codes import Node
from ipx.licences.algebra.fields import Field
from ipx.licences.algebra.spans import FOREVER, Span
from ipx.licences.algebra.truth import Truth, truth_of


class FieldPoint(NamedTuple):
    """Something below a place that nobody names more closely (``node``), something that a text alone says (``text``),
    or something that no code names (neither). ``texts``: what the fields that named the place are called.
    """

    node: Node | None = None
    text: str = ""
    texts: frozenset[str] = frozenset()


def field_points(fields: Iterable[Field]) -> Iterator[FieldPoint]:
    """Yield a point in every different part of the fields."""
    named: dict[Node, set[str]] = {}
    texts: set[str] = set()
    for field in fields:
        for node in field.include:
            named.setdefault(node, set()).update((field.text,) if field.text else ())
        if field.is_text:
            texts.add(field.text)
    yield FieldPoint()
    yield from (FieldPoint(text=text) for text in sorted(texts))
    yield from (FieldPoint(node, "", frozenset(called)) for node, called in sorted(named.items()))


def contains(field: Field, point: FieldPoint) -> Truth:
    """Tell whether a field holds a point."""
    if point.node is not None:
        return _holds_place(field, point.node, point.texts)
    if point.text:
        return _holds_text(field, point.text)
    if field.is_everything:
        return Truth.YES
    return Truth.UNDECIDED if field.is_text else Truth.NO


def _holds_place(field: Field, node: Node, texts: frozenset[str]) -> Truth:
    if field.lacks(node):
        return Truth.NO
    if field.is_text:
        return truth_of(surely=field.text in texts and field.is_whole, possibly=True)
    if field.is_everything or any(home.covers(node) for home in field.include):
        return Truth.UNDECIDED if field.doubts(node) else Truth.YES
    is_open = any(home.scheme != node.scheme for home in field.include) or field.text in texts
    return Truth.UNDECIDED if is_open else Truth.NO


def _holds_text(field: Field, text: str) -> Truth:
    is_same = field.is_everything or field.text == text
    return truth_of(surely=is_same and field.is_whole, possibly=True)


class Moment(NamedTuple):
    """A day, or (``event``) the last moment before an event that ends some spans; ``span`` is one that it lies in."""

    day: int
    event: str | None = None


def moments(spans: Iterable[Span]) -> Iterator[Moment]:
    """Yield a moment in every different part of the spans."""
    days: set[int] = set()
    events: dict[str, int] = {}
    for span in spans:
        days.update((span.start_min, span.start_max))
        if span.end_event is not None:
            latest = max(events.get(span.end_event, 0), span.start_min)
            events[span.end_event] = latest
    yield from (Moment(day) for day in sorted(days))
    yield from (Moment(day, event) for event, day in sorted(events.items()))


def is_there(span: Span, moment: Moment) -> Truth:
    """Tell whether a span holds a moment."""
    if moment.event is None:
        return truth_of(
            surely=span.start_max <= moment.day < span.end_min, possibly=span.start_min <= moment.day < span.end_max
        )
    if span.end_event == moment.event:
        return Truth.YES
    has_begun = span.start_max <= moment.day  # the event is later than the latest start of what it ends
    return truth_of(surely=has_begun and span.end_min == FOREVER, possibly=span.end_max > moment.day)
