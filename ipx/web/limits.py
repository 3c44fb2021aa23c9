"""Rate limits by address, for views that can be used to guess or to flood."""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar, cast

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address

View = TypeVar("View", bound=Callable[..., Any])

limiter = Limiter(get_remote_address, headers_enabled=True, strategy="moving-window")


def limited(limit: str, *, methods: Sequence[str] = ("POST",)) -> Callable[[View], View]:
    """Allow a view this often from one address, as in ``20/hour``; reading a form is not counted."""
    decorate = cast("Callable[[View], View]", limiter.limit(limit, methods=list(methods)))

    def mark(view: View) -> View:
        limited_view = decorate(view)
        for name in ("ipx_guard", "ipx_writes"):
            if hasattr(view, name):
                setattr(limited_view, name, getattr(view, name))
        return limited_view

    return mark


def install(app: Flask, *, storage: str = "memory://") -> None:
    """Switch limits on."""
    app.config.update(RATELIMIT_STORAGE_URI=storage)
    limiter.init_app(app)
