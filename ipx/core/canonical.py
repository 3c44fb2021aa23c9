"""FROZEN. The byte encoding of everything that is hashed or signed: JSON by RFC 8785, without floats.

docs/spec/canonical-json.md is the specification; docs/spec/vectors/canonical_json.json its vectors.
Never change what these functions return: signatures and anchors depend on it.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeAlias, cast

from ipx.core.errors import Invalid, Tampered

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"

LARGEST_INTEGER = 2**53 - 1  # RFC 8785 numbers are IEEE doubles; above this they lose digits.
DEEPEST_NESTING = 64
_SURROGATE = re.compile("[\ud800-\udfff]")


def encode(value: Json) -> bytes:
    """Return the canonical UTF-8 bytes of ``value`` (RFC 8785).

    Raises Invalid for floats, integers beyond 2**53 - 1, lone surrogates, keys that are no strings.
    """
    _refuse_unencodable(value, 0)
    text = json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8")


def decode(data: bytes) -> Json:
    """Parse canonical bytes, refusing any other spelling of the same value.

    Raises Tampered when the bytes are no JSON, hold a duplicate key or a float, or are not canonical.
    """
    if _nesting(data) > DEEPEST_NESTING:  # before the parser, whose recursion a hostile text could exhaust
        raise Tampered(f"These bytes are nested deeper than {DEEPEST_NESTING} levels.")
    try:
        value = cast(Json, json.loads(data.decode("utf-8"), object_pairs_hook=_no_duplicates, parse_float=_no_float))
        again = encode(value)
    except (ValueError, RecursionError, Invalid) as error:
        raise Tampered(f"These bytes are not canonical JSON: {error}") from error
    if again != data:
        raise Tampered("These bytes are JSON, but not in canonical form (RFC 8785).")
    return value


def _nesting(data: bytes) -> int:
    """Return how many brackets are open at most, those inside strings not counted."""
    deepest = depth = 0
    for mark in re.finditer(rb'"(?:[^"\\\\]|\\\\.)*"|[\[\]{}]', data, flags=re.DOTALL):
        depth += {b"[": 1, b"{": 1, b"]": -1, b"}": -1}.get(mark.group(), 0)
        deepest = max(deepest, depth)
    return deepest


def _refuse_unencodable(value: Json, depth: int) -> None:
    if depth > DEEPEST_NESTING:
        raise Invalid(f"A canonical value may be nested {DEEPEST_NESTING} levels deep at most.")
    if value is None or isinstance(value, bool):
        return
    if isinstance(value, int):
        _refuse_large(value)
    elif isinstance(value, str):
        _refuse_surrogates(value)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            _refuse_surrogates(key)
            _refuse_unencodable(item, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, (bytes, bytearray)):
        for item in value:
            _refuse_unencodable(item, depth + 1)
    else:
        raise Invalid(f"{type(value).__name__} has no canonical form; use strings, integers, lists and objects.")


def _refuse_large(number: int) -> None:
    if abs(number) > LARGEST_INTEGER:
        raise Invalid("A canonical integer must lie within ±(2^53 − 1); write larger ones as strings.")


def _refuse_surrogates(text: object) -> None:
    if not isinstance(text, str):
        raise Invalid("A canonical key must be a string.")
    if _SURROGATE.search(text):
        raise Invalid("A canonical string may not hold a lone surrogate.")


def _sorted(value: Json) -> Json:
    """Order keys by UTF-16 code units, as RFC 8785 section 3.2.3 asks (Python sorts by code points)."""
    if isinstance(value, Mapping):
        return {key: _sorted(value[key]) for key in sorted(value, key=lambda key: key.encode("utf-16-be"))}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_sorted(item) for item in value]
    return value


def _no_duplicates(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("a key occurs twice")
    return result


def _no_float(text: str) -> Json:
    raise ValueError(f"{text} is no integer")
