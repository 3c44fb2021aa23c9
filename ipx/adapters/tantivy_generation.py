"""One generation of the embedded index: a folder of tantivy's, how entries lie in it, and its one writer.

It must never decide which generation is searched; the newest rank of a key wins in it, in whatever order they come.
"""

import json
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from os import SEEK_END
from pathlib import Path

import tantivy

from ipx.core.errors import Unavailable
from ipx.core.ports import IndexEntry
from ipx.core.search_words import (
    HEADS,
    ORGANISATION,
    REMOVED,
    TEXTS,
    WHOLE,
    Entry,
    entry_found,
    newest_order,
    organisation_text,
    text_length,
    whole_text,
)

LAYOUT = 4
"""Raise it when the schema or the analyser changes: older folders are then rebuilt."""
# One thread keeps one segment per commit; 64 MB hold some 20,000 listings before tantivy spills to disk.
WRITER_BYTES, WRITER_THREADS = 64_000_000, 1
FACET_MARK = "="
"""Put before facet values: tantivy would otherwise read one that looks like a date as a date."""

# As Unicode's word boundaries, hence Lucene's standard tokenizer, nearly are: Han and Hiragana by the character.
_LETTERS = r"[[\p{L}\p{M}\p{N}_]--[\p{Han}\p{Hiragana}]]+"
_TOKEN = rf"[\p{{Han}}\p{{Hiragana}}]|{_LETTERS}(?:[.,;·'’]{_LETTERS})*"
_ENDINGS = ("store", "term", "idx", "pos", "fast", "fieldnorm")
_FOOTER_MAGIC, _FOOTER_MAX = 1337, 4096


