"""Reads what is written on the disk, in a process of its own.

Whoever closes a file drops every lock that its process has on it (POSIX, fcntl). Read here, a database's file would
lose those of SQLite; the next process that opens it would believe to be alone, and cut off the shared memory that this
one has mapped, which ends it with SIGBUS.
"""

import subprocess
import sys
from pathlib import Path

# os.walk passes over folders that are gone in between; pathlib's rglob ends with an error.
_SEARCH = """
import fnmatch, os, sys
secret = sys.stdin.buffer.read()
for folder in sys.argv[2:]:
    for place, _, names in os.walk(folder):
        for path in (os.path.join(place, name) for name in fnmatch.filter(names, sys.argv[1])):
            try:
                if os.path.isfile(path):
                    with open(path, "rb") as file:
                        if secret in file.read():
                            print(path)
            except OSError:
                continue  # gone in between
"""
_READ = """
import pathlib, sys
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*")):
    if path.is_file():
        sys.stdout.buffer.write(path.read_bytes() + b"\\n")
"""


def places_of(secret: bytes, *folders: Path, pattern: str = "*") -> list[str]:
    """Return the files below some folders that hold these bytes."""
    command = (sys.executable, "-I", "-S", "-c", _SEARCH, pattern, *map(str, folders))
    done = subprocess.run(command, input=secret, capture_output=True, check=True)
    return done.stdout.decode().splitlines()


def everything_in(folder: Path) -> bytes:
    """Return the bytes of every file below a folder."""
    command = (sys.executable, "-I", "-S", "-c", _READ, str(folder))
    return subprocess.run(command, capture_output=True, check=True).stdout
