"""Tables of vectors: what listings and needs mean to a model. Made of public texts alone, and anew when missing."""

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ipx.db.base import Base


class VectorRow(Base):
    """The vector of one version of a thing (16-bit floats, little endian; empty where it has no words).

    ``position`` grows with every row and none is used twice, so that a process sees what others wrote.
    """

    __tablename__ = "matching_vectors"
    __table_args__ = (UniqueConstraint("kind", "thing_id"), {"sqlite_autoincrement": True})

    position: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    kind: Mapped[str]
    thing_id: Mapped[str]
    version: Mapped[int]
    model: Mapped[str]
    vector: Mapped[bytes] = mapped_column(LargeBinary)


class SentencesRow(Base):
    """What the sentences of the same text mean (port Meaning, ``Sentences``). Apart from the vectors, of which all are
    read, as of these only a few are."""

    __tablename__ = "matching_sentences"

    position: Mapped[int] = mapped_column(
        ForeignKey("matching_vectors.position", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    sentences: Mapped[bytes] = mapped_column(LargeBinary)