def _build_schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("key", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("kind", tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("rank", stored=True, fast=True)
    builder.add_integer_field("newest", fast=True)
    builder.add_unsigned_field("length", stored=True)
    for name in TEXTS:
        builder.add_text_field(name, stored=True, tokenizer_name="words")
    builder.add_text_field(WHOLE, stored=False, tokenizer_name="words")
    for name in (HEADS, ORGANISATION):
        builder.add_text_field(name, stored=False, tokenizer_name="plain")
    builder.add_json_field("facets", fast=True, tokenizer_name="raw", index_option="basic")
    builder.add_json_field("numbers", fast=True, tokenizer_name="raw", index_option="basic")
    return builder.build()


def _build_analyser(*, stemmed: bool) -> tantivy.TextAnalyzer:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.regex(_TOKEN))
    for step in (tantivy.Filter.remove_long(256), tantivy.Filter.lowercase(), tantivy.Filter.ascii_fold()):
        builder = builder.filter(step)
    return (builder.filter(tantivy.Filter.stemmer("english")) if stemmed else builder).build()


SCHEMA = _build_schema()
ANALYSER = _build_analyser(stemmed=True)
PLAIN_ANALYSER = _build_analyser(stemmed=False)


@contextmanager
def engine_errors(doing: str) -> Iterator[None]:
    """Turn tantivy's errors, its panics among them, into Unavailable."""
    try:
        yield
    except (ValueError, OSError) as error:
        raise Unavailable(f"The search index failed {doing}: {error}") from error
    except BaseException as error:
        # A panic is no Exception in pyo3, and its class cannot be imported.
        if type(error).__name__ != "PanicException":
            raise
        raise Unavailable(f"The search index failed {doing}: {error}") from error


def register_analysers(index: tantivy.Index) -> None:
    """Tell an opened index how its fields are cut into words."""
    index.register_tokenizer("words", ANALYSER)
    index.register_tokenizer("plain", PLAIN_ANALYSER)


class Generation:
    """An open generation. Threads may search at once; whoever writes holds a lock outside."""

    def __init__(self, path: Path) -> None:
        """Open the folder, which is made when absent. Raises Unavailable when it cannot be read."""
        self.path = path
        self._writer: tantivy.IndexWriter | None = None
        with engine_errors("to open"):
            path.mkdir(parents=True, exist_ok=True)
            self.index = tantivy.Index(SCHEMA, str(path))
            register_analysers(self.index)
            self.index.config_reader("manual")

    def searcher(self) -> tantivy.Searcher:
        """Return a view of the last commit, by whichever process (some 30 µs)."""
        try:
            self.index.reload()
        except ValueError:
            # Replaced a moment ago and cleared away: the files that are open still answer this search.
            if self.path.exists():
                raise
        return self.index.searcher()

    def take_writer(self) -> None:
        """Become the one writer. Raises Unavailable when another process is."""
        if self._writer is None:
            with engine_errors("to become the writer (does another process index?)"):
                self._writer = self.index.writer(WRITER_BYTES, WRITER_THREADS)

    def write(self, entries: Iterable[Entry]) -> None:
        """Store what is newer than what is there and make it durable, all or nothing."""
        newest: dict[str, Entry] = {}
        for entry in entries:
            if entry.key not in newest or newest[entry.key].rank <= entry.rank:
                newest[entry.key] = entry
        self.take_writer()
        with engine_errors("to write"):
            self._committed(lambda writer: self._replace(writer, list(newest.values())))

    def removals(self) -> list[Entry]:
        """Return the marks of all removals, so that the next generation knows them too."""
        with engine_errors("to read removals"):
            searcher = self.searcher()
            query = tantivy.Query.term_query(SCHEMA, "kind", REMOVED)
            hits = searcher.search(query, limit=max(searcher.num_docs, 1)).hits
            found = [searcher.doc(address) for _, address in hits]
        return [Entry(str(document.get_first("key")), int(document.get_first("rank") or 0), None) for document in found]

    def entries(self) -> Iterator[IndexEntry]:
        """Yield every document of the last commit by its key and rank, removals left out."""
        query = tantivy.Query.boolean_query(
            [
                (tantivy.Occur.Must, tantivy.Query.all_query()),
                (tantivy.Occur.MustNot, tantivy.Query.term_query(SCHEMA, "kind", REMOVED)),
            ]
        )
        with engine_errors("to list its documents"):
            searcher = self.searcher()
            hits = searcher.search(query, limit=max(searcher.num_docs, 1), count=False).hits
            for _, address in hits:
                document = searcher.doc(address)
                yield entry_found(str(document.get_first("key")), int(document.get_first("rank") or 0))

    def count(self) -> int:
        """Return the number of documents, removals not counted."""
        with engine_errors("to count"):
            searcher = self.searcher()
            removed = total(searcher.search(tantivy.Query.term_query(SCHEMA, "kind", REMOVED), limit=1))
            return int(searcher.num_docs) - removed

    def close(self) -> None:
        """Let go of the writer."""
        self._writer = None

    def _committed(self, change: Callable[[tantivy.IndexWriter], int]) -> None:
        writer = self._writer
        assert writer is not None
        try:
            if change(writer):
                writer.commit()
        except BaseException:
            # A writer that failed refuses all further work; the next write takes a fresh one.
            self.close()
            raise

    def _replace(self, writer: tantivy.IndexWriter, entries: Sequence[Entry]) -> int:
        changed = 0
        for entry, rank in zip(entries, self._ranks(entries), strict=True):
            if rank is not None and rank > entry.rank:
                continue
            if rank is not None:
                writer.delete_documents_by_term("key", entry.key)
            writer.add_document(_document(entry))
            changed += 1
        return changed

    def _ranks(self, entries: Sequence[Entry]) -> list[int | None]:
        searcher = self.searcher()
        ranks: list[int | None] = []
        for entry in entries:
            query = tantivy.Query.term_query(SCHEMA, "key", entry.key)
            addresses = [address for _, address in searcher.search(query, limit=1, count=False).hits]
            found = searcher.fast_field_values("rank", addresses)
            ranks.append(int(found[0]) if found and found[0] is not None else None)
        return ranks


def total(result: tantivy.SearchResult) -> int:
    """Return how many documents matched in all, which tantivy's stub forgets."""
    return int(result.count)  # type: ignore[attr-defined]


def verify(path: Path) -> None:
    """Compare every file of a generation with the checksum in its footer. Raises Unavailable.

    tantivy notices a file that is cut short, but only this notices bytes that have changed. A footer is
    JSON with a CRC-32, its length and a magic number (both little-endian 32-bit).
    """
    with engine_errors("to verify"):
        for segment in _segments(path):
            for ending in _ENDINGS:
                _verify_file(path / f"{segment}.{ending}")
            for deletions in path.glob(f"{segment}.*.del"):
                _verify_file(deletions)


def _segments(path: Path) -> list[str]:
    meta = json.loads((path / "meta.json").read_bytes())
    return [segment["segment_id"].replace("-", "") for segment in meta["segments"]]


def _verify_file(file: Path) -> None:
    try:
        stream = file.open("rb")
    except FileNotFoundError:
        if file.name.partition(".")[0] in _segments(file.parent):
            raise
        return  # Just merged away by the writer.
    with stream:
        size = stream.seek(0, SEEK_END)
        stream.seek(max(size - _FOOTER_MAX, 0))
        tail = stream.read()
        length, magic = struct.unpack("<II", tail[-8:]) if len(tail) > 8 else (0, 0)
        expected = json.loads(tail[-8 - length : -8])["crc"] if magic == _FOOTER_MAGIC else None
        stream.seek(0)
        left, crc = size - 8 - length, 0
        while left > 0 and (piece := stream.read(min(left, 1 << 20))):
            left, crc = left - len(piece), zlib.crc32(piece, crc)
    if crc != expected:
        raise Unavailable(f"The search index is damaged: {file.name} fails its checksum.")


def _document(entry: Entry) -> tantivy.Document:
    document = tantivy.Document()
    document.add_text("key", entry.key)
    document.add_unsigned("rank", entry.rank)
    if entry.document is None:
        document.add_text("kind", REMOVED)
        return document
    document.add_text("kind", entry.document.kind)
    document.add_integer("newest", newest_order(entry.document))
    document.add_unsigned("length", text_length(entry.document))
    for name in TEXTS:
        document.add_text(name, getattr(entry.document, name))
    document.add_text(WHOLE, whole_text(entry.document))
    document.add_text(HEADS, entry.document.title)
    document.add_text(ORGANISATION, organisation_text(entry.document))
    facets = {name: [FACET_MARK + v for v in values] for name, values in entry.document.facets.items() if values}
    document.add_json("facets", facets)
    document.add_json("numbers", dict(entry.document.numbers))
    return document
