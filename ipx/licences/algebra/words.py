"""Answers in words: what is shared, why it is open, what is left. In the reader's language, else in English."""

from collections.abc import Iterable, Sequence
from datetime import date

from babel import Locale
from babel.dates import format_date
from flask_babel import get_locale, gettext
from flask_babel import lazy_gettext as _

from ipx.licences.algebra.acts import ALL_ACTS, acts_of
from ipx.licences.algebra.codes import Node
from ipx.licences.algebra.conflicts import Answer
from ipx.licences.algebra.extent import Shared
from ipx.licences.algebra.fields import Field
from ipx.licences.algebra.grants import Declared
from ipx.licences.algebra.overlaps import Overlap
from ipx.licences.algebra.regions import REGIONS, members
from ipx.licences.algebra.remaining import Obstacle, Piece, Status, status_of
from ipx.licences.algebra.spans import FOREVER, Span
from ipx.licences.algebra.sublicences import Shortfall
from ipx.licences.algebra.table import Verdict
from ipx.licences.algebra.territory import WORLD, codes_of, mask_of
from ipx.licences.algebra.truth import Truth
from ipx.licences.words import ACTS

_FEW = 3  # so many missing members do not hide a region
_SEVERAL = 40  # so many countries are shorter said by those that are missing

_WHY = {
    Verdict.CLASH: _("both cannot be in force there"),
    Verdict.COUNTED: _("more licensees than was agreed would stand beside each other there"),
    Verdict.ASK: _("somebody has to be asked or offered it first"),
}
_OPEN = {
    "territory": _("who belongs to a named region is open"),
    "field": _("the fields of use are worded differently and cannot be compared"),
    "term": _("the dates depend on events"),
}
_STATUS = {
    Status.FREE: _("free"),
    Status.PARTLY: _("free but for some fields or times"),
    Status.UNDECIDED: _("undecided"),
    Status.TAKEN: _("no longer free"),
}
_SHORT = {
    "allowed": _("the licence above allows no sublicences"),
    "tiers": _("it lies deeper than the licence above allows"),
    "parent": _("the licence above it is not known here"),
    "exclusivity": _("it is more exclusive than the licence above it"),
    "territory": _("it reaches further than the licence above it: territory or acts"),
    "field": _("it reaches further than the licence above it: field of use"),
    "term": _("it lasts longer, or begins earlier, than the licence above it"),
    "rights": _("it names rights that the licence above it does not"),
}


def answer_words(answer: Answer) -> str:
    """Return the answer as one sentence."""
    if answer.conflict is Truth.YES:
        return str(gettext("This grant cannot stand beside those that exist."))
    if answer.conflict is Truth.UNDECIDED:
        return str(gettext("It is undecided whether this grant can stand beside those that exist: people must decide."))
    return declared_words(answer.declared)


def why_words(answer: Answer) -> str:
    """Return why a grant cannot surely be made, telling nothing of who holds what; "" where it can."""
    if answer.conflict is Truth.YES:
        places = 0
        for overlap in answer.overlaps:
            for where, _acts in overlap.shared.boxes if overlap.truth is Truth.YES else ():
                places |= where
        if not places:
            return answer_words(answer)
        return str(gettext("Rights in the way are granted already: %(where)s.", where=territory_words(places)))
    if answer.conflict is not Truth.UNDECIDED:
        return ""
    reasons = dict.fromkeys(
        str(why)
        for overlap in answer.overlaps
        for why in (
            *([_WHY[overlap.verdict]] if overlap.verdict is Verdict.ASK else []),
            *(_OPEN[what] for what in overlap.shared.open),
        )
    )
    return f"{'; '.join(reasons)}." if reasons else answer_words(answer)


def declared_words(declared: Declared | None) -> str:
    """Return on whose word it rests that nothing else stands in the way."""
    if declared is None:
        return str(gettext("Free by what is recorded here; agreements made elsewhere were not declared."))
    return str(gettext("Free as declared by %(owner)s on %(day)s.", owner=declared.by, day=day_words(declared.on)))


def piece_words(piece: Piece, *, at: date) -> str:
    """Return what is left of a piece in one sentence."""
    return str(
        gettext(
            "%(where)s, to %(acts)s: an exclusive licence is %(exclusive)s, a non-exclusive one is %(open)s",
            where=territory_words(piece.territory),
            acts=acts_words(piece.acts),
            exclusive=_STATUS[status_of(piece.exclusive, at=at)],
            open=_STATUS[status_of(piece.non_exclusive, at=at)],
        )
    )


def obstacle_words(obstacle: Obstacle) -> str:
    """Return which field is taken, and for how long."""
    return f"{field_words(obstacle.extent.field)}, {span_words(obstacle.extent.span)}"


