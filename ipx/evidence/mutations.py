"""Ways to spoil a bundle: single bytes, stretches of bytes, spellings of JSON, fields with and without a new digest.

Pure, and the same for the same seed. It must never make another genuine bundle of the same stamp: of the commitment
only, or without its header.
"""

import json
import random
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ipx.core import canonical
from ipx.core.errors import Invalid
from ipx.evidence.bundle import digest_of

Chance: TypeAlias = random.Random
HEX = re.compile(r"(0x)?[0-9a-f]+")
BASE64_DIGITS = string.ascii_uppercase + string.ascii_lowercase + string.digits + "+/"
_BASE64 = rb'(?<=")[A-Za-z0-9+/]{43,}(?=")'


@dataclass(frozen=True)
class Mutation:
    """Changed bytes, what was done to them, and whether the digest was computed again, as a forger would."""

    kind: str
    what: str
    data: bytes
    resealed: bool = False


def single_bytes(data: bytes, chance: Chance, *, every_value: bool = False) -> Iterator[Mutation]:
    """Change every byte: to all 255 other values, or to three (a bit, the case, any)."""
    for place, byte in enumerate(data):
        few = {byte ^ 1, byte ^ 0x20, (byte + chance.randint(1, 255)) % 256}
        for value in sorted(set(range(256)) - {byte} if every_value else few):
            changed = data[:place] + bytes([value]) + data[place + 1 :]
            yield Mutation("single byte", f"byte {place} from {byte:#04x} to {value:#04x}", changed)


def at_random(data: bytes, chance: Chance, count: int) -> Iterator[Mutation]:
    """Yield so many mutations of all kinds, each of which differs from the bundle."""
    while count:
        made = chance.choices((_bytes, _spelling, _field), weights=(2, 2, 4))[0](data, chance)
        if made is not None and made.data != data:
            count -= 1
            yield made


# ── bytes ────────────────────────────────────────────────────────────────────────────────────────


def _bytes(data: bytes, chance: Chance) -> Mutation:
    start, end = sorted(chance.sample(range(len(data) + 1), 2))
    end = end if chance.random() < 0.3 else min(end, start + chance.randint(1, 64))
    piece, noise = data[start:end], chance.randbytes(min(end - start, 64))
    other = chance.randrange(len(data))
    ways: dict[str, bytes] = {
        "bytes overwritten": data[:start] + noise + data[start + len(noise) :],
        "bytes inserted": data[:start] + noise + data[start:],
        "bytes removed": data[:start] + data[end:],
        "bytes repeated": data[:end] + piece + data[end:],
        "bytes moved": (data[:start] + data[end:])[:other] + piece + (data[:start] + data[end:])[other:],
        "bytes reversed": data[:start] + piece[::-1] + data[end:],
        "cut off": data[:start],
        "beginning lost": data[end:],
        "something appended": data + noise,
    }
    kind = chance.choice(sorted(ways))
    return Mutation(kind, f"bytes {start} to {end}", ways[kind])


# ── spellings of the same JSON ───────────────────────────────────────────────────────────────────


def _spelling(data: bytes, chance: Chance) -> Mutation | None:
    kind, pattern, spell = chance.choice(_SPELLINGS)
    found = list(re.finditer(pattern, data))
    if not found:
        return None
    place = chance.choice(found)
    changed = data[: place.start()] + spell(place.group(), chance) + data[place.end() :]
    return Mutation(kind, f"at byte {place.start()}", changed)


def _escaped(text: bytes, chance: Chance) -> bytes:
    at = chance.randrange(len(text))
    return text[:at] + b"\\u%04x" % text[at] + text[at + 1 :]


def _with_bits_left_over(text: bytes, chance: Chance) -> bytes:
    """The last character with other bits where it has more than the last byte needs: a lax reader sees no change."""
    spare = {3: 3, 2: 15}.get(len(text) % 4, 0)
    last = BASE64_DIGITS.index(chr(text[-1])) ^ chance.randint(0, spare)
    return text[:-1] + BASE64_DIGITS[last].encode()


