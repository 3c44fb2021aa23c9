"""What the child gives up before it touches a stranger's byte: rights, files, time and memory."""

import contextlib
import ctypes
import os
import resource
import sys

from ipx.adapters.sandbox import seccomp

CPU_SECONDS = 20
MEMORY = 1 << 30  # bytes of address space, the libraries included
NOBODY = 65534
PR_SET_DUMPABLE = 4


def give_up_everything() -> None:
    """Set the limits. Everything that is needed must be imported and open already. Raises OSError."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        if ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0):
            raise OSError("the process stays readable to others")
    if seccomp.is_supported():
        seccomp.close_the_door()


def probe() -> dict[str, bool]:
    """Try what must not work, and tell what was refused: for the check of an installation."""
    return {
        "files": not _works(lambda: os.close(os.open("/etc/hostname", os.O_RDONLY))),
        "network": not _works(_connect),
        "processes": not _works(_fork),
        "memory": not _works(lambda: bytearray(2 * MEMORY)),
    }


def _connect() -> None:
    import socket

    socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close()


def _fork() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _works(attempt: object) -> bool:
    with contextlib.suppress(OSError, MemoryError):
        assert callable(attempt)
        attempt()
        return True
    return False
