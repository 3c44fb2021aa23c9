"""Every address declares who may call it, and every page can be found by its name."""

from ipx.factory import create_app
from ipx.wiring import Exchange


def test_every_route_declares_its_guard(exchange: Exchange) -> None:
    app = create_app(exchange)
    unguarded = [name for name, view in app.view_functions.items() if not hasattr(view, "ipx_guard")]
    assert unguarded == []


def test_views_that_answer_get_never_write_unless_they_say_so(exchange: Exchange) -> None:
    """A GET opens a read-only transaction; a view that records something carries @writes."""
    app = create_app(exchange)
    writing = {name for name, view in app.view_functions.items() if getattr(view, "ipx_writes", False)}
    assert writing >= {"deals.paid"}


def test_every_answer_carries_the_security_headers(exchange: Exchange) -> None:
    client = create_app(exchange).test_client()
    for path in ("/sign-in", "/nowhere", "/healthz"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "unsafe" not in headers["Content-Security-Policy"]
        assert headers["X-Content-Type-Options"] == "nosniff"
