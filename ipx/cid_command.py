"""The command ``ipx cid``: the content identifier of any file, computed here, without a node and without sending it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from ipx.core.unixfs import Importer

PIECE = 1 << 20
EXIT_UNREADABLE = 1


def cid(
    files: Annotated[list[Path], typer.Argument(metavar="FILE…", help="Files, or - for what comes in by the pipe.")],
) -> None:
    """Print the CID that a file has on IPFS by the profile unixfs-v1-2025, and its name, a line for each.

    It equals `ipfs add --only-hash --cid-version=1 --raw-leaves --chunker=size-1048576 --max-file-links=1024`. Exit
    code 1: a file could not be read; the others are printed.
    """
    is_whole = True
    for file in files:
        try:
            typer.echo(f"{_cid_of(file)}  {file}")
        except OSError as error:
            is_whole = False
            typer.echo(f"{file}: {error.strerror}", err=True)
    raise typer.Exit(0 if is_whole else EXIT_UNREADABLE)


def _cid_of(file: Path) -> str:
    importer = Importer()
    with sys.stdin.buffer if str(file) == "-" else file.open("rb") as source:
        while piece := source.read(PIECE):
            importer.feed(piece)
    importer.finish()
    return str(importer.root)
