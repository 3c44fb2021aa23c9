"""EIP-4361 with the test cases of spruceid/siwe and with ours: what deviates is refused, what is written is read."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipx.adapters.evm.signer import EthSigner
from ipx.core.errors import Invalid
from ipx.wallets.sign_in_message import SignInMessage, checksummed, read_message
from ipx.wallets.signatures import key_signature_of, signature_of

VECTORS = Path(__file__).parents[2] / "docs/spec/vectors/eip-4361"
SIGNER = EthSigner()
# Days that there are not: our reader refuses them by themselves; the rest a verifier refuses.
UNREADABLE = {"invalid issuedAt", "invalid notBefore", "invalid expirationTime"}


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=key) for key, case in load(name).items()]


def load(name: str) -> dict[str, Any]:
    found = json.loads((VECTORS / f"{name}.json").read_text("utf-8"))
    assert found
    return dict(found)


def text_of(fields: dict[str, Any]) -> str:
    """Write an object of the test cases as it stands, mistakes and all."""
    lines = [
        f"{fields.get('domain', '')} wants you to sign in with your Ethereum account:",
        fields.get("address", ""),
        "",
        *([fields["statement"]] if "statement" in fields else []),
        "",
    ]
    named = (
        ("URI", "uri"),
        ("Version", "version"),
        ("Chain ID", "chainId"),
        ("Nonce", "nonce"),
        ("Issued At", "issuedAt"),
        ("Expiration Time", "expirationTime"),
        ("Not Before", "notBefore"),
        ("Request ID", "requestId"),
    )
    lines += [f"{label}: {fields[name]}" for label, name in named if name in fields]
    lines += ["Resources:", *(f"- {one}" for one in fields["resources"])] if "resources" in fields else []
    return "\n".join(lines)


def signer_of(text: str, signature: str) -> str:
    return SIGNER.recover_text(text, key_signature_of(signature_of(signature)))


@pytest.mark.parametrize("case", cases("parsing_positive"))
def test_what_fits_is_read(case: dict[str, Any]) -> None:
    fields, read = case["fields"], read_message(case["message"])
    assert (read.domain, read.address, read.uri, str(read.chain_id), read.nonce) == (
        fields["domain"],
        fields["address"],
        fields["uri"],
        str(fields["chainId"]),
        fields["nonce"],
    )
    assert (read.statement or "") == (fields.get("statement") or "")
    assert read.scheme == fields.get("scheme")
    assert read.issued_at == datetime.fromisoformat(fields["issuedAt"])
    assert list(read.resources or ()) == list(fields.get("resources") or ())


@pytest.mark.parametrize("case", cases("parsing_negative"))
def test_what_deviates_is_refused(case: str) -> None:
    with pytest.raises(Invalid):
        read_message(case)


@pytest.mark.parametrize("case", cases("parsing_negative_objects"))
def test_values_that_fit_no_message_are_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        read_message(text_of(case))


@pytest.mark.parametrize("case", cases("verification_positive"))
def test_signed_messages_are_read_and_their_signers_found(case: dict[str, Any]) -> None:
    text = text_of(case)
    assert signer_of(text, case["signature"]) == read_message(text).address


@pytest.mark.parametrize("name", sorted(UNREADABLE))
def test_days_that_there_are_not_are_refused(name: str) -> None:
    with pytest.raises(Invalid, match="time"):
        read_message(text_of(load("verification_negative")[name]))


@pytest.mark.parametrize("name", ["malformed signature", "wrong signature"])
def test_other_signatures_name_another_signer_or_nobody(name: str) -> None:
    case = load("verification_negative")[name]
    try:
        signer = signer_of(text_of(case), case["signature"])
    except Invalid:
        return
    assert signer != case["address"]


WORDS = st.text(st.sampled_from("abcXYZ019 -._~:/?#[]@!$&'()*+,;="), min_size=1, max_size=80)
MOMENTS = st.integers(0, 10**10).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
MESSAGES = st.builds(
    SignInMessage,
    domain=st.sampled_from(["ipx.example", "localhost:8000", "127.0.0.1:1", "[::1]:8000"]),
    address=st.binary(min_size=20, max_size=20).map(lambda raw: checksummed("0x" + raw.hex())),
    uri=st.sampled_from(["https://ipx.example/sign-in/wallet", "urn:a:b", "http://[::1]:8000/?a=b#c"]),
    chain_id=st.integers(0, 2**256 - 1),
    nonce=st.text("abcXYZ019", min_size=8, max_size=40),
    issued_at=MOMENTS,
    statement=st.none() | WORDS,
    expires_at=st.none() | MOMENTS,
    not_before=st.none() | MOMENTS,
    request_id=st.none() | st.sampled_from(["", "some_id", "a%20b"]),
    resources=st.none()
    | st.lists(st.sampled_from(["ipfs://Qme7", "https://example.com/a.json"]), max_size=3).map(tuple),
    scheme=st.none() | st.just("https"),
)


@given(MESSAGES)
def test_what_is_written_is_read_back(message: SignInMessage) -> None:
    assert read_message(message.text()) == message


@given(MESSAGES, st.integers(0), st.sampled_from("\n\r\t\0 é'\"<\u2028"))
def test_a_line_break_or_a_strange_character_never_makes_another_message(
    message: SignInMessage, place: int, strange: str
) -> None:
    text = message.text()
    place %= len(text) + 1
    try:
        read = read_message(text[:place] + strange + text[place:])
    except Invalid:
        return
    assert strange in " '"  # allowed in a statement (both) or in a URI (the apostrophe)
    assert (read.address, read.chain_id, read.nonce) == (message.address, message.chain_id, message.nonce)


@pytest.mark.parametrize("field", ["domain", "uri", "nonce", "statement", "request_id"])
def test_no_value_can_write_further_lines(field: str) -> None:
    values: dict[str, Any] = {
        "domain": "ipx.example",
        "address": checksummed("0x" + "ab" * 20),
        "uri": "https://ipx.example/",
        "chain_id": 1,
        "nonce": "12345678",
        "issued_at": datetime(2026, 11, 28, tzinfo=UTC),
    }
    with pytest.raises(Invalid):
        SignInMessage(**{**values, field: "a\nVersion: 1"}).text()