def overlap_words(overlap: Overlap, *, fields: Sequence[Field]) -> str:
    """Return what is shared with one grant, and why that matters. ``fields``: of both, for those without codes."""
    reasons = [str(_WHY[overlap.verdict]), *(str(_OPEN[what]) for what in overlap.shared.open)]
    return f"{shared_words(overlap.shared, fields=fields)}: {'; '.join(reasons)}."


def shared_words(shared: Shared, *, fields: Sequence[Field]) -> str:
    """Return the overlap as words: where, to do what, for what, when."""
    places = gettext(" and ").join(
        str(gettext("%(where)s to %(acts)s", where=territory_words(where), acts=acts_words(acts)))
        for where, acts in shared.boxes
    )
    what = nodes_words(shared.places) or " / ".join(dict.fromkeys(field_words(field) for field in fields))
    return f"{places}; {what}; {span_words(shared.span)}"


def shortfall_words(fall: Shortfall) -> str:
    """Return why a sublicence goes too far."""
    return str(_SHORT[fall.what])


def territory_words(mask: int) -> str:
    """Return countries by their names; where most of the world is meant, by those that are missing."""
    if mask == WORLD:
        return str(gettext("worldwide"))
    codes, missing = codes_of(mask), codes_of(WORLD & ~mask)
    if len(codes) > _SEVERAL and len(missing) < len(codes):
        return str(gettext("worldwide except %(countries)s", countries=_region(WORLD & ~mask) or _countries(missing)))
    return _region(mask) or _countries(codes)


def _region(mask: int) -> str | None:
    """Return the region whose members of today the countries are, all or all but a few; None if there is none."""
    for name in REGIONS:
        members_today = mask_of(members(name, date.max, None)[0])
        missing = codes_of(members_today & ~mask)
        if mask & ~members_today or len(missing) > min(_FEW, len(codes_of(mask)) // 2):
            continue
        if not missing:
            return name
        return str(gettext("%(region)s without %(countries)s", region=name, countries=_countries(missing)))
    return None


def acts_words(mask: int) -> str:
    """Return acts, separated by commas."""
    if mask == ALL_ACTS:
        return str(gettext("do anything"))
    return str(gettext(", ")).join(str(ACTS[act]) for act in acts_of(mask))


def field_words(field: Field) -> str:
    """Return a field as it was written, with its codes."""
    included, cut = nodes_words(field.include), nodes_words(field.exclude | field.doubtful)
    words = " ".join(part for part in (field.words, f"({included})" if field.words and included else included) if part)
    words = words or str(gettext("all fields"))
    return str(gettext("%(field)s except %(codes)s", field=words, codes=cut)) if cut else words


def nodes_words(nodes: Iterable[Node]) -> str:
    """Return places of classifications, such as ``CPC H01M 10``."""
    return ", ".join(f"{node.scheme.upper()} {code_of(node)}".strip() for node in sorted(nodes))


def code_of(node: Node) -> str:
    """Return a place as its scheme writes it."""
    if node.scheme == "cpc":
        return "".join(node.path[:3]) + "".join(f" {group}" for group in node.path[3:])
    if node.scheme == "nace":
        return node.path[0] + ("." + "".join(node.path[1:]) if node.path[1:] else "")
    own = node.path[1:] if len(node.path) > 1 and len(node.path[1]) > 1 else node.path
    return "".join(own)


def span_words(span: Span) -> str:
    """Return a time: from when until when, as far as it is known."""
    return f"{_from(span)} {_until(span)}".strip()


def day_words(day: date) -> str:
    """Return a day, such as 5 Jan 2027."""
    return format_date(day, "d MMM y", locale=_locale())


def _from(span: Span) -> str:
    first = day_words(date.fromordinal(span.start_min))
    if span.start_min == span.start_max:
        return str(gettext("from %(day)s", day=first))
    return str(gettext("from %(day)s at the earliest", day=first))


def _until(span: Span) -> str:
    if span.end_event is not None and span.end_min != span.end_max:
        return str(_EVENTS.get(span.end_event.split(" ")[0], _("until an event that has no date yet")))
    if span.end_min >= FOREVER:
        return str(gettext("without end"))
    last = day_words(date.fromordinal(span.end_min - 1))
    if span.end_min == span.end_max:
        return str(gettext("until %(day)s", day=last))
    return str(gettext("until %(day)s at the earliest", day=last))


_EVENTS = {
    "last-to-expire": _("until the last licensed patent expires"),
    "last-valid-claim": _("until the last valid claim falls"),
    "condition": _("until a condition is met"),
}


def _countries(codes: Sequence[str]) -> str:
    names = _locale().territories
    return ", ".join(str(names.get(code, code)) for code in codes)


def _locale() -> Locale:
    return get_locale() or Locale("en")
