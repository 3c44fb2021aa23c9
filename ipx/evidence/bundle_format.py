"""FROZEN. The two versions of the evidence bundle: where each spells bytes in hexadecimal digits, where in base64.

docs/spec/evidence-bundle.md is the specification. Bytes must have one spelling only: base64 (RFC 4648, section 4) whose
last character carries bits that belong to no byte is refused (section 3.5), and so are blanks and line ends.
"""

import base64
import re
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Spelling:
    """How bytes are written in a field: the form of the text, and the way there and back."""

    pattern: re.Pattern[str]
    write: Callable[[bytes], str]
    read: Callable[[str], bytes]


@dataclass(frozen=True)
class BundleFormat:
    """One version: how it spells what programs alone compare, and whether it repeats the number of leaves.

    ``word``: value, salt and path, 32 bytes each. ``data``: header, receipt, nodes. ``token``: the DER of time stamps.
    """

    name: str
    word: Spelling
    data: Spelling
    token: Spelling
    has_tree_size: bool


def _padded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bare(data: bytes) -> str:
    return _padded(data).rstrip("=")


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)


# What may stand last after one character and after two: those whose 4 or 2 bits too many are zero.
_ANY, _AFTER_ONE, _AFTER_TWO = "[A-Za-z0-9+/]", "[AQgw]", "[AEIMQUYcgkosw048]"
_BARE = rf"(?=.)(?:{_ANY}{{4}})*(?:{_ANY}{_AFTER_ONE}|{_ANY}{{2}}{_AFTER_TWO})?"
_PADDED = rf"(?=.)(?:{_ANY}{{4}})*(?:{_ANY}{_AFTER_ONE}==|{_ANY}{{2}}{_AFTER_TWO}=)?"

HEX_WORD = Spelling(re.compile("[0-9a-f]{64}"), bytes.hex, bytes.fromhex)
HEX_DATA = Spelling(re.compile("0x(?:[0-9a-f]{2})+"), lambda data: "0x" + data.hex(), lambda t: bytes.fromhex(t[2:]))
BASE64_WORD = Spelling(re.compile(rf"{_ANY}{{42}}{_AFTER_TWO}"), _bare, _from_base64)
BASE64_DATA = Spelling(re.compile(_BARE), _bare, _from_base64)
BASE64_PADDED = Spelling(re.compile(_PADDED), _padded, _from_base64)

V1 = BundleFormat("ipx/evidence/v1", word=HEX_WORD, data=HEX_DATA, token=BASE64_PADDED, has_tree_size=True)
V2 = BundleFormat("ipx/evidence/v2", word=BASE64_WORD, data=BASE64_DATA, token=BASE64_DATA, has_tree_size=False)
FORMATS = (V1, V2)
