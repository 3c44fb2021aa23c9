"""The inside of a sealed document: padding, packing, and the refusal of every other form."""

import random
from collections.abc import Callable

import pytest

from ipx.core.errors import Tampered
from ipx.vault.sealed_form import SMALLEST, pack, padded_size, padme, unpack


def packed(content: bytes, size: int | None = None) -> bytes:
    return b"".join(pack([content] if content else [], len(content) if size is None else size))


def unpacked(data: bytes, size: int, piece: int = 1000) -> bytes:
    return b"".join(unpack([data[i : i + piece] for i in range(0, len(data), piece)], size))


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (1, 1),
        (2, 2),
        (8, 8),
        (9, 10),
        (15, 16),
        (100, 104),
        (1000, 1024),
        (4097, 4352),
        (10**6, 1015808),
        (10**9, 1006632960),
    ],
)
def test_padme_when_given_a_length_then_gives_the_published_one(length: int, padded: int) -> None:
    assert padme(length) == padded


def test_padme_when_lengths_grow_then_never_shrinks_nor_adds_more_than_an_eighth() -> None:
    previous = 0
    for length in range(1, 200_000, 7):
        padded = padme(length)
        assert padded >= max(length, previous)
        assert padded <= length * 1.125 + 1
        assert padme(padded) == padded
        previous = padded


@pytest.mark.parametrize("size", [1, 7, 4087, 4088, 4089, 65_536, 262_143, 1_000_003])
def test_pack_when_unpacked_then_gives_the_content_back(size: int) -> None:
    content = random.Random(size).randbytes(size)
    inside = packed(content)
    assert len(inside) == padded_size(size)
    for piece in (1, 5, 8, 9, 4096, 1 << 20) if size < 5000 else (8192, 1 << 20):
        assert unpacked(inside, size, piece) == content


def test_pack_when_content_is_small_then_fills_the_smallest_bucket() -> None:
    assert len(packed(b"x")) == len(packed(b"x" * 4000)) == SMALLEST


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d[:-1],
        lambda d: d + b"\x00",
        lambda d: d[:-1] + b"\x01",
        lambda d: d[:8],
        lambda d: d[:7],
        lambda d: b"",
        lambda d: (10).to_bytes(8, "big") + d[8:],
        lambda d: (12).to_bytes(8, "big") + d[8:],
        lambda d: d[:20] + b"\x01" + d[21:],
        lambda d: d * 2,
    ],
)
def test_unpack_when_any_part_is_not_as_written_then_refuses(change: Callable[[bytes], bytes]) -> None:
    inside = packed(b"hello world")
    with pytest.raises(Tampered):
        unpacked(change(inside), 11)


def test_unpack_when_the_record_says_another_length_then_refuses() -> None:
    with pytest.raises(Tampered):
        unpacked(packed(b"hello world"), 12)
