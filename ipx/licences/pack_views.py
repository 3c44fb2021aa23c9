"""Public pages of the packs of terms: what each is for, its terms in words, and two of them as a redline."""

from typing import Any

from flask import Blueprint, Response, jsonify, render_template

from ipx.core.canonical import encode
from ipx.licences.competition import EU_EXPIRY, doubts_of
from ipx.licences.packs.packs import NAMES, pack
from ipx.licences.packs.words import QUESTIONS, STORIES
from ipx.licences.redline import redline
from ipx.licences.wording.clauses import clauses_of, plain_text
from ipx.web.errors import wants_json
from ipx.web.guards import public

_TYPES = {"txt": "text/plain; charset=utf-8", "json": "application/json"}


@public
def packs() -> Any:
    """List the packs."""
    if wants_json():
        return jsonify(packs=list(NAMES))
    return render_template("licences/packs.html", stories=STORIES.items())


@public
def pack_page(name: str) -> Any:
    """Show one pack: whom it is for, what it fixes and asks, and the whole of it in words."""
    found = pack(name)
    if wants_json():
        return jsonify(_data(name))
    return render_template(
        "licences/pack.html",
        pack=found,
        story=STORIES[name],
        stories=STORIES.items(),
        questions=QUESTIONS,
        clauses=clauses_of(found.example),
        doubts=doubts_of(found.example),
        expiry=EU_EXPIRY,
    )


@public
def pack_file(name: str, ending: str) -> Response:
    """Hand a pack out as plain text in the reader's language, or as data."""
    body = plain_text(pack(name).example).encode() + b"\n" if ending == "txt" else encode(_data(name))
    answer = Response(body, content_type=_TYPES[ending])
    answer.headers.set("Content-Disposition", "attachment", filename=f"{name}.{ending}")
    return answer


@public
def pack_redline(name: str, other: str) -> Any:
    """Show what changes from one pack to another."""
    return render_template(
        "licences/pack_redline.html",
        name=name,
        other=other,
        redlined=redline(pack(name).example, pack(other).example),
        story=STORIES[name],
        other_story=STORIES[other],
    )


def _data(name: str) -> Any:
    found = pack(name)
    asked = [{"path": field.path, "value": field.value, "required": field.required} for field in found.asked]
    return {"name": name, "terms": found.fixed, "asked": asked, "example": found.example.to_json()}


def add_to(blueprint: Blueprint) -> None:
    """Add these pages to the room's blueprint."""
    blueprint.add_url_rule("/licences/packs", view_func=packs)
    blueprint.add_url_rule("/licences/packs/<name>", endpoint="pack", view_func=pack_page)
    blueprint.add_url_rule("/licences/packs/<name>.<any(txt, json):ending>", view_func=pack_file)
    blueprint.add_url_rule("/licences/packs/<name>/to/<other>", view_func=pack_redline)
