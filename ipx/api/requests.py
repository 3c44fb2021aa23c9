"""How every address of the API reads a request and writes an answer."""

import hashlib
import json
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from typing import Any

from flask import Response, current_app, request
from itsdangerous import BadSignature, URLSafeSerializer

from ipx.accounts.records import Actor
from ipx.api.service import Answer, AnswerService
from ipx.core.errors import Invalid
from ipx.web.guards import current_actor
from ipx.web.services import provided
from ipx.web.transactions import db

LARGEST_BODY = 256 * 1024  # bytes; 1,000 commitments take 67 kB
PAGE, LARGEST_PAGE = 100, 1_000


def read_body(*names: str) -> dict[str, Any]:
    """Return the JSON object that was sent, which has exactly these fields. Raises Invalid; 400, 413, 415."""
    request.max_content_length = LARGEST_BODY
    body = request.get_json()
    if not isinstance(body, Mapping):
        raise Invalid("The body must be a JSON object.")
    for name in names:
        if name not in body:
            raise Invalid(f"The field {name} is missing.", field=name)
    unknown = next((name for name in body if name not in names), None)
    if unknown is not None:
        raise Invalid("There is a field that is not known here.", field=str(unknown)[:100])
    return dict(body)


def texts(body: Mapping[str, Any], name: str) -> list[str]:
    """Return a field that is a list of strings. Raises Invalid."""
    found = body[name]
    if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
        raise Invalid(f"The field {name} must be a list of strings.", field=name)
    return found


def answer_once(act: Callable[[], tuple[int, Mapping[str, Any]]]) -> Response:
    """Answer a write; with an Idempotency-Key it happens once, however often it is sent."""

    def acted() -> Answer:
        status, fields = act()
        return Answer(status, _json(fields))

    key = request.headers.get("Idempotency-Key")
    if key is None:
        return _response(acted())
    actor: Actor = current_actor()
    request.max_content_length = LARGEST_BODY
    sent = f"{request.method} {request.full_path}\0".encode() + request.get_data()
    answer = provided(AnswerService).once(
        db(),
        organisation_id=actor.organisation_id,
        key=key,
        fingerprint=hashlib.sha256(sent).hexdigest(),
        act=acted,
    )
    return _response(answer)


def answer(fields: Mapping[str, Any]) -> Response:
    """Answer a question."""
    return _response(Answer(200, _json(fields)))


def page_size() -> int:
    """Return how many things a page may hold, from the argument ``limit``. Raises Invalid."""
    asked = request.args.get("limit", str(PAGE))
    if not (asked.isascii() and asked.isdigit() and 1 <= int(asked[:9]) <= LARGEST_PAGE):
        raise Invalid(f"The argument limit must be a number from 1 to {LARGEST_PAGE}.", field="limit")
    return int(asked)


def only_arguments(names: Collection[str]) -> None:
    """Raise Invalid for an argument that is not known here: a misspelt one would be ignored in silence."""
    unknown = next((name for name in request.args if name not in names), None)
    if unknown is not None:
        raise Invalid("There is an argument that is not known here.", field=unknown[:100])


def cursor_after(moment: datetime, identifier: str) -> str:
    """Return the cursor of what follows a thing in a list that is ordered by time and id."""
    return _cursors().dumps([moment.isoformat(), identifier])


def read_cursor() -> tuple[datetime, str] | None:
    """Return the place that the argument ``cursor`` stands for. Raises Invalid for one that we did not write."""
    text = request.args.get("cursor")
    if text is None:
        return None
    try:
        moment, identifier = _cursors().loads(text)
    except BadSignature as error:
        raise Invalid("This cursor is not one of ours; begin without one.", field="cursor") from error
    return datetime.fromisoformat(moment), identifier


def _cursors() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt="ipx-api-cursor")


def _json(fields: Mapping[str, Any]) -> str:
    return json.dumps(fields, separators=(",", ":"))


def _response(given: Answer) -> Response:
    response = Response(given.body, given.status, content_type="application/json")
    if given.is_repeated:
        response.headers["Idempotent-Replayed"] = "true"
    return response
