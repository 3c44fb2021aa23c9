"""How the pages of this room answer: errors at their fields, or said at the top of the page one comes back to."""

from typing import Any

from flask import flash, render_template, request

from ipx.challenges import words
from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.core.ports import Clock
from ipx.web.services import provided
from ipx.web.transactions import release


def show(form: Any, error: Invalid | Conflict, *, default: str) -> None:
    """Put an error where the person can mend it: at its field."""
    release()
    field = (
        {"criteria": "criterion_1", "decisions": default}.get(error.field or "", error.field)
        if isinstance(error, Invalid)
        else default
    )
    target = form[field] if field and field in form else form[default]
    target.errors = [*target.errors, error.message]


def say(error: Conflict | Invalid | Forbidden) -> None:
    """Say why nothing was done."""
    release()
    flash(error.message, "error")


def page(template: str, form: Any = None, **context: Any) -> Any:
    """Return the page; 422 when a form was sent and cannot be taken."""
    status = 422 if request.method == "POST" else 200
    at = provided(Clock).now()  # type: ignore[type-abstract]
    return render_template(f"challenges/{template}", form=form, say=words, at=at, **context), status
