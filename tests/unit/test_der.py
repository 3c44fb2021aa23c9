"""Certificates in DER's order: the same bytes otherwise, and any other bytes are refused by a ValueError."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ipx.adapters.tsa import HttpAuthority
from ipx.core.der import with_sorted_certificates
from tests.time_stamp_authority import authority


def test_the_certificates_of_a_real_answer_are_sorted_and_nothing_else_moves(tmp_path: Path) -> None:
    with authority(tmp_path) as tsa:
        answer = HttpAuthority(tsa.url).stamp(bytes(32))
    arranged = with_sorted_certificates(answer)
    assert sorted(arranged) == sorted(answer)
    assert with_sorted_certificates(arranged) == arranged


@given(some.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(ValueError):
        assert len(with_sorted_certificates(data)) == len(data)


@pytest.mark.parametrize("data", [b"", b"\x30", b"\x30\x80", b"\x30\x85\x01\x01\x01\x01\x01", b"\x30\x02\x30\x00"])
def test_what_is_cut_short_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"element|length"):
        with_sorted_certificates(data)
