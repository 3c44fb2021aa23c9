"""Rate limits: by address for views that can be used to guess or to flood, and by token for the API."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from flask import Flask
from flask_limiter import Limiter
from flask_limiter.util import get_remote_address
from limits import RateLimitItemPerMinute

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


@dataclass(frozen=True)
class Allowance:
    """What is left of a number of requests a minute; ``reset`` is in how many seconds there will be more."""

    most: int
    left: int
    reset: int
    is_spent: bool

    @property
    def headers(self) -> dict[str, str]:
        """Return it as a client is told (draft-ietf-httpapi-ratelimit-headers-10)."""
        told = {
            "RateLimit-Policy": f'"minute";q={self.most};w=60',
            "RateLimit": f'"minute";r={self.left};t={self.reset}',
        }
        return {**told, "Retry-After": str(self.reset)} if self.is_spent else told


def take_one(most: int, *key: str) -> Allowance:
    """Count one request of ``key``, which may have ``most`` in a minute; a request too many is not counted."""
    if not limiter.enabled:
        return Allowance(most, most, 0, is_spent=False)
    each = RateLimitItemPerMinute(most)
    is_spent = not limiter.limiter.hit(each, *key)
    stats = limiter.limiter.get_window_stats(each, *key)
    return Allowance(most, stats.remaining, max(1, math.ceil(stats.reset_time - time.time())), is_spent)


def install(app: Flask, *, storage: str = "memory://") -> None:
    """Switch limits on."""
    app.config.update(RATELIMIT_STORAGE_URI=storage)
    limiter.init_app(app)
