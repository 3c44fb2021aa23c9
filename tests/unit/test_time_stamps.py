"""Tokens of the second clock are verified offline: what holds, and what every kind of wrong one is refused for."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ipx.adapters.tsa import HttpAuthority
from ipx.core.errors import Invalid, Tampered, Unavailable
from ipx.evidence.bundle_format import FORMATS, BundleFormat
from ipx.evidence.time_stamps import (
    SHORT_RSA_ENDS,
    TimeStamps,
    chain_of,
    read_roots,
    read_time_stamps,
    revocation_addresses,
    verify_time_stamps,
)
from ipx.evidence.verification import verify_bundle
from tests.time_stamp_authority import Authority, authority

ROOT = bytes(range(32))


@pytest.fixture(scope="module")
def tsa(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Authority]:
    with authority(tmp_path_factory.mktemp("tsa")) as tsa:
        yield tsa


def stamped(tsa: Authority, data: bytes) -> TimeStamps:
    """Return a stamp with all that a bundle carries."""
    gateway = HttpAuthority(tsa.url)
    response = gateway.stamp(data)
    chain = chain_of(response, [], read_roots(tsa.roots))
    crls = [gateway.revocation_list(address) for one in chain[:-1] for address in revocation_addresses(one)]
    return TimeStamps([response], [], crls)


def test_a_stamp_holds_and_says_who_when_and_until_when(tsa: Authority) -> None:
    (reading,) = verify_time_stamps(stamped(tsa, ROOT), ROOT, read_roots(tsa.roots))
    assert abs(reading.time - datetime.now(UTC)) < timedelta(minutes=5)
    assert reading.authority == "CN=Test Time Stamps 900"
    assert timedelta(days=890) < reading.holds_until - datetime.now(UTC) < timedelta(days=901)


def test_openssl_says_so_too(tsa: Authority, tmp_path: Path) -> None:
    (tmp_path / "response.tsr").write_bytes(stamped(tsa, ROOT).responses[0])
    (tmp_path / "root").write_bytes(ROOT)
    command = ("openssl", "ts", "-verify", "-data", "root", "-in", "response.tsr", "-CAfile", str(tsa.roots))
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Verification: OK" in done.stdout + done.stderr


def test_over_something_else_it_is_refused(tsa: Authority) -> None:
    with pytest.raises(Tampered, match="something else"):
        verify_time_stamps(stamped(tsa, ROOT), bytes(32), read_roots(tsa.roots))


def test_every_changed_byte_is_refused_or_changes_nothing_that_is_signed(tsa: Authority) -> None:
    stamps, roots = stamped(tsa, ROOT), read_roots(tsa.roots)
    good = verify_time_stamps(stamps, ROOT, roots)
    response = stamps.responses[0]
    for place in range(0, len(response), 3):
        changed = bytearray(response)
        changed[place] ^= 0x01
        try:
            readings = verify_time_stamps(TimeStamps([bytes(changed)]), ROOT, roots)
        except Tampered:
            continue
        assert readings == good  # such as a certificate that nobody needs


def test_roots_that_it_brings_itself_do_not_count(tsa: Authority, tmp_path: Path) -> None:
    with authority(tmp_path) as other:
        stamps = stamped(other, ROOT)
        brought = TimeStamps(stamps.responses, [der(other.roots)])
        with pytest.raises(Tampered, match="No way leads"):
            verify_time_stamps(brought, ROOT, read_roots(tsa.roots))


def test_a_certificate_that_was_revoked_for_its_key_proves_nothing(tmp_path: Path) -> None:
    with authority(tmp_path) as tsa:
        before = stamped(tsa, ROOT)
        tsa.revoke_signer("keyCompromise")
        after = TimeStamps(before.responses, (), stamped_crls(tsa))
        verify_time_stamps(before, ROOT, read_roots(tsa.roots))
        with pytest.raises(Tampered, match="revoked"):
            verify_time_stamps(after, ROOT, read_roots(tsa.roots))


def test_a_certificate_that_was_retired_later_still_proves_what_it_signed_before(tmp_path: Path) -> None:
    with authority(tmp_path) as tsa:
        before = stamped(tsa, ROOT)
        made = verify_time_stamps(before, ROOT, read_roots(tsa.roots))
        while datetime.now(UTC) <= made[0].time + timedelta(seconds=1.5):  # openssl's clock may be a tick behind
            time.sleep(0.05)
        tsa.revoke_signer("cessationOfOperation")
        after = TimeStamps(before.responses, (), stamped_crls(tsa))
        assert verify_time_stamps(after, ROOT, read_roots(tsa.roots)) == made


def test_a_renewal_is_over_the_stamp_before(tsa: Authority) -> None:
    first = stamped(tsa, ROOT)
    second = stamped(tsa, first.responses[0])
    both = TimeStamps([*first.responses, *second.responses], (), first.crls)
    readings = verify_time_stamps(both, ROOT, read_roots(tsa.roots))
    assert readings[0].time <= readings[1].time
    with pytest.raises(Tampered):
        verify_time_stamps(TimeStamps(both.responses[::-1]), ROOT, read_roots(tsa.roots))


def test_short_keys_are_not_relied_on_after_2030() -> None:
    assert SHORT_RSA_ENDS.year == 2031


@pytest.mark.parametrize("form", FORMATS, ids=lambda form: str(form.name))
def test_what_is_written_into_a_bundle_is_read_again(tsa: Authority, form: BundleFormat) -> None:
    stamps = stamped(tsa, ROOT)
    record = stamps.record(form.token)
    assert read_time_stamps(record, form.token).responses == list(stamps.responses)
    other = next(each for each in FORMATS if each != form)
    wrongs: tuple[Any, ...] = (
        None,
        [],
        {},
        {**record, "more": []},
        {**record, "responses": []},
        {**record, "crls": ["no base64!"]},
        {**record, "crls": [other.token.write(b"a")]},
        {**record, "crls": [form.token.write(b"a") + "\n"]},
        {**record, "certificates": [1]},
        {**record, "certificates": "YQ=="},
        {**record, "certificates": ["YQ=="] * 65},
    )
    for wrong in wrongs:
        with pytest.raises(Tampered):
            read_time_stamps(wrong, form.token)


@pytest.mark.parametrize("rubbish", [b"", b"\x30\x03\x02\x01\x02", b"<html>", b"\x30\x80" * 50])
def test_an_authority_that_answers_rubbish_is_unavailable(tsa: Authority, rubbish: bytes) -> None:
    tsa.answer = rubbish
    try:
        with pytest.raises(Unavailable):
            HttpAuthority(tsa.url).stamp(ROOT)
    finally:
        tsa.answer = None


def test_the_answer_to_another_request_is_not_taken(tsa: Authority) -> None:
    tsa.answer = stamped(tsa, ROOT).responses[0]
    try:
        with pytest.raises(Unavailable, match="another request"):
            HttpAuthority(tsa.url).stamp(ROOT)
    finally:
        tsa.answer = None


def test_roots_must_be_certificates(tmp_path: Path) -> None:
    with pytest.raises(Invalid):
        read_roots(tmp_path / "absent.pem")
    (tmp_path / "no.pem").write_text("-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----\n")
    with pytest.raises(Invalid):
        read_roots(tmp_path / "no.pem")


VECTORS = json.loads(
    (Path(__file__).parents[2] / "docs/spec/vectors/evidence_bundle_time_stamp.json").read_text("utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["refused"], ids=lambda vector: vector["name"])
def test_another_form_than_the_specified_one_is_refused(vector: dict[str, str]) -> None:
    failed = verify_bundle(bytes.fromhex(vector["bytes_hex"])).failed
    assert failed is not None
    assert failed.name == vector["step"]


def test_the_specified_form_is_read() -> None:
    (vector,) = VECTORS["holds"]
    assert verify_bundle(vector["bundle"].encode()).level == "content"


def stamped_crls(tsa: Authority) -> list[bytes]:
    return [(tsa.folder / f"{issuer}.crl").read_bytes() for issuer in ("root", "intermediate")]


def der(pem: Path) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return read_roots(pem)[0].public_bytes(Encoding.DER)
