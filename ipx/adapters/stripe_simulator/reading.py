"""Owns the reading side of the API: one object with parts expanded, and lists in pages.

It never changes the books.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ipx.adapters.stripe_simulator.books import Body, Books
from ipx.adapters.stripe_simulator.desk import Desk
from ipx.adapters.stripe_simulator.faults import ApiFault, missing
from ipx.adapters.stripe_simulator.parameters import Field, Tree, integer, items, shape, text

_EXPANDABLE: Mapping[str, Mapping[str, str]] = {
    "checkout.session": {"payment_intent": "payment_intent"},
    "payment_intent": {"latest_charge": "charge"},
    "charge": {"payment_intent": "payment_intent"},
    "refund": {"charge": "charge", "payment_intent": "payment_intent"},
    "dispute": {"charge": "charge", "payment_intent": "payment_intent"},
}
_DEEPEST = 4

EXPAND = Field(items(text(200), at_most=20))


def _created(path: str, value: Any) -> Tree:
    """Check a moment, or a range of moments, in Unix seconds."""
    moment = integer(0)
    if isinstance(value, dict):
        bounds: Tree = shape({name: Field(moment) for name in ("gt", "gte", "lt", "lte")})(path, value)
        return bounds
    return {"gte": (exact := moment(path, value)), "lte": exact}


PAGE = {
    "limit": Field(integer(1, 100)),
    "starting_after": Field(text(100)),
    "ending_before": Field(text(100)),
    "created": Field(_created),
    "expand": EXPAND,
}


def list_page(desk: Desk, kind: str, url: str, parameters: Tree, filters: Sequence[str]) -> Body:
    """Return one page of objects, newest first; ``filters`` are the parameters that compare a field."""
    if "starting_after" in parameters and "ending_before" in parameters:
        raise ApiFault("You can give starting_after or ending_before, not both.", param="ending_before")
    limit, created = parameters.get("limit", 10), parameters.get("created", {})
    lows = [created[name] + extra for name, extra in (("gte", 0), ("gt", 1)) if name in created]
    highs = [created[name] - extra for name, extra in (("lte", 0), ("lt", 1)) if name in created]
    entries = desk.books.select(
        kind,
        limit + 1,
        equal={name: parameters[name] for name in filters if name in parameters},
        at_least={"created": max(lows)} if lows else None,
        at_most={"created": min(highs)} if highs else None,
        before=_position(desk, kind, "starting_after", parameters),
        after=_position(desk, kind, "ending_before", parameters),
    )
    found = [entry.body for entry in entries[:limit]]
    if "ending_before" in parameters:
        found.reverse()
    return {"object": "list", "data": found, "has_more": len(entries) > limit, "url": url}


def _position(desk: Desk, kind: str, name: str, parameters: Tree) -> int | None:
    if name not in parameters:
        return None
    position = desk.books.position(kind, parameters[name])
    if position is None:
        raise missing(kind, parameters[name], name)
    return position


def expanded(books: Books, body: Body, paths: Sequence[str]) -> Body:
    """Return ``body`` with the objects at ``paths`` (``payment_intent.latest_charge``) in place of their ids."""
    for path in paths:
        steps = path.split(".")
        if len(steps) > _DEEPEST:
            raise ApiFault(f"You can expand at most {_DEEPEST} levels ({path}).", param="expand")
        if body["object"] == "list":
            body = body | {"data": [_expand(books, item, steps[1:], path) for item in body["data"]]}
        else:
            body = _expand(books, body, steps, path)
    return body


def _expand(books: Books, body: Body, steps: Sequence[str], path: str) -> Body:
    if not steps:
        return body
    kind = _EXPANDABLE.get(body["object"], {}).get(steps[0])
    if kind is None:
        raise ApiFault(f"This property cannot be expanded ({path}).", param="expand")
    value = body[steps[0]]
    if isinstance(value, str):
        entry = books.find(kind, value)
        value = entry.body if entry else None
    return body if value is None else body | {steps[0]: _expand(books, value, steps[1:], path)}
