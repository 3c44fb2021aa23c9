"""What the tests of search indices share: how one is opened, documents, and a question in one line."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import uuid4

import pytest

from ipx.adapters.tantivy_index import TantivyIndex
from ipx.core.ports import LISTINGS, SearchDocument, SearchIndex, SearchQuery
from tests.services import address

if TYPE_CHECKING:
    from ipx.adapters.elastic import ElasticIndex

ENGINES = ["tantivy", pytest.param("elasticsearch", marks=pytest.mark.real)]


class Index(SearchIndex, Protocol):
    """What both adapters have beyond the port."""

    def close(self) -> None: ...


@contextmanager
def opened(engine: str, folder: Path) -> Iterator[Index]:
    """Open an empty index, and leave nothing behind."""
    if engine == "tantivy":
        embedded = TantivyIndex(folder / "search")
        yield embedded
        embedded.close()
    else:
        elastic = elastic_index()
        yield elastic
        elastic.discard()
        elastic.close()


def elastic_index(name: str | None = None) -> "ElasticIndex":
    """Return an index of a name of its own on the server, which must be there when a run requires it."""
    from ipx.adapters.elastic import ElasticIndex

    return ElasticIndex(address("IPX_TEST_ELASTICSEARCH_URL"), name=name or f"ipx-test-{uuid4().hex[:12]}")


def listing(id: str, *, version: int = 1, kind: str = LISTINGS, **fields: Any) -> SearchDocument:
    values: dict[str, Any] = {"title": "Untitled", "summary": "", "text": ""} | fields
    return SearchDocument(id=id, kind=kind, version=version, **values)


def found(index: SearchIndex, words: str = "", **parts: Any) -> list[str]:
    return [hit.id for hit in index.search(SearchQuery(kind=LISTINGS, words=words, **parts)).hits]


def shelf() -> list[SearchDocument]:
    """Return 60 listings: n0 to n59, published in that order, TRL 1 to 9, three sources, two classes each."""
    return [
        listing(
            f"n{n}",
            title=f"Device number{n}",
            text="A device for measuring pressure." if n % 2 else "A device for storing heat.",
            facets={
                "source": [f"s{n % 3}"],
                "classes": [f"c{n % 4}", "all"],
                "status": ["open" if n < 50 else "closed"],
            },
            numbers={"trl": n % 9 + 1, "published": 1_700_000_000 + n * 3600, "upfront": -n},
        )
        for n in range(60)
    ]
