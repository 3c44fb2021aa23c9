"""Blocks made in a thread: the same ones in the same order, few at a time, no error lost and no thread left behind."""

from __future__ import annotations

import gc
import itertools
import random
import threading
import time
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipx.adapters.block_making import MOST_WAITING, BlockMaker
from ipx.core.unixfs import PROFILE, Block, Importer

LEAF = PROFILE.chunk_size
CONTENT = random.Random(20261129).randbytes(9 * LEAF + 7)
PIECE = 65_552  # what age writes at a time


def leaf_threads() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name.startswith("ipx-leaves")]


def await_(condition: Callable[[], bool]) -> None:
    for _ in range(500):
        if condition():
            return
        time.sleep(0.01)
    raise AssertionError("waited for five seconds")


def write(maker: BlockMaker, content: bytes, piece: int = PIECE) -> None:
    for start in range(0, len(content), piece):
        maker.write(content[start : start + piece])


@settings(max_examples=25, deadline=None)
@given(
    size=st.one_of(st.integers(0, len(CONTENT)), st.integers(0, 9).map(lambda leaves: leaves * LEAF)),
    pieces=st.lists(st.one_of(st.integers(1, 3 * LEAF), st.sampled_from([LEAF, LEAF - 1, PIECE])), min_size=1),
)
def test_blocks_are_those_of_the_importer_in_its_order(size: int, pieces: list[int]) -> None:
    importer = Importer()
    expected = [*importer.feed(CONTENT[:size]), *importer.finish()]
    taken: list[Block] = []
    maker, start = BlockMaker(taken.extend), 0
    for piece in itertools.cycle(pieces):
        if start >= size:
            break
        maker.write(CONTENT[start : min(start + piece, size)])
        start += piece
    maker.finish()
    assert (taken, maker.root, maker.size) == (expected, importer.root, size)
    assert leaf_threads() == []


class Refused(BaseException):
    """Not even an Exception, as an error of the interpreter may be."""


@pytest.mark.parametrize("fatal", range(1, 11))
def test_a_refusal_reaches_the_writer_as_it_was_and_no_block_follows_it(fatal: int) -> None:
    refused, calls = Refused(), itertools.count(1)
    taken: list[Block] = []

    def take(blocks: list[Block]) -> None:
        for block in blocks:
            if next(calls) == fatal:
                raise refused
            taken.append(block)

    maker = BlockMaker(take)
    with pytest.raises(Refused) as caught:
        write(maker, CONTENT)
        maker.finish()
    maker.stop()
    assert caught.value is refused
    assert len(taken) == fatal - 1
    assert leaf_threads() == []


def test_the_writer_waits_for_a_slow_taker_with_few_leaves_in_memory() -> None:
    go_on, written, taken = threading.Event(), [0], [0]

    def take(blocks: list[Block]) -> None:
        assert taken[0] < 2 * LEAF or go_on.wait(60)
        taken[0] += sum(len(block.data) for block in blocks)

    maker = BlockMaker(take)

    def write_all() -> None:
        for start in range(0, len(CONTENT), PIECE):
            maker.write(CONTENT[start : start + PIECE])
            written[0] = start + PIECE

    writer = threading.Thread(target=write_all)
    writer.start()
    await_(lambda: written[0] > (2 + MOST_WAITING) * LEAF)
    time.sleep(0.1)
    assert written[0] < (2 + MOST_WAITING + 3) * LEAF < len(CONTENT)
    go_on.set()
    writer.join(60)
    maker.finish()
    assert taken[0] > len(CONTENT)


def test_what_is_given_up_is_not_passed_on_any_more() -> None:
    go_on, begun, calls = threading.Event(), threading.Event(), itertools.count(1)

    def take(blocks: list[Block]) -> None:
        if threading.current_thread() in leaf_threads():
            next(calls)
            begun.set()
            assert go_on.wait(60)

    maker = BlockMaker(take)
    write(maker, CONTENT[: 4 * LEAF])
    assert begun.wait(60)
    stopping = threading.Thread(target=maker.stop)
    stopping.start()
    await_(lambda: len(maker._waiting) > 1 and all(each.cancelled() for each in list(maker._waiting)[1:]))
    assert stopping.is_alive(), "it must wait for the leaf that is being cut"
    go_on.set()
    stopping.join(60)
    maker.stop()
    assert next(calls) == 2
    assert leaf_threads() == []


def test_a_file_that_nobody_ends_leaves_no_thread() -> None:
    maker: BlockMaker | None = BlockMaker(lambda _: None)
    assert maker is not None
    write(maker, CONTENT)
    assert leaf_threads()
    maker = None
    gc.collect()
    await_(lambda: not leaf_threads())
