"""How a view reaches a service or a port: by its class. ``factory`` fills the table; nothing else does."""

from collections.abc import Mapping
from typing import Any, TypeVar, cast

from flask import Flask, current_app

Service = TypeVar("Service")
_KEY = "ipx-services"


def provide(app: Flask, services: Mapping[Any, object]) -> None:
    """Make services reachable from views by their class, and ports by their protocol."""
    app.extensions[_KEY] = dict(services)


def provided(kind: type[Service]) -> Service:
    """Return the service of this class, or what fills this port."""
    return cast(Service, current_app.extensions[_KEY][kind])
