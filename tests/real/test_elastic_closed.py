"""A question that meets a closing index is asked once more: a rebuild deletes the former index while people search.

What Elasticsearch says then ("this Analyzer is closed", as 8.19 said it) comes by chance, so it is put before the real
server here; everything else is the server's own.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import pytest
import requests

from ipx.adapters.elastic import ElasticIndex
from ipx.core.errors import Unavailable
from ipx.core.ports import LISTINGS, SearchDocument, SearchQuery
from tests.services import address

pytestmark = pytest.mark.real

REASON = "failed to create query: this Analyzer is closed"
CLOSED = {
    "error": {
        "root_cause": [{"type": "query_shard_exception", "reason": REASON}],
        "type": "search_phase_execution_exception",
        "reason": "all shards failed",
    },
    "status": 400,
}


@contextmanager
def closing(server: str, answers: list[dict[str, object]]) -> Iterator[str]:
    """Yield the address of a server that gives ``answers`` to the first searches and passes on all other requests."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _pass(self) -> None:
            sent = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.path.partition("?")[0].endswith("/_search") and answers:
                self._say(400, json.dumps(answers.pop(0)).encode(), "application/json")
                return
            kept = {name: self.headers[name] for name in ("Content-Type", "Accept") if name in self.headers}
            answer = requests.request(self.command, server + self.path, data=sent, headers=kept, timeout=30)
            self._say(answer.status_code, answer.content, answer.headers.get("Content-Type", "application/json"))

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _pass  # noqa: N815  the names that the base class calls

        def _say(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("X-Elastic-Product", "Elasticsearch")  # the client speaks to nothing else
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    door = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    threading.Thread(target=door.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{door.server_port}"
    finally:
        door.shutdown()
        door.server_close()


@contextmanager
def one_pump(answers: list[dict[str, object]]) -> Iterator[ElasticIndex]:
    with closing(address("IPX_TEST_ELASTICSEARCH_URL").rstrip("/"), answers) as door:
        index = ElasticIndex(door, name=f"closing-{uuid4().hex[:8]}")
        index.rebuild(iter([SearchDocument("1", LISTINGS, 1, "Pump", "", "A quiet pump.")]))
        try:
            yield index
        finally:
            answers.clear()
            index.discard()
            index.close()


def test_search_when_the_index_is_closed_under_it_then_asks_the_next_one() -> None:
    answers: list[dict[str, object]] = []
    with one_pump(answers) as index:
        answers += [CLOSED]
        assert [hit.id for hit in index.search(SearchQuery(kind=LISTINGS, words="pump")).hits] == ["1"]
        answers += [CLOSED]
        assert index.count_words(["pump"]).holding == {"pump": 1}
        assert not answers, "the answers were given"


def test_search_when_it_is_closed_again_then_says_so() -> None:
    answers: list[dict[str, object]] = []
    with one_pump(answers) as index:
        answers += [CLOSED, CLOSED]
        with pytest.raises(Unavailable, match="closed"):
            index.search(SearchQuery(kind=LISTINGS, words="pump"))
        assert not answers, "it was asked twice, not more"


def test_search_when_refused_for_another_reason_then_is_not_asked_again() -> None:
    answers: list[dict[str, object]] = []
    other = {"error": {"type": "parsing_exception", "reason": "unknown query"}, "status": 400}
    with one_pump(answers) as index:
        answers += [other, other]
        with pytest.raises(Unavailable):
            index.search(SearchQuery(kind=LISTINGS, words="pump"))
        assert len(answers) == 1
