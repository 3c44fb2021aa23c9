"""Owns the errors that the simulated API answers with, in Stripe's envelope.

It never logs or repeats a secret key or a card number.
"""

from typing import Any

INVALID, API, IDEMPOTENCY = "invalid_request_error", "api_error", "idempotency_error"


class ApiFault(Exception):
    """An error answer: HTTP status and the fields of Stripe's error object."""

    def __init__(
        self, message: str, *, status: int = 400, type: str = INVALID, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.fields = {"message": message, "type": type, "code": code, "param": param}

    def envelope(self) -> dict[str, Any]:
        """Return the body: ``{"error": {...}}`` without the fields that do not apply."""
        return {"error": {name: value for name, value in self.fields.items() if value is not None}}


def missing(kind: str, id: str, param: str) -> ApiFault:
    """Return Stripe's answer for an id that names nothing."""
    noun = kind.replace(".", " ")
    return ApiFault(f"No such {noun}: '{id}'", status=404, code="resource_missing", param=param)
