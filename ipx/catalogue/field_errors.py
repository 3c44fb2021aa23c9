"""Errors at the field that has to be mended."""

from typing import Any

from ipx.core.errors import Conflict, Invalid


def show_error(form: Any, error: Invalid | Conflict, *, default: str) -> None:
    """Put an error where the person can mend it: at its field, or at ``default`` when it names none of the form."""
    name = getattr(error, "field", None) or default
    target = form[name] if name in form else form[default]
    target.errors = [*target.errors, error.message]
