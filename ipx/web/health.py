"""What a load balancer asks: whether this process answers and reaches its database. Says nothing else."""

from flask import Flask
from sqlalchemy import text

from ipx.web.guards import public
from ipx.web.transactions import db


def install(app: Flask) -> None:
    """Add the address."""

    @app.get("/healthz")
    @public
    def healthz() -> tuple[str, int, dict[str, str]]:
        db().execute(text("SELECT 1"))
        return "ok\n", 200, {"Content-Type": "text/plain; charset=utf-8"}
