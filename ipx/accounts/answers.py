"""How the pages of this room answer: errors at their fields."""

from typing import Any

from flask import render_template, request

from ipx.core.errors import Conflict, Forbidden, Invalid
from ipx.web.transactions import release


def show(form: Any, error: Invalid | Conflict | Forbidden, *, default: str) -> None:
    """Put an error where the person can mend it: at its field."""
    release()
    field = getattr(error, "field", None) or default
    target = form[field] if field in form else form[default]
    target.errors = [*target.errors, error.message]


def page(template: str, form: Any, **context: Any) -> Any:
    """Return the page; 422 when the form was sent and cannot be taken."""
    status = 422 if request.method == "POST" else 200
    return render_template(f"accounts/{template}", form=form, **context), status
