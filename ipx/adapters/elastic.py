"""The search index (port SearchIndex) on Elasticsearch 8 or 9, behind an alias.

It must never write through anything but an alias: a bulk to a vanished name would make an index without our mapping.

    <name>            alias of the one index that is searched and written
    <name>-next       alias of the index that a rebuild is filling; puts go there too
    <name>-built-<…>  the indices themselves
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import chain
from typing import Any
from uuid import uuid4

from elasticsearch import ApiError, BadRequestError, Elasticsearch, NotFoundError, TransportError
from elasticsearch.helpers import scan, streaming_bulk
from elasticsearch.helpers.errors import ScanError

from ipx.adapters.elastic_bodies import LAYOUT, SETTINGS, action, answer, counted, counting, mapping, request
from ipx.core.errors import Conflict, Unavailable
from ipx.core.ports import IndexEntry, SearchAnswer, SearchDocument, SearchQuery, WordCounts
from ipx.core.search_words import REMOVED, Entry, checked_filters, entry_found

BULK_DOCUMENTS, BULK_BYTES = 500, 8_000_000
"""Size of one bulk request: far below the server's limit of 100 MB, large enough to be fast."""
BULK_TIMEOUT = 60.0
"""Seconds that one bulk request may take."""
MAX_RETRIES = 3
"""Of a request that timed out or was turned away; every request here may be repeated safely."""
WHOLE_SECONDS = 5.0
"""For which the index is taken to be whole when it was."""
OVERTAKEN = "Another rebuild of the search index began later."


@contextmanager
def _server_errors(doing: str) -> Iterator[None]:
    try:
        yield
    except (ApiError, TransportError, ScanError) as error:
        raise Unavailable(f"Elasticsearch failed {doing}: {error}") from error


