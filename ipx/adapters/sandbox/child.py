"""The child's main: ``python -I -m ipx.adapters.sandbox.child``. One job a process, bytes in and out by pipes alone.

In: the length of a JSON job (4 bytes, big-endian), the job, then the file up to the end of the input.
Out: the length of a JSON answer, the answer, then what the job made. It reads all before it writes anything.
"""

import json
import os
import sys
from collections.abc import Callable, Mapping
from typing import Any, BinaryIO

from ipx.adapters.sandbox.limits import give_up_everything, probe
from ipx.adapters.sandbox.unfit import Unfit

Job = Callable[[bytes, Mapping[str, Any]], tuple[dict[str, Any], bytes]]


def main() -> None:
    """Do one job and end without clearing up."""
    job = json.loads(_exactly(sys.stdin.buffer, int.from_bytes(_exactly(sys.stdin.buffer, 4), "big")))
    do = _job(job["name"])
    give_up_everything()
    try:
        answer, made = do(sys.stdin.buffer.read(), job)
    except Unfit as unfit:
        answer, made = {"unfit": unfit.reason}, b""
    except MemoryError:
        answer, made = {"unfit": "limit"}, b""
    except Exception as error:  # noqa: BLE001 - parsers fail in any way on what is broken; the name alone leaves
        answer, made = {"unfit": "damaged", "error": type(error).__name__}, b""
    head = json.dumps(answer).encode()
    with open(1, "wb", closefd=False) as out:
        out.write(len(head).to_bytes(4, "big") + head)
        out.write(made)
        out.flush()
    os._exit(0)


def _job(name: str) -> Job:
    """Return a job with all that it needs already imported: afterwards no file can be opened."""
    if name == "inspect-pdf":
        from ipx.adapters.sandbox.pdf import inspect

        return inspect
    if name == "inspect-image":
        from ipx.adapters.sandbox.image import inspect as inspect_image

        return inspect_image
    if name == "mark-pdf":
        from ipx.adapters.sandbox.marking import mark

        return mark
    if name == "draw":
        from ipx.adapters.sandbox.drawing import draw

        return draw
    if name == "probe":
        import socket  # noqa: F401

        return lambda _content, _job: ({"refused": probe()}, b"")
    raise ValueError(name)


def _exactly(source: BinaryIO, size: int) -> bytes:
    found = source.read(size)
    if len(found) != size:
        raise EOFError
    return found


if __name__ == "__main__":
    main()
