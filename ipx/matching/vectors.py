"""The vectors of public listings and needs: kept in a table, and in memory as the spaces that are searched.

They are a way to find things, as the index is: whatever is missing, old or of another model is made anew. How those
that are searched keep in step with the table is in ``spaces.py``.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from ipx.core.meaning_ports import Meaning, Space
from ipx.core.ports import SearchDocument
from ipx.matching.models import SentencesRow, VectorRow
from ipx.matching.ranking.passages import Meant, made_by, meanings_of
from ipx.matching.spaces import MOST_IN_MEMORY, Spaces


class VectorStore:
    """Vectors of one model. Threads may share it; other processes' rows are seen at the next question."""

    def __init__(self, meaning: Meaning, *, most_in_memory: int = MOST_IN_MEMORY) -> None:
        self._meaning = meaning
        self._made_by = made_by(meaning)
        self._spaces = Spaces(meaning, most=most_in_memory)

    def space(self, session: Session, *, kind: str) -> Space:
        """Return the vectors of a kind, in step with the table; good as long as ``session`` is."""
        return self._spaces.space(session, kind=kind)

    def made(self, session: Session) -> int:
        """Return how many things have their vector of this model."""
        rows = select(func.count()).select_from(VectorRow).where(VectorRow.model == self._made_by)
        return session.scalar(rows) or 0

    def lacking(self, session: Session, documents: Iterable[SearchDocument], *, limit: int) -> list[tuple[str, str]]:
        """Return kind and id of the first of ``documents`` whose present version has no vector of this model."""
        rows = session.execute(
            select(VectorRow.kind, VectorRow.thing_id, VectorRow.version).where(VectorRow.model == self._made_by)
        )
        have = {(kind, thing): version for kind, thing, version in rows}
        keys = ((one.kind, one.id) for one in documents if have.get((one.kind, one.id), -1) < one.version)
        return list(islice(keys, limit))

    def meanings_of(self, documents: Sequence[SearchDocument]) -> Mapping[str, Meant]:
        """Embed documents of one kind; what has no word has an empty vector. Raises Unavailable."""
        return {document.id: Meant(b"", b"") for document in documents} | meanings_of(self._meaning, documents)

    def write(self, session: Session, documents: Sequence[SearchDocument], meant: Mapping[str, Meant]) -> None:
        """Put vectors in the place of older ones. A newer version that is there stays."""
        for document in documents:
            place = (VectorRow.kind == document.kind, VectorRow.thing_id == document.id)
            found = session.scalar(select(VectorRow).where(*place).with_for_update())
            if found and found.model == self._made_by and found.version > document.version:
                continue
            if found:
                # A new row has a new position, by which other processes notice it.
                session.delete(found)
                session.flush()
            self._add(session, document, meant[document.id])

    def _add(self, session: Session, document: SearchDocument, meant: Meant) -> None:
        row = VectorRow(
            kind=document.kind,
            thing_id=document.id,
            version=document.version,
            model=self._made_by,
            vector=meant.vector,
        )
        session.add(row)
        session.flush()
        session.add(SentencesRow(position=row.position, sentences=meant.sentences))

    def remove(self, session: Session, documents: Sequence[SearchDocument]) -> None:
        """Take out the vectors of documents, which then lack theirs."""
        for document in documents:
            self.forget(session, kind=document.kind, thing_id=document.id)

    def forget(self, session: Session, *, kind: str, thing_id: str) -> None:
        """Take out what is no longer public."""
        session.execute(delete(VectorRow).where(VectorRow.kind == kind, VectorRow.thing_id == thing_id))