_NUMBER = rb"(?<=:)\d+(?=[,}])"
_WORD = rb'(?<=")[0-9A-Za-z_/+]+(?=")'
_SPELLINGS: Sequence[tuple[str, bytes, Callable[[bytes, Chance], bytes]]] = (
    ("blank", rb"[{}\[\]:,]", lambda text, chance: chance.choice([b" ", b"\n", b"\t", b"\r"]) + text),
    ("key twice", rb'"[a-z_]+":(?:"[^"]*"|\d+|null),', lambda text, chance: text * 2),
    (
        "key twice, first with another value",
        rb'"[a-z_]+":(?:"[^"]*"|\d+|null),',
        lambda text, chance: text.split(b":")[0] + b":" + chance.choice([b"0", b"null", b'"0"']) + b"," + text,
    ),
    ("keys in another order", rb'"[a-z_]+":(?:"[^"]*"|\d+|null),"[a-z_]+":(?:"[^"]*"|\d+|null)',
     lambda text, chance: b",".join(reversed(re.split(rb',(?=")', text)))),
    ("number as a fraction", _NUMBER, lambda text, chance: text + b".0"),
    ("number with an exponent", _NUMBER, lambda text, chance: text + chance.choice([b"e0", b"E0", b"e+0"])),
    ("number with a zero before", _NUMBER, lambda text, chance: b"0" + text),
    ("number with a sign", _NUMBER, lambda text, chance: chance.choice([b"-", b"+"]) + text),
    ("number as text", _NUMBER, lambda text, chance: b'"' + text + b'"'),
    ("number too large", _NUMBER, lambda text, chance: text + b"0" * chance.randint(16, 400)),
    ("escape", _WORD, _escaped),
    ("capitals", rb'(?<=")(?:0x)?[0-9a-f]{40,}(?=")', lambda text, chance: text.upper()),
    ("bits left over", _BASE64, _with_bits_left_over),
    ("base64 padded", _BASE64, lambda text, chance: text + b"=" * chance.choice([1, 2, -len(text) % 4])),
    ("base64 for addresses", _BASE64, lambda text, chance: text.translate(bytes.maketrans(b"+/", b"-_"))),
    ("comma too many", rb"[}\]]", lambda text, chance: b"," + text),
    ("not a number", _NUMBER, lambda text, chance: chance.choice([b"NaN", b"Infinity", b"true", b"null", b"[]"])),
    ("byte order mark", rb"^", lambda text, chance: b"\xef\xbb\xbf"),
    ("not UTF-8", _WORD, lambda text, chance: text + chance.choice([b"\xff", b"\xed\xa0\x80", b"\xc0\x80"])),
    ("nested", rb"null", lambda text, chance: b"[" * chance.choice([1, 20, 5000])),
)  # fmt: skip


# ── fields ───────────────────────────────────────────────────────────────────────────────────────


def _field(data: bytes, chance: Chance) -> Mutation | None:
    """Change one value, or the fields of one object, and in two of three cases compute the digest again."""
    fields = json.loads(data)
    place = chance.choice(list(_places(fields, ())))
    holder = fields
    for name in place[:-1]:
        holder = holder[name]
    kind = _spoil(fields, holder, place[-1], chance)
    reseal = place[0] != "digest" and chance.random() < 2 / 3
    try:
        if reseal:
            fields.pop("digest", None)
            fields["digest"] = digest_of(fields).hex()
        changed = canonical.encode(fields)
    except Invalid:  # a float, or a number too large: no canonical bytes, so it is spelled as JSON alone
        changed, reseal = json.dumps(fields, sort_keys=True, separators=(",", ":")).encode(), False
    return Mutation(kind, "/".join(map(str, place)), changed, reseal)


def _places(value: Any, above: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, item in inside:
        yield (*above, name)
        yield from _places(item, (*above, name))


def _spoil(fields: Any, holder: Any, name: Any, chance: Chance) -> str:
    value = holder[name]
    ways = ["field of another type"]
    if isinstance(value, int):
        ways += ["number changed"] * 4
    elif isinstance(value, str):
        ways += ["digits changed"] * 4 + ["text of another length", "value of another field"]
    elif isinstance(value, list) and value:
        ways += ["list item lost", "list item twice", "list items in another order"]
    ways += ["field lost", "unknown field"] if isinstance(holder, dict) else []
    kind = chance.choice(ways)
    if kind == "field lost":
        del holder[name]
    elif kind == "unknown field":
        holder[chance.choice(["note", "__proto__", "", name.upper(), name + " "])] = value
    else:
        holder[name] = _SPOILS[kind](value, fields, chance)
    return kind


def _other_type(value: Any, fields: Any, chance: Chance) -> Any:
    return chance.choice([True, False, 0, -1, 1.5, "", "0x", [], {}, [value], {"value": value}, str(value)])


def _number(value: int, fields: Any, chance: Chance) -> int:
    return chance.choice([value + 1, value - 1, value ^ 1 << chance.randrange(40), 0, 2**53 - 1, 2**53, 2**64, -value])


def _digits(value: str, fields: Any, chance: Chance) -> str:
    if not value:
        return "0"
    at = chance.randrange(len(value))
    digits = "0123456789abcdef" if HEX.fullmatch(value) else BASE64_DIGITS + "_"
    return value[:at] + chance.choice(digits) + value[at + 1 :]


def _length(value: str, fields: Any, chance: Chance) -> str:
    at = chance.randint(0, len(value))
    return chance.choice([value[:at], value + value[:at], value + "00", value[:-2], "0x" + value, value.upper(), "é"])


def _borrowed(value: str, fields: Any, chance: Chance) -> Any:
    found: Any = fields
    for name in chance.choice(list(_places(fields, ()))):
        found = found[name]
    return json.loads(json.dumps(found))  # a copy: it may hold the place that it goes to


def _shuffled(value: list[Any], fields: Any, chance: Chance) -> list[Any]:
    return chance.sample(value, len(value))


_SPOILS: dict[str, Callable[[Any, Any, Chance], Any]] = {
    "field of another type": _other_type,
    "number changed": _number,
    "digits changed": _digits,
    "text of another length": _length,
    "value of another field": _borrowed,
    "list item lost": lambda value, fields, chance: value[:-1] if chance.random() < 0.5 else value[1:],
    "list item twice": lambda value, fields, chance: [*value, chance.choice(value)],
    "list items in another order": _shuffled,
}
