"""The public page of our log, and the same as JSON. Both say nothing that is not on the chain, but alarms."""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, render_template, request
from flask_babel import lazy_gettext as _

from ipx.core.ports import ChainGateway
from ipx.db.session import Database
from ipx.evidence.log_chain import DIFFERENT, MISSING, NOT_CHAINED, UNKNOWN, UNNOTICED
from ipx.evidence.transparency import PER_PAGE, Transparency
from ipx.web.errors import wants_json
from ipx.web.guards import public
from ipx.web.limits import limited
from ipx.web.services import provided
from ipx.web.transactions import db, release

CACHED_SECONDS = 10
ALARMS = {
    NOT_CHAINED: _("A batch of our log does not follow the one before it."),
    UNKNOWN: _(
        "The chain has an anchor by our account that our table does not know: somebody else used our key, or an old "
        "copy of our database was restored."
    ),
    MISSING: _("A batch that we call final is not on the chain: our table or the chain was rolled back."),
    DIFFERENT: _("The chain says something else about a batch than our table."),
    UNNOTICED: _("A batch that we call pending is final on the chain."),
}


def add_to(blueprint: Blueprint) -> None:
    """Register the pages."""
    blueprint.get("/transparency")(transparency)
    blueprint.get("/transparency.json")(transparency_json)


@public
@limited("60/minute", methods=["GET"])
def transparency() -> Any:
    """Show the batches, newest first, whether their heads chain, and alarms."""
    if wants_json():
        return transparency_json()
    service, page = provided(Transparency), request.args.get("page", 1, type=int)
    count = service.count(db())
    pages = max(1, -(-count // PER_PAGE))
    if not 1 <= page <= pages:
        abort(404)
    return render_template(
        "transparency/transparency.html",
        batches=service.page(db(), page=page),
        count=count,
        page=page,
        pages=pages,
        consistency=service.consistency_for_the_public(db()),
        alarms=service.alarms(db()),
        looked_at=service.looked_at(db()),
        alarm_words=ALARMS,
    )


@public
@limited("60/minute", methods=["GET"])
def transparency_json() -> Response:
    """Stream all batches as canonical JSON (docs/spec/transparency.md); unchanged since the ETag: 304."""
    version = provided(Transparency).version(db())
    release()
    answer = Response(mimetype="application/json")
    answer.set_etag(version)
    answer.headers["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
    if request.if_none_match.contains(version):
        answer.status_code = 304
        return answer
    answer.response = _streamed()
    return answer


def _streamed() -> Iterator[bytes]:
    """A transaction of its own is open as long as the answer is under way, and no longer."""
    database, service = provided(Database), provided(Transparency)
    chain_id = provided(ChainGateway).chain_id  # type: ignore[type-abstract]

    def pieces() -> Iterator[bytes]:
        with database.read() as session:
            yield from service.document(session, chain_id=chain_id)

    return pieces()
