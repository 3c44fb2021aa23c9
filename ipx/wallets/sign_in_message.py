"""FROZEN. Messages of EIP-4361 (Sign-In with Ethereum, version 1): written, and read strictly by its grammar. Pure.

docs/spec/sign-in-with-a-wallet.md says which of them the exchange accepts. The grammar's look-ups: authority, URI and
path characters of RFC 3986 (appendix A), date-time of RFC 3339 (section 5.6), addresses spelt by EIP-55.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from eth_hash.auto import keccak

from ipx.core.errors import Invalid

LONGEST = 4096  # characters; ours have some 400
_UNRESERVED, _SUB = r"A-Za-z0-9\-._~", r"!$&'()*+,;="
_PCT = r"%[0-9A-Fa-f]{2}"
_PCHAR = rf"(?:[{_UNRESERVED}{_SUB}:@]|{_PCT})"
_PORT = r"(?::[0-9]*)?"
_NAME = rf"(?:[{_UNRESERVED}{_SUB}]|{_PCT})*"
_LITERAL = rf"\[(?:(?P<v6%s>[0-9A-Fa-f:.]+)|v[0-9A-Fa-f]+\.[{_UNRESERVED}{_SUB}:]+)\]"
_USER = rf"(?:(?:[{_UNRESERVED}{_SUB}:]|{_PCT})*@)?"
_SCHEME = r"[A-Za-z][A-Za-z0-9+.\-]*"
_TAIL = rf"(?:\?(?:{_PCHAR}|[/?])*)?(?:#(?:{_PCHAR}|[/?])*)?"


def _authority(name: str) -> str:
    return rf"{_USER}(?:{_LITERAL % name}|{_NAME}){_PORT}"


_DOMAIN = re.compile(_authority("d"))
_URI = re.compile(
    rf"{_SCHEME}:(?://{_authority('u')}(?:/{_PCHAR}*)*|/(?:{_PCHAR}+(?:/{_PCHAR}*)*)?|{_PCHAR}+(?:/{_PCHAR}*)*|){_TAIL}"
)
_STATEMENT = re.compile(rf"[{_UNRESERVED}{_SUB}:/?#\[\]@ ]+")
_ADDRESS = re.compile(r"0x[0-9A-Fa-f]{40}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)", re.ASCII)
_FORM = re.compile(
    r"(?:(?P<scheme>[^\n:]*)://)?(?P<domain>[^\n]*) wants you to sign in with your Ethereum account:\n"
    r"(?P<address>[^\n]*)\n"
    r"\n"
    r"(?:(?P<statement>[^\n]+)\n)?"
    r"\n"
    r"URI: (?P<uri>[^\n]*)\n"
    r"Version: (?P<version>[^\n]*)\n"
    r"Chain ID: (?P<chain_id>[^\n]*)\n"
    r"Nonce: (?P<nonce>[^\n]*)\n"
    r"Issued At: (?P<issued_at>[^\n]*)"
    r"(?:\nExpiration Time: (?P<expires_at>[^\n]*))?"
    r"(?:\nNot Before: (?P<not_before>[^\n]*))?"
    r"(?:\nRequest ID: (?P<request_id>[^\n]*))?"
    r"(?P<resources>\nResources:(?:\n- [^\n]*)*)?"
)
_FIELDS: Mapping[str, tuple[str, re.Pattern[str]]] = {
    "scheme": ("scheme", re.compile(_SCHEME)),
    "statement": ("statement", _STATEMENT),
    "version": ("version", re.compile("1")),
    "chain_id": ("chain id", re.compile("[0-9]{1,78}")),
    "nonce": ("nonce", re.compile("[A-Za-z0-9]{8,}")),
    "request_id": ("request id", re.compile(rf"{_PCHAR}*")),
}


@dataclass(frozen=True)
class SignInMessage:
    """One message. ``address`` is spelt by EIP-55, ``chain_id`` is that of EIP-155, times are aware."""

    domain: str
    address: str
    uri: str
    chain_id: int
    nonce: str
    issued_at: datetime
    statement: str | None = None
    expires_at: datetime | None = None
    not_before: datetime | None = None
    request_id: str | None = None
    resources: tuple[str, ...] | None = None
    scheme: str | None = None

    def text(self) -> str:
        """Return the text that a wallet signs (EIP-191, version 0x45). Raises Invalid for values that fit no message.

        Times are written in UTC to the second.
        """
        scheme = f"{self.scheme}://" if self.scheme else ""
        lines = [
            f"{scheme}{self.domain} wants you to sign in with your Ethereum account:",
            self.address,
            "",
            *([self.statement] if self.statement is not None else []),
            "",
            f"URI: {self.uri}",
            "Version: 1",
            f"Chain ID: {self.chain_id}",
            f"Nonce: {self.nonce}",
            f"Issued At: {_written(self.issued_at)}",
            *([f"Expiration Time: {_written(self.expires_at)}"] if self.expires_at else []),
            *([f"Not Before: {_written(self.not_before)}"] if self.not_before else []),
            *([f"Request ID: {self.request_id}"] if self.request_id is not None else []),
            *(["Resources:", *(f"- {one}" for one in self.resources)] if self.resources is not None else []),
        ]
        text = "\n".join(lines)
        read_message(text)  # a value with a line break would say something else
        return text


def read_message(text: str) -> SignInMessage:
    """Read a message. Raises Invalid, which names the first part that the grammar does not allow."""
    found = _FORM.fullmatch(text) if len(text) <= LONGEST else None
    if found is None:
        raise Invalid("This is not a message of EIP-4361: a line is missing, or not in its place.")
    parts = found.groupdict()
    for name, (label, pattern) in _FIELDS.items():
        if parts[name] is not None and not pattern.fullmatch(parts[name]):
            raise _wrong(label)
    _check_place(_DOMAIN, parts["domain"], "domain", may_be_empty=False)
    _check_place(_URI, parts["uri"], "URI")
    if not is_address(parts["address"]):
        raise Invalid("The address of the message is not spelt as EIP-55 asks.")
    return SignInMessage(
        domain=parts["domain"],
        address=parts["address"],
        uri=parts["uri"],
        chain_id=int(parts["chain_id"]),
        nonce=parts["nonce"],
        issued_at=_moment(parts["issued_at"], "time of issue"),
        statement=parts["statement"],
        expires_at=_moment(parts["expires_at"], "expiration time") if parts["expires_at"] is not None else None,
        not_before=_moment(parts["not_before"], "not-before time") if parts["not_before"] is not None else None,
        request_id=parts["request_id"],
        resources=_resources(parts["resources"]),
        scheme=parts["scheme"],
    )


def is_address(text: str) -> bool:
    """Tell whether it is an address in the spelling of EIP-55 (capitals are a checksum)."""
    return bool(_ADDRESS.fullmatch(text)) and text == checksummed(text)


def checksummed(address: str) -> str:
    """Return an address, 0x and 40 hex digits, in the spelling of EIP-55."""
    digits = address[2:].lower()
    marks = keccak(digits.encode()).hex()
    return "0x" + "".join(c.upper() if int(mark, 16) >= 8 else c for c, mark in zip(digits, marks, strict=False))


def _resources(part: str | None) -> tuple[str, ...] | None:
    if part is None:
        return None
    found = tuple(line.removeprefix("- ") for line in part.split("\n")[2:])
    for one in found:
        _check_place(_URI, one, "resource")
    return found


def _check_place(pattern: re.Pattern[str], text: str, label: str, *, may_be_empty: bool = True) -> None:
    """Check an authority or URI, an IPv6 address inside it by its own rules."""
    found = pattern.fullmatch(text)
    if found is None or not (text or may_be_empty):
        raise _wrong(label)
    for address in found.groupdict().values():
        if address is not None:
            try:
                ipaddress.IPv6Address(address)
            except ValueError as error:
                raise _wrong(label) from error


def _moment(text: str, label: str) -> datetime:
    if not _MOMENT.fullmatch(text):
        raise _wrong(label)
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:  # a day that there is not
        raise _wrong(label) from error


def _written(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _wrong(label: str) -> Invalid:
    return Invalid(f"The {label} of the message is not what EIP-4361 allows there.")
