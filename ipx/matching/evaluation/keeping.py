"""Vectors kept in a file between two evaluations, by the hash of their texts: embedding takes minutes."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from ipx.core.meaning_ports import FilledSpace, Meaning, Sentences, Vector

ROUND = 512
"""Texts that are embedded before the file is written to: what an interrupted run keeps."""


class KeptMeaning:
    """Port Meaning before another one. The file holds SHA-256 and vector, one after the other, of one model."""

    def __init__(self, meaning: Meaning, folder: Path) -> None:
        self._meaning = meaning
        folder.mkdir(parents=True, exist_ok=True)
        self._file = folder / f"{meaning.model.replace(':', '-')}.vectors"
        self._size = len(meaning.embed(["size"])[0])
        self._known = self._read()

    @property
    def model(self) -> str:
        """Return the model's name and hash."""
        return self._meaning.model

    def embed(self, texts: Sequence[str]) -> list[Vector]:
        """Return kept vectors, and embed what is new, ROUND by ROUND."""
        hashes = [hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in texts]
        fresh = {key: text for key, text in zip(hashes, texts, strict=True) if key not in self._known}
        keys = list(fresh)
        for begin in range(0, len(keys), ROUND):
            self._keep(keys[begin : begin + ROUND], fresh)
        return [self._known[key] for key in hashes]

    def mean(self, vectors: Sequence[tuple[float, Vector]]) -> Vector:
        """Return the weighted mean."""
        return self._meaning.mean(vectors)

    def sentences(self, vectors: Sequence[Vector]) -> Sentences:
        """Return vectors as they are kept."""
        return self._meaning.sentences(vectors)

    def space(self) -> FilledSpace:
        """Return an empty space."""
        return self._meaning.space()

    def check(self) -> str:
        """Check the model."""
        return self._meaning.check()

    def _keep(self, keys: Sequence[bytes], fresh: dict[bytes, str]) -> None:
        vectors = self._meaning.embed([fresh[key] for key in keys])
        with self._file.open("ab") as kept:
            kept.write(b"".join(key + vector for key, vector in zip(keys, vectors, strict=True)))
        self._known.update(zip(keys, vectors, strict=True))

    def _read(self) -> dict[bytes, Vector]:
        content = self._file.read_bytes() if self._file.exists() else b""
        row = 32 + self._size
        # A run that was killed may have left half a row: later ones would all be shifted.
        whole = len(content) // row * row
        if whole < len(content):
            self._file.write_bytes(content[:whole])
        return {content[at : at + 32]: content[at + 32 : at + row] for at in range(0, whole, row)}
