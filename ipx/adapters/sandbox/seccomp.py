"""A filter on system calls (seccomp, Linux): after it, the process computes, reads and writes what is open, and ends.

No file can be opened, no socket made, no process started. Numbers: the kernel's tables for x86-64 and aarch64.
"""

import ctypes
import platform
import struct

PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, MODE_FILTER = 38, 22, 2
LOAD, EQUAL, AT_LEAST, ANSWER = 0x20, 0x15, 0x35, 0x06  # BPF: ld word absolute, jeq, jge, ret
ALLOW, REFUSE, KILL = 0x7FFF0000, 0x00050001, 0x80000000  # REFUSE: the call fails with EPERM
NUMBER, ARCHITECTURE = 0, 4  # places in struct seccomp_data
X32 = 0x40000000

# read write writev close fstat lseek poll · mmap mprotect munmap brk mremap madvise · signals · time · futex · exit
ALLOWED = {
    "x86_64": (
        0xC000003E,
        (
            *(0, 1, 20, 3, 5, 8, 7),
            *(9, 10, 11, 12, 25, 28),
            *(13, 14, 15, 131, 234, 219),
            *(24, 35, 228, 230),
            *(39, 186, 202, 318, 324, 334),
            *(60, 231),
        ),
    ),
    "aarch64": (
        0xC00000B7,
        (
            *(63, 64, 66, 57, 80, 62, 73),
            *(222, 226, 215, 214, 216, 233),
            *(134, 135, 139, 132, 131, 128),
            *(124, 101, 113, 115),
            *(172, 178, 98, 278, 283, 293),
            *(93, 94),
        ),
    ),
}


def is_supported() -> bool:
    """Tell whether the filter is known for this machine."""
    return platform.system() == "Linux" and platform.machine() in ALLOWED


def close_the_door() -> None:
    """Allow nothing but the calls above from now on, for ever. Raises OSError when the kernel does not take it."""
    architecture, allowed = ALLOWED[platform.machine()]
    program = _program(architecture, allowed)
    code = ctypes.create_string_buffer(program, len(program))
    # struct sock_fprog: the number of instructions, and where they are
    filter_ = ctypes.create_string_buffer(struct.pack("@HP", len(program) // 8, ctypes.addressof(code)))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, MODE_FILTER, filter_, 0, 0)):
        if libc.prctl(*arguments):
            raise OSError(ctypes.get_errno(), "the kernel does not take a filter on system calls")


def _program(architecture: int, allowed: tuple[int, ...]) -> bytes:
    """Return the filter in BPF: the architecture, the other ABI of x86-64, then each allowed number."""
    steps = [
        (LOAD, 0, 0, ARCHITECTURE),
        (EQUAL, 1, 0, architecture),
        (ANSWER, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER),
        (AT_LEAST, 0, 1, X32),
        (ANSWER, 0, 0, REFUSE),
    ]
    for number in allowed:
        steps += [(EQUAL, 0, 1, number), (ANSWER, 0, 0, ALLOW)]
    steps.append((ANSWER, 0, 0, REFUSE))
    return b"".join(struct.pack("=HBBI", *step) for step in steps)
