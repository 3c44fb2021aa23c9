"""Headers that every answer carries. A page can never loosen them, only a download can tighten them."""

from flask import Flask, Response, request

from ipx.web.guards import current_actor

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def install(app: Flask, *, https: bool, payment_origin: str | None) -> None:
    """Set the headers. ``payment_origin``: where the checkout lives, since form posts are redirected there."""
    headers = dict(HEADERS)
    if payment_origin:
        headers["Content-Security-Policy"] = POLICY.replace(
            "form-action 'self'", f"form-action 'self' {payment_origin}"
        )
    if https:
        headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    @app.after_request
    def add(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        if request.path.startswith("/static/"):
            return response
        if current_actor() is not None:
            response.headers["Cache-Control"] = "private, no-store"
        else:  # a page holds a form token: it is this browser's alone, but may be kept and asked for again
            response.headers.setdefault("Cache-Control", "private, no-cache")
        return response
