"""PostgreSQL from the machine's own packages, in a throw-away data folder."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
from pathlib import Path

from tools.real.service import AbsentError, Service, call, free_port, need


class Postgres(Service):
    """A cluster with role and database `ipx`; the role may create further databases."""

    name = "PostgreSQL"
    variable = "IPX_TEST_POSTGRES_URL"
    stop_signal = signal.SIGINT  # fast shutdown: does not wait for clients

    def prepare(self, cache: Path) -> None:
        self.bin = newest_binaries()
        self.as_user: list[str] = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            try:
                user = pwd.getpwnam("postgres")
            except KeyError:
                raise AbsentError("it refuses to run as root and there is no user postgres") from None
            setpriv = need("setpriv", "install util-linux")
            self.as_user = [setpriv, f"--reuid={user.pw_uid}", f"--regid={user.pw_gid}", "--clear-groups"]

    def start(self, folder: Path) -> str:
        folder.mkdir()
        if self.as_user:
            shutil.chown(folder, "postgres", "postgres")
        data, port = folder / "data", free_port()
        self.run("initdb", "-D", str(data), "-U", "postgres", "--auth=trust", "--locale=C.UTF-8", "--no-sync")
        self.spawn(folder, self.command("postgres", "-D", str(data), *settings(folder, port)))
        server = ["-h", "127.0.0.1", "-p", str(port)]
        ready = self.command("pg_isready", "-q", *server)
        self.wait_until(lambda: subprocess.run(ready, cwd="/", check=False).returncode == 0)
        for sql in ("CREATE ROLE ipx LOGIN CREATEDB", "CREATE DATABASE ipx OWNER ipx"):
            self.run("psql", "-q", *server, "-U", "postgres", "-d", "postgres", "-c", sql)
        return f"postgresql://ipx@127.0.0.1:{port}/ipx"

    def command(self, program: str, *arguments: str) -> list[str]:
        return [*self.as_user, str(self.bin / program), *arguments]

    def run(self, program: str, *arguments: str) -> None:
        call(self.command(program, *arguments))


def settings(folder: Path, port: int) -> list[str]:
    """Loopback and a socket in the folder; no fsync, since nothing here has to survive.

    Nor autovacuum: tests drop their databases by force, and their role may not end a vacuum that is at work in one.
    """
    values = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": folder,
        "fsync": "off",
        "autovacuum": "off",
        "max_connections": 300,
    }
    return [word for name, value in values.items() for word in ("-c", f"{name}={value}")]


def newest_binaries() -> Path:
    """The folder of the newest server, 15 or later: Debian's place first, then PATH."""
    versions = [p for p in Path("/usr/lib/postgresql").glob("[0-9]*") if (p / "bin/initdb").exists()]
    found = max(versions, key=lambda p: int(p.name), default=None)
    if found is not None and int(found.name) >= 15:
        return found / "bin"
    return Path(need("initdb", "on Debian: apt-get install postgresql-15")).resolve().parent
