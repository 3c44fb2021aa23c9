"""Terms of version 2 for property tests: every value that the types allow, made from the types."""

from dataclasses import fields
from datetime import date
from typing import Annotated, Any, get_args, get_origin

from hypothesis import strategies as st

from ipx.core.money import CURRENCIES, Money
from ipx.licences.terms_v2.codec import hints_of, is_record, optional
from ipx.licences.terms_v2.limits import Between, Items, Length, Pattern
from ipx.licences.terms_v2.terms import LicenceTerms

LETTERS = st.characters(exclude_categories=["Cs", "Cc"])


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for a type as the schema's dataclasses have it."""
    origin = get_origin(kind)
    if origin is Annotated:
        base, *limits = get_args(kind)
        return _limited(base, limits)
    if (inner := optional(kind)) is not None:
        return st.none() | values(inner)
    if origin in (tuple, frozenset):
        return st.lists(values(get_args(kind)[0]), max_size=2).map(origin)
    if kind is Money:
        return st.builds(Money, st.integers(0, 2**53 - 1), st.sampled_from(CURRENCIES))
    if is_record(kind):
        return st.builds(kind, **{field.name: values(hints_of(kind)[field.name]) for field in fields(kind)})
    if kind is bool:
        return st.booleans()
    if kind is date:
        return st.dates()
    return st.sampled_from(kind)


def _limited(base: Any, limits: list[Any]) -> st.SearchStrategy[Any]:
    (limit,) = limits
    if isinstance(limit, Between):
        return st.integers(limit.low, limit.high)
    if isinstance(limit, Pattern):
        return st.from_regex(limit.expression, fullmatch=True, alphabet=st.characters(codec="ascii"))
    if isinstance(limit, Length):
        return st.text(LETTERS, min_size=1, max_size=8).filter(lambda text: bool(text.strip()))
    assert isinstance(limit, Items)
    item = values(get_args(base)[0])
    unique = get_origin(base) is frozenset
    lists = st.lists(item, min_size=limit.least, max_size=min(limit.most, limit.least + 2), unique=unique)
    return lists.map(get_origin(base))


TERMS: st.SearchStrategy[LicenceTerms] = values(LicenceTerms)
