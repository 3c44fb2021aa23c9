"""The Kubo that the vault's suite runs on when it is told to, and the files in which that node keeps its blocks."""

from __future__ import annotations

import base64
import os
from pathlib import Path

from ipx.adapters.kubo import KuboStore
from ipx.adapters.kubo_calls import get_block
from ipx.core.cid import Cid
from ipx.core.unixfs import blocks_of

API, REPOSITORY = "IPX_TEST_VAULT_KUBO", "IPX_TEST_VAULT_REPOSITORY"  # set by tests/half_way.py


def vault_kubo() -> str | None:
    """Return the address of the node that the vault's suite is to use as its store; None: the folder of blocks."""
    return os.environ.get(API)


def block_files(store: KuboStore, cid: str) -> list[Path]:
    """Return the files in which the node keeps the blocks of a stored file (flatfs, next-to-last/2)."""
    with store.client() as client:
        blocks = list(blocks_of(Cid.parse(cid), lambda block: get_block(client, block)))
    return [_file_of(block) for block in blocks]


def _file_of(block: Cid) -> Path:
    key = base64.b32encode(b"\x12\x20" + block.digest).decode().rstrip("=")
    return Path(os.environ[REPOSITORY]) / "blocks" / key[-3:-1] / f"{key}.data"
