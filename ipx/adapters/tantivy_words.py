"""Everything that a folder of tantivy's says, in clear: its dictionary and its stored texts are packed in own ways."""

import json
from collections.abc import Iterator
from pathlib import Path

import tantivy

from ipx.adapters.tantivy_generation import engine_errors, register_analysers


def words_of(folder: Path) -> Iterator[bytes] | None:
    """Return stored texts and indexed words, as JSON; None when the folder is no index. Raises Unavailable.

    The index is opened as it was made, whoever made it; nothing is written but tantivy's own lock files.
    """
    if not (folder / "meta.json").is_file():
        return None
    return _words(folder)


def _words(folder: Path) -> Iterator[bytes]:
    with engine_errors("to be read"):
        index = tantivy.Index.open(str(folder))
        register_analysers(index)
        index.reload()
        searcher = index.searcher()
        fields = [field["name"] for field in json.loads((folder / "meta.json").read_bytes())["schema"]]
        hits = searcher.search(tantivy.Query.all_query(), limit=max(searcher.num_docs, 1)).hits
        for _, address in hits:
            yield json.dumps(searcher.doc(address).to_dict(), ensure_ascii=False, default=str).encode()
    yield " ".join(fields).encode()
