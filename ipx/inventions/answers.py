"""What several views of this room answer with: the page of a disclosure, and files."""

from typing import Any

from flask import Response, render_template
from flask_wtf import FlaskForm

from ipx.accounts.records import Actor
from ipx.accounts.rules import Role
from ipx.core.ports import Clock
from ipx.inventions import labels
from ipx.inventions.drafts import missing
from ipx.inventions.forms import JudgeForm, WordsForm
from ipx.inventions.known_bars import bars_of, is_us_federal, unknown_lists
from ipx.inventions.policy import ERASERS, OFFICERS
from ipx.inventions.records import Invention
from ipx.inventions.rules import EDITABLE, UNDER_REVIEW, State
from ipx.inventions.sections import SECTIONS
from ipx.web.guards import current_actor
from ipx.web.services import provided


class PressForm(FlaskForm):  # type: ignore[misc]
    """A button; carries the form token."""


def shown(invention: Invention, *, judge: Any = None, words: Any = None) -> str:
    """Return the page of a disclosure, with forms that were sent and could not be taken."""
    return render_template(
        "inventions/show.html",
        invention=invention,
        sections=SECTIONS,
        words=labels,
        problems=[*invention.content.problems, *missing(invention.content)] if _is_writing(invention) else [],
        bars=bars_of(invention.content),
        unknown=unknown_lists(invention.content),
        today=provided(Clock).now().date(),  # type: ignore[type-abstract]
        judge=judge or JudgeForm(),
        answer=words or WordsForm(),
        button=PressForm(),
        may=_may(invention),
    )


def attachment(content: bytes, *, name: str) -> Response:
    """Return JSON to keep as a file; no cache keeps it."""
    answer = Response(content, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _is_writing(invention: Invention) -> bool:
    actor: Actor = current_actor()
    return actor.person_id == invention.created_by and invention.state in EDITABLE


def _may(invention: Invention) -> dict[str, bool]:
    """Tell which forms and buttons the page offers; the service checks all of it again."""
    actor: Actor = current_actor()
    is_inventor = actor.person_id == invention.created_by or actor.person_id in {
        found.person_id for found in invention.inventors
    }
    return {
        "write": _is_writing(invention),
        "judge": invention.state in UNDER_REVIEW and actor.has(*OFFICERS) and not is_inventor,
        "must_find_another": invention.state in UNDER_REVIEW and actor.has(*OFFICERS) and is_inventor,
        "answer": invention.state is State.QUESTIONS and is_inventor,
        "ask": actor.person_id == invention.created_by or actor.has(*OFFICERS),
        "begin": invention.state is State.ACCEPTED
        and invention.technology_id is None
        and actor.has(Role.LICENSING_MANAGER, Role.OWNER),
        "report": actor.has(*OFFICERS) and bool(invention.submissions) and is_us_federal(invention.content),
        "erase": actor.has(*ERASERS),
    }
