"""The least that the same server can do: one Flask view that returns a line. `python -m bench.bare PORT`."""

import sys
from typing import Any

from flask import Flask
from gunicorn.app.base import BaseApplication

from ipx.server import THREADS


class BareServer(BaseApplication):  # type: ignore[misc]
    """gunicorn as `ipx.server` sets it up."""

    def __init__(self, port: str) -> None:
        self._port = port
        super().__init__()

    def load_config(self) -> None:
        """Say how to serve."""
        options: dict[str, Any] = {
            "bind": f"127.0.0.1:{self._port}",
            "workers": 1,
            "threads": THREADS,
            "worker_class": "gthread",
            "keepalive": 5,
            "loglevel": "warning",
            "control_socket_disable": True,
        }
        for name, value in options.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Flask:
        """Return the application."""
        app = Flask("bare")
        app.add_url_rule("/", view_func=lambda: "bare")
        return app


if __name__ == "__main__":
    BareServer(sys.argv[1]).run()
