"""Work in a process of its own that may kill itself half-way.

It is forked from a server that has no thread but its own: a fork of the test's process, whose threads (of the workflow
runtime, of a store's client) hold locks that nobody lets go in the child, may wait for ever.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import Any

KILLED = 9  # what a process says that was killed at a boundary, by os._exit
PATIENCE_SECONDS = 120.0


def comes_to_its_end(work: Callable[..., None], *arguments: Any) -> bool:
    """Do the work, a function of a module, in a process; tell whether it came to its end and was not killed before."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.loaded"])
    process = context.Process(target=work, args=arguments)
    process.start()
    process.join(PATIENCE_SECONDS)
    if process.is_alive():
        process.kill()
        process.join()
        raise AssertionError(f"the process did not end within {PATIENCE_SECONDS} seconds")
    assert process.exitcode in (0, KILLED), "the process met an error instead of its end"
    return process.exitcode == 0