class ElasticIndex:
    """SearchIndex on a cluster. Any number of processes may search, write and even rebuild.

    Versions are Elasticsearch's external versions; a removal stays as a document of its own, because the
    server forgets deleted versions after a minute.
    """

    def __init__(
        self,
        url: str,
        *,
        name: str = "ipx-search",
        api_key: str | None = None,
        ca_file: str | None = None,
        timeout: float = 10.0,
    ) -> None:
        """Prepare a client; nothing is sent. ``url`` may hold user and password, ``timeout`` is in seconds."""
        options: dict[str, Any] = {} if ca_file is None else {"ca_certs": ca_file}
        self._client = Elasticsearch(
            url,
            api_key=api_key,
            request_timeout=timeout,
            max_retries=MAX_RETRIES,
            retry_on_timeout=True,
            **options,
        )
        self._name, self._next = name, f"{name}-next"
        self._built = f"{name}-built-"
        self._whole_until = float("-inf")

    def put(self, documents: Sequence[SearchDocument]) -> None:
        """Add or replace in bulk requests, then refresh. A put that failed half way may be repeated.

        Raises Invalid, before anything is sent, for an id, name or number that no index can hold.
        """
        self._write([Entry.of(document) for document in documents])

    def remove(self, kind: str, id: str, version: int) -> None:
        """Take a document out and remember the version; at the same version a removal beats a put."""
        self._write([Entry.removal(kind, id, version)])

    def search(self, query: SearchQuery) -> SearchAnswer:
        """Answer from the index behind the alias; nothing is found while there is none. Raises Unavailable."""
        checked = checked_filters(query)
        with _server_errors("to search"):
            try:
                response = self._ask(request(checked))
            except NotFoundError:
                return SearchAnswer(hits=[], total=0, facets={name: [] for name in query.count_facets})
        return answer(response.body, checked)

    def count_words(self, words: Sequence[str]) -> WordCounts:
        """Count behind the alias, in one request; nothing is held while there is no index. Raises Unavailable."""
        if not words:
            return WordCounts(0, {})
        with _server_errors("to count words"):
            try:
                response = self._ask(counting(words))
            except NotFoundError:
                return WordCounts(0, dict.fromkeys(words, 0))
        return counted(response.body, words)

    def _ask(self, body: dict[str, Any]) -> Any:
        """Search behind the alias; once more when a rebuild deleted the index behind it meanwhile, for the next one."""
        try:
            return self._client.search(index=self._name, **body)
        except BadRequestError as error:
            if "is closed" not in str(error):  # "failed to create query: this Analyzer is closed"
                raise
            return self._client.search(index=self._name, **body)

    def rebuild(self, documents: Iterator[SearchDocument], *, afresh: bool = False) -> int:
        """Fill a new index and swap the alias to it; searches go on, and puts meanwhile reach both.

        ``documents`` must begin to read the database when first advanced, not before: what was put
        earlier is expected in it. ``afresh``: earlier removals are forgotten.
        The latest rebuild wins: one that was overtaken raises Conflict.
        """
        with _server_errors("to rebuild"):
            self._clear_unfinished()
            index = self._create(self._next, complete=True)
            try:
                self._fill(documents, iter(()) if afresh else self._removals())
            except BaseException:
                with suppress(ApiError, TransportError):
                    self._client.indices.delete(index=index, ignore_unavailable=True)
                raise
            self._swap(index)
            counted = self._client.count(index=index, query={"bool": {"must_not": {"term": {"kind": REMOVED}}}})
        return int(counted["count"])

    def needs_rebuild(self) -> bool:
        """Tell whether the index is absent, of another layout or never filled by a rebuild. Raises Unavailable."""
        return any(meta != {"layout": LAYOUT, "complete": True} for meta in self._metas())

    def is_whole(self) -> bool:
        """Tell whether a rebuild filled the index. A yes is remembered for WHOLE_SECONDS: each search asks."""
        now = time.monotonic()
        if now >= self._whole_until and all(meta.get("complete") for meta in self._metas()):
            self._whole_until = now + WHOLE_SECONDS
        return now < self._whole_until

    def _metas(self) -> list[dict[str, Any]]:
        """Return what the index behind the alias says of itself: of none, nothing. Raises Unavailable."""
        with _server_errors("to read the mapping"):
            try:
                found = self._client.indices.get_mapping(index=self._name)
            except NotFoundError:
                return [{}]
        return [index["mappings"].get("_meta", {}) for index in found.values()]

    def entries(self) -> Iterator[IndexEntry]:
        """Yield what is behind the alias, by a scan; nothing while there is no index. Raises Unavailable."""
        query = {"query": {"bool": {"must_not": {"term": {"kind": REMOVED}}}}}
        with _server_errors("to list its documents"):
            if not self._client.indices.exists_alias(name=self._name):
                return
            for hit in scan(self._client, index=self._name, query=query, _source=False, version=True):
                yield entry_found(hit["_id"], int(hit["_version"]))

    def check(self) -> str:
        """Return one line about server and index. Raises Unavailable."""
        with _server_errors("to answer"):
            version = self._client.info()["version"]["number"]
            if not self._client.indices.exists_alias(name=self._name):
                return f"Elasticsearch {version}: no index {self._name}, waits for its first rebuild"
            counted = self._client.count(index=self._name, query={"bool": {"must_not": {"term": {"kind": REMOVED}}}})
        waits = ", waits for a rebuild" if self.needs_rebuild() else ""
        return f"Elasticsearch {version}: {counted['count']} documents in {self._name}{waits}"

    def discard(self) -> None:
        """Delete everything under this name: for an index that was made to measure. Raises Unavailable."""
        with _server_errors("to delete an index"):
            for index in self._client.indices.get_alias(index=f"{self._built}*"):
                self._client.indices.delete(index=index, ignore_unavailable=True)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    # ── writing ──────────────────────────────────────────────────────────────────────────────────

    def _write(self, entries: Sequence[Entry]) -> None:
        with _server_errors("to write"):
            # A rebuild that begins after this question reads our rows from the database itself.
            rebuilding = self._client.indices.exists_alias(name=self._next)
            targets = (self._name, self._next) if rebuilding else (self._name,)
            if not self._bulk(entries, targets):
                self._create(self._name, complete=False)
                self._bulk(entries, targets)
            # Both: the swap may come at any moment, and what was put must stay visible through it.
            self._client.indices.refresh(index=targets, ignore_unavailable=True)

    def _fill(self, documents: Iterator[SearchDocument], removals: Iterator[Entry]) -> None:
        """Write removals and documents to the index that is being built. Raises Conflict when it is gone."""
        if not self._bulk(chain(removals, map(Entry.of, documents)), (self._next,)):
            raise Conflict(OVERTAKEN)
        self._client.indices.refresh(index=self._next, ignore_unavailable=True)

    def _bulk(self, entries: Iterable[Entry], targets: Sequence[str]) -> bool:
        """Send ``entries`` to each alias; return False when the first alias does not exist.

        What the server has in a newer version it keeps (409). Raises Unavailable for any other refusal.
        """
        client, found = self._client.options(request_timeout=BULK_TIMEOUT), True
        for _, result in streaming_bulk(
            client,
            (action(entry, target) for entry in entries for target in targets),
            chunk_size=BULK_DOCUMENTS,
            max_chunk_bytes=BULK_BYTES,
            max_retries=MAX_RETRIES,
            raise_on_error=False,
            require_alias=True,
        ):
            item = result["index"]
            if item["status"] == HTTPStatus.NOT_FOUND:
                found = found and item["_index"] != targets[0]
            elif item["status"] >= HTTPStatus.BAD_REQUEST and item["status"] != HTTPStatus.CONFLICT:
                raise Unavailable(f"Elasticsearch refused {item['_id']}: {item['error']}")
        return found

    def _removals(self) -> Iterator[Entry]:
        """Yield the marks of all removals, so that the next index knows them too."""
        if not self._client.indices.exists_alias(name=self._name):
            return
        query = {"query": {"term": {"kind": REMOVED}}}
        for hit in scan(self._client, index=self._name, query=query, _source=False, version=True):
            yield Entry(hit["_id"], int(hit["_version"]), None)

    # ── indices ──────────────────────────────────────────────────────────────────────────────────

    def _create(self, alias: str, *, complete: bool) -> str:
        """Make an index behind ``alias``. Two processes that begin at once make the same one."""
        index = (
            f"{self._built}{datetime.now(UTC):%Y%m%d-%H%M%S}-{uuid4().hex[:8]}" if complete else f"{self._built}first"
        )
        try:
            self._client.indices.create(
                index=index, settings=SETTINGS, mappings=mapping(complete=complete), aliases={alias: {}}
            )
        except BadRequestError as error:
            if error.error != "resource_already_exists_exception":
                raise
        return index

    def _clear_unfinished(self) -> None:
        """Delete what rebuilds left that did not come to their end, by name: servers refuse patterns."""
        found = self._client.indices.get_alias(index=f"{self._built}*")
        for index in [index for index, state in found.items() if self._name not in state["aliases"]]:
            self._client.indices.delete(index=index, ignore_unavailable=True)

    def _swap(self, index: str) -> None:
        """Give the alias to ``index`` and delete the former one, in one step. Raises Conflict when overtaken."""
        actions: list[dict[str, Any]] = [
            {"remove": {"index": index, "alias": self._next, "must_exist": True}},
            {"add": {"index": index, "alias": self._name}},
        ]
        try:
            former = self._client.indices.get_alias(name=self._name)
            actions += [{"remove_index": {"index": name}} for name in former]
        except NotFoundError:
            pass
        try:
            self._client.indices.update_aliases(actions=actions)
        except NotFoundError as error:
            raise Conflict(OVERTAKEN) from error
